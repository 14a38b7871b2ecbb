// Probe+Buckets.swift — gradient buckets against a serial sum, and their misuse.

import DistributedTraining
import Glibc

extension Probe {
    /// 37 parameters of many sizes, with gaps, an empty one, and one far larger than a bucket.
    private static func parameters() -> (list: [(name: String, range: Range<Int>)], count: Int) {
        var list: [(name: String, range: Range<Int>)] = []
        var next = 0
        for index in 0..<37 {
            let count = index == 11 ? 0 : index == 20 ? 40_000 : 1 + index * index * 7 % 1500
            list.append((name: "layer.\(index).weight", range: next..<next + count))
            next += count + (index % 3 == 0 ? 5 : 0)
        }
        return (list, next)
    }

    /// A number that any rank can compute for any rank. Odd scales, so that rounding shows.
    private static func gradient(_ rank: Int, _ index: Int, _ step: Int) -> Float {
        var bits = UInt64(rank &* 1_000_003 &+ index &* 7919 &+ step &* 104_729)
        bits = (bits ^ (bits >> 31)) &* 0x7FB5_D329_728E_A185
        bits = (bits ^ (bits >> 27)) &* 0x81DA_DEF4_BC2D_D44D
        return (Float(bits >> 40) * 0x1p-24 - 0.5) * (index % 5 == 0 ? 300 : 0.01)
    }

    /// An order that is nearly the reverse, and different on every rank and in every step.
    private static func readyOrder(_ count: Int, _ world: World, _ step: Int) -> [Int] {
        (0..<count).sorted { a, b in
            func key(_ i: Int) -> Double {
                Double(-i) + 8 * Double(abs(gradient(world.rank + 50, i, step + 1)).truncatingRemainder(dividingBy: 1))
            }
            return (key(a), a) < (key(b), b)
        }
    }

    /// Prints one hash of all bits of all steps: equal between ranks and between runs.
    static func buckets(_ world: World, _ arguments: [String]) throws {
        let (list, count) = parameters()
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        defer { memory.deallocate() }
        var hash: UInt64 = 1469
        for bytes in [4096, 1 << 30] {
            let buckets = try GradientBuckets(
                gradients: memory, parameters: list, bucketBytes: bytes, world: world)
            for step in 0..<4 {
                // The last rank has no samples in odd steps and contributes zeros.
                func value(_ rank: Int, _ index: Int) -> Float {
                    rank == world.size - 1 && step % 2 == 1 ? 0 : gradient(rank, index, step)
                }
                for index in 0..<count { memory[index] = 0 }
                buckets.begin()
                for parameter in readyOrder(list.count, world, step) {
                    for index in list[parameter].range { memory[index] = value(world.rank, index) }
                    if parameter % 2 == 0 || list[parameter].range.isEmpty {
                        buckets.markReady(parameter)
                    } else {
                        buckets.markReady(range: list[parameter].range)
                    }
                }
                let statistics = try buckets.finish()
                expect(statistics.buckets.count == buckets.bucketCount, "timings", world)
                expect(statistics.secondsWaited >= 0 && statistics.bytes > 0, "statistics", world)
                for (name, range) in list {
                    for index in range {
                        let terms = (0..<world.size).map { Double(value($0, index)) }
                        let sum = terms.reduce(0, +)
                        // One rounding per addition, each relative to what was added.
                        let tolerance = terms.reduce(0) { $0 + abs($1) } * Double(world.size) * 0x1p-23
                        expect(
                            abs(Double(memory[index]) - sum) <= tolerance,
                            "\(name)[\(index)] in step \(step): \(memory[index]), not \(sum)", world)
                        hash = (hash ^ UInt64(memory[index].bitPattern)) &* 0x100_0000_01B3
                    }
                }
            }
        }
        say("bits \(hash)")
        if arguments.contains("serialized") {
            expect(world.threadLevel < .multiple, "\(world.threadLevel) was not asked for", world)
        }
    }

