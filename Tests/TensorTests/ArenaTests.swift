// ArenaTests.swift — the memory plan against a naive checker, and what it promises.

import Tensor
import Testing

@Suite struct ArenaTests {
    @Test(arguments: 0..<20) func aPlanNeverOverlapsLiveBlocks(sample: Int) {
        var random = Philox(seed: 1, stream: .test, sample: sample)
        let requests = (0..<random.integer(in: 0...120)).map { _ in
            let start = random.integer(below: 200)
            return ArenaPlan.Request(
                size: 16 * random.integer(in: 1...(random.chance(0.2) ? 500 : 8)), start: start,
                end: start + random.integer(in: 1...60))
        }
        let plan = ArenaPlan(requests: requests)
        for (i, a) in requests.enumerated() {
            #expect(plan.offsets[i] >= 0 && plan.offsets[i] + a.size <= plan.size)
            for (j, b) in requests.enumerated() where j < i && a.start < b.end && b.start < a.end {
                #expect(
                    plan.offsets[i] + a.size <= plan.offsets[j] || plan.offsets[j] + b.size <= plan.offsets[i],
                    "\(i) and \(j) overlap")
            }
        }
        let liveMaximum = (0..<261).map { time in
            requests.filter { $0.start <= time && time < $0.end }.reduce(0) { $0 + $1.size }
        }.max()!
        #expect(plan.size >= liveMaximum)
        #expect(plan.size <= requests.reduce(0) { $0 + $1.size })
    }

    @Test(arguments: 0..<12) func liveBlocksStayUntouchedInRecordingAndReplay(sample: Int) throws {
        let arena = Arena()
        let program = RandomProgram(sample: sample)
        _ = try program.run("program", in: arena)
        let peak = arena.peakBytes
        #expect(peak >= program.liveMaximum * 4)
        let places = try program.run("program", in: arena)
        let again = try program.run("program", in: arena)
        #expect(again == places, "every replay gives the same places")
        #expect(arena.peakBytes == peak)
        #expect(places.max()! - places.min()! < peak)
    }

    @Test func severalProgramsShareAnArena() throws {
        let arena = Arena()
        let programs = (20..<24).map(RandomProgram.init)
        for _ in 0..<3 {
            for (index, program) in programs.enumerated() {
                _ = try program.run("program \(index)", in: arena)
            }
        }
        let alone = try programs.map { program in
            let arena = Arena()
            _ = try program.run("program", in: arena)
            return arena.peakBytes
        }
        #expect(arena.peakBytes == alone.max())
    }

    @Test(arguments: [0, 1, 57, 150]) func anErrorInARunLeavesTheArenaUsable(failBefore: Int) throws {
        let program = RandomProgram(sample: 40)
        let untouched = Arena()
        _ = try program.run("program", in: untouched)
        // In the recording run: nothing half recorded may stay.
        let arena = Arena()
        #expect(throws: RandomProgram.Stop.self) {
            try program.run("program", in: arena, failBefore: failBefore)
        }
        _ = try program.run("program", in: arena)
        #expect(arena.peakBytes == untouched.peakBytes)
        // In a replay.
        let places = try program.run("program", in: arena)
        #expect(throws: RandomProgram.Stop.self) {
            try program.run("program", in: arena, failBefore: failBefore)
        }
        let again = try program.run("program", in: arena)
        #expect(again == places)
    }

    @Test func aChainOfBlocksNeedsTwoAtATime() {
        let arena = Arena()
        arena.run("chain") {
            var last = arena.allocate(n: 100, c: 16)
            for _ in 0..<50 {
                let next = arena.allocate(n: 100, c: 16)
                arena.release(last)
                last = next
            }
            arena.release(last)
        }
        #expect(arena.peakBytes == 2 * 1600 * 4)
    }

    @Test func blocksOfNothingHavePlacesOfTheirOwn() {
        let arena = Arena()
        for _ in 0..<2 {
            arena.run("empty") {
                let blocks = [arena.allocate(n: 0, c: 8), arena.zeros(n: 3, c: 0), arena.allocate(n: 2, c: 2)]
                #expect(Set(blocks.map { Int(bitPattern: $0.data) }).count == 3)
                #expect(blocks.map(\.count) == [0, 0, 4])
                blocks.forEach(arena.release)
            }
        }
    }

    @Test func zerosAreZeroAlsoWhereAnotherBlockLay() {
        let arena = Arena()
        for _ in 0..<2 {
            arena.run("zeros") {
                let first = arena.allocate(n: 4, h: 3, w: 2, c: 5)
                first.buffer.update(repeating: .nan)
                arena.release(first)
                let second = arena.zeros(n: 4, h: 3, w: 2, c: 5)
                #expect(second.count == 120 && second.buffer.allSatisfy { $0 == 0 })
                arena.release(second)
            }
        }
    }

    @Test func aRunReturnsWhatItsBodyReturns() {
        let arena = Arena()
        let sum = arena.run("sum") {
            let block = arena.allocate(n: 2, c: 2)
            defer { arena.release(block) }
            block.buffer.update(repeating: 2)
            return block.buffer.reduce(0, +)
        }
        #expect(sum == 8)
    }

    @Test func samplesShareTheirTensorsMemory() {
        let arena = Arena()
        arena.run("views") {
            let whole = arena.allocate(n: 5, h: 2, w: 3, c: 4)
            let part = whole.samples(2..<4)
            #expect(part.data == whole.data + 2 * 24 && part.n == 2 && part.count == 48)
            #expect(part.rows == 12 && part.pixels == 6)
            #expect(part.hasShape(of: whole.samples(0..<2)) && !part.hasShape(of: whole))
            arena.release(whole)
        }
    }
}
