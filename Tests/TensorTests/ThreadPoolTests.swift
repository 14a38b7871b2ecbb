// ThreadPoolTests.swift — every task once, for any thread count, thousands of times over.

import Synchronization
import Tensor
import Testing

@Suite struct ThreadPoolTests {
    /// How often each index was met. Written without locks: each task has its own place.
    private final class Marks: @unchecked Sendable {
        let counts: UnsafeMutableBufferPointer<Int>
        init(_ count: Int) {
            counts = .allocate(capacity: count)
            counts.initialize(repeating: 0)
        }
        deinit { counts.deallocate() }
        func areAll(_ value: Int) -> Bool { counts.allSatisfy { $0 == value } }
    }

    @Test(arguments: 1...8) func everyTaskRunsExactlyOnce(threads: Int) throws {
        let pool = try ThreadPool(threads: threads)
        #expect(pool.threadCount == threads)
        for tasks in [0, 1, 2, 3, threads, 64, 1000] {
            let total = Atomic<Int>(0)
            let marks = Marks(tasks)
            pool.run(tasks: tasks) { task in
                marks.counts[task] += 1
                total.wrappingAdd(1, ordering: .relaxed)
            }
            #expect(marks.areAll(1))
            #expect(total.load(ordering: .relaxed) == tasks)
        }
    }

    @Test(arguments: [1, 2, 3, 8]) func aPoolIsUsedThousandsOfTimes(threads: Int) throws {
        let pool = try ThreadPool(threads: threads)
        let marks = Marks(5)
        var early = 0
        // Threads that outnumber the cores have to wait for their turns.
        let rounds = threads > 3 ? 300 : 3000
        for round in 0..<rounds {
            // What one loop wrote the next one reads: run has to be a barrier.
            if !marks.areAll(round) { early += 1 }
            pool.run(tasks: 5) { marks.counts[$0] += 1 }
        }
        #expect(early == 0 && marks.areAll(rounds))
    }

    @Test(arguments: 1...8) func rangesCoverEverythingOnce(threads: Int) throws {
        let pool = try ThreadPool(threads: threads)
        for count in [0, 1, 2, 7, 8, 100, 101] {
            for grain in [1, 3, 50, 1000] {
                let marks = Marks(count)
                let calls = Atomic<Int>(0)
                let shortest = Atomic<Int>(.max)
                pool.forRanges(count, grain: grain) { range in
                    for i in range { marks.counts[i] += 1 }
                    calls.wrappingAdd(1, ordering: .relaxed)
                    shortest.min(range.count, ordering: .relaxed)
                }
                #expect(marks.areAll(1))
                let parts = calls.load(ordering: .relaxed)
                #expect(parts <= threads && (parts > 0) == (count > 0))
                // One range may be all there is; of several none is shorter than the grain.
                #expect(parts <= 1 || shortest.load(ordering: .relaxed) >= grain)
            }
        }
    }

    @Test func threadsThatFindNoTaskAreWaitedFor() throws {
        let pool = try ThreadPool(threads: 8)
        let total = Atomic<Int>(0)
        for _ in 0..<100 { pool.run(tasks: 2) { total.wrappingAdd($0 + 1, ordering: .relaxed) } }
        #expect(total.load(ordering: .relaxed) == 300)
    }

    @Test func poolsEndUsedOrNot() throws {
        for round in 0..<50 {
            let pool = try ThreadPool(threads: 4)
            let total = Atomic<Int>(0)
            if round % 2 == 0 { pool.run(tasks: 4) { _ in total.wrappingAdd(1, ordering: .relaxed) } }
            #expect(total.load(ordering: .relaxed) == (round % 2 == 0 ? 4 : 0))
        }
    }

    @Test func severalPoolsWorkSideBySide() throws {
        let (a, b) = (try ThreadPool(threads: 3), try ThreadPool(threads: 2))
        let sumA = Atomic<Int>(0)
        let sumB = Atomic<Int>(0)
        for _ in 0..<200 {
            a.run(tasks: 10) { sumA.wrappingAdd($0, ordering: .relaxed) }
            b.run(tasks: 10) { sumB.wrappingAdd($0, ordering: .relaxed) }
        }
        #expect(sumA.load(ordering: .relaxed) == 9000 && sumB.load(ordering: .relaxed) == 9000)
    }
}