    /// Seven steps with half the bytes, the eighth exact: single sums are off by bfloat16's rounding, their sum
    /// over the steps by float32's. Prints one hash of all bits.
    static func compressed(_ world: World, _: [String]) throws {
        let (list, count) = parameters()
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        defer { memory.deallocate() }
        let buckets = try GradientBuckets(
            gradients: memory, parameters: list, bucketBytes: 9000, compresses: true, world: world)
        var hash: UInt64 = 1469
        for _ in 0..<2 {
            var sums = [Double](repeating: 0, count: count)
            var truth = sums
            var scale = sums
            for step in 0..<8 {
                for index in 0..<count { memory[index] = gradient(world.rank, index, step) }
                buckets.begin(exact: step == 7)
                for parameter in list.indices.reversed() { buckets.markReady(parameter) }
                _ = try buckets.finish()
                for (name, range) in list {
                    for index in range {
                        let terms = (0..<world.size).map { Double(gradient($0, index, step)) }
                        sums[index] += Double(memory[index])
                        truth[index] += terms.reduce(0, +)
                        scale[index] += terms.reduce(0) { $0 + abs($1) }
                        // What was left behind so far is one rounding of two numbers: 2 × 2⁻⁸ of what was sent.
                        let tolerance = (step == 7 ? 0x1p-18 : 0x1p-6) * scale[index]
                        expect(
                            abs(sums[index] - truth[index]) <= tolerance,
                            "\(name)[\(index)] after step \(step): \(sums[index]), not \(truth[index])", world)
                        hash = (hash ^ UInt64(memory[index].bitPattern)) &* 0x100_0000_01B3
                    }
                }
            }
        }
        // A gradient that is no number arrives as one, and is gone afterwards.
        for index in 0..<count { memory[index] = index == 3 && world.rank == 0 ? .nan : 1 }
        for exact in [false, true] {
            buckets.begin(exact: exact)
            for parameter in list.indices.reversed() { buckets.markReady(parameter) }
            _ = try buckets.finish()
            expect(memory[list[0].range.lowerBound].isFinite, "the first number", world)
            if exact { break }
            expect(memory[3].isNaN, "the NaN is lost: \(memory[3])", world)
            buckets.forgetResidual()
            for index in 0..<count { memory[index] = 1 }
        }
        expect(memory[3] == Float(world.size), "\(memory[3]) after a NaN", world)
        say("bits \(hash)")
    }

    /// Several buffers at once, of all kinds, one empty and one of many pieces, waited for in
    /// another order than they were started in.
    static func pending(_ world: World, _: [String]) throws {
        let thread = world.communicationThread
        let many = UnsafeMutableBufferPointer<Double>.allocate(capacity: 3_000_001)
        let few = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 5)
        let empty = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
        for round in 1...3 {
            for index in many.indices { many[index] = Double(index % 1000 * (world.rank + round)) }
            for index in few.indices { few[index] = Int64(index + world.rank) << 40 }
            let first = thread.sum(many, name: "many")
            let second = thread.sum(empty, name: "empty")
            let third = thread.sum(few, name: "few")
            let fewTiming = try third.wait()
            let manyTiming = try first.wait()
            expect(try second.wait().bytes == 0, "bytes of nothing", world)
            expect(manyTiming.bytes == 24_000_008 && manyTiming.name == "many", "\(manyTiming)", world)
            expect(fewTiming.secondsInFlight >= 0 && fewTiming.secondsWaited >= 0, "\(fewTiming)", world)

            let factor = (0..<world.size).reduce(0) { $0 + $1 + round }
            let wrong = many.indices.first { many[$0] != Double($0 % 1000 * factor) }
            expect(wrong == nil, "element \(wrong ?? -1) in round \(round)", world)
            let wanted = few.indices.map { i in (0..<world.size).reduce(Int64(0)) { $0 + Int64(i + $1) << 40 } }
            expect(Array(few) == wanted, "\(Array(few))", world)
        }
    }

    private static func small(_ world: World) throws -> GradientBuckets {
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 30)
        memory.initialize(repeating: 1)
        return try GradientBuckets(
            gradients: memory, parameters: [("stem", 0..<10), ("body", 10..<20), ("head", 20..<30)],
            bucketBytes: 40, world: world)
    }

    static func dropped(_ world: World, _: [String]) throws {
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 30)
        memory.initialize(repeating: 1)
        _ = world.communicationThread.sum(memory, name: "the forgotten buffer")
    }

    static func twice(_ world: World, _: [String]) throws {
        let buckets = try small(world)
        buckets.begin()
        buckets.markReady(1)
        buckets.markReady(1)
    }

    static func missing(_ world: World, _: [String]) throws {
        let buckets = try small(world)
        buckets.begin()
        buckets.markReady(2)
        buckets.markReady(0)
        _ = try buckets.finish()
    }

    static func layoutDiffers(_ world: World, _: [String]) throws {
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 30)
        let name = world.rank == 1 ? "neck" : "head"
        _ = try GradientBuckets(
            gradients: memory, parameters: [("stem", 0..<10), (name, 10..<30)], world: world)
    }

    /// Rank 1 stops before its second step; the others meet it in a bucket.
    static func stoppedInBuckets(_ world: World, _ arguments: [String]) throws {
        try impatientWatchdog(world, arguments[0])
        let buckets = try small(world)
        for step in 0..<2 {
            world.phases.setStep(step)
            if step == 1 && world.rank == 1 {
                world.phases.during("backward") { _ = raise(SIGSTOP) }
            }
            buckets.begin()
            for parameter in [2, 1, 0] { buckets.markReady(parameter) }
            _ = try buckets.finish(limit: 2)
        }
    }
}
