// OrderedWork.swift — items made by all threads and taken in order, with bounded memory. For files whose
// bytes may not depend on the number of threads.

import Foundation
import Tensor

/// A parallel loop whose results are consumed one by one in the order of their numbers.
enum OrderedWork {
    /// Calls `make` for 0 ..< `count` on any thread and `take` with the results, in order and one call
    /// at a time, on whichever thread has just finished; the others go on making.
    ///
    /// At most `window` results wait: a thread that is further ahead sleeps. After the first error
    /// nothing more is made or taken.
    /// - Throws: the first error of `take`; `CancellationError` once `stop` answers true.
    static func run<Item>(
        count: Int, window: Int, pool: ThreadPool, stop: () -> Bool = { false },
        make: (Int) -> Item, take: (Int, Item) throws -> Void
    ) throws {
        let state = State<Item>()
        pool.run(tasks: count) { number in
            guard state.waitForRoom(number, window: window) else { return }
            let item = make(number)
            state.deposit(number, item)
            while let (next, item) = state.claim() {
                do {
                    if stop() { throw CancellationError() }
                    try take(next, item)
                    state.finishTaking(nil)
                } catch {
                    state.finishTaking(error)
                }
            }
        }
        if let failure = state.failure { throw failure }
    }

    private final class State<Item>: @unchecked Sendable {
        private let condition = NSCondition()
        private var waiting: [Int: Item] = [:]
        private var next = 0
        private var isTaking = false
        private(set) var failure: (any Error)?

        /// False once the work has failed. Never deadlocks: numbers are handed out in order, so
        /// whoever makes the next one to be taken is always inside the window.
        func waitForRoom(_ number: Int, window: Int) -> Bool {
            condition.lock()
            defer { condition.unlock() }
            while failure == nil && number - next >= window { condition.wait() }
            return failure == nil
        }

        func deposit(_ number: Int, _ item: Item) {
            condition.lock()
            waiting[number] = item
            condition.unlock()
        }

        /// The next item, if it is there and nobody else is taking.
        func claim() -> (Int, Item)? {
            condition.lock()
            defer { condition.unlock() }
            guard failure == nil, !isTaking, let item = waiting.removeValue(forKey: next) else { return nil }
            isTaking = true
            return (next, item)
        }

        func finishTaking(_ error: (any Error)?) {
            condition.lock()
            isTaking = false
            next += 1
            if failure == nil { failure = error }
            condition.broadcast()
            condition.unlock()
        }
    }
}
