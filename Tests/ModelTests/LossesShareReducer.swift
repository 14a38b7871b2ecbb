// LossesShareReducer.swift — threads that stand in for ranks.

import Foundation
import Tensor

/// A meeting point of `participants` threads, each of which holds one `Seat`.
final class LossesShareReducer: @unchecked Sendable {
    private let participants: Int
    private let condition = NSCondition()
    private var arrived: [Int: [Double]] = [:]
    private var total: [Double] = []
    private var round = 0

    init(participants: Int) { self.participants = participants }

    final class Seat: SumReducer {
        let table: LossesShareReducer
        let number: Int
        init(table: LossesShareReducer, number: Int) {
            self.table = table
            self.number = number
        }
        func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
            let total = table.meet(Array(values), from: number)
            for i in values.indices { values[i] = total[i] }
        }
    }

    private func meet(_ values: [Double], from number: Int) -> [Double] {
        condition.lock()
        defer { condition.unlock() }
        let mine = round
        arrived[number] = values
        if arrived.count == participants {
            precondition(
                arrived.values.allSatisfy { $0.count == values.count }, "shares disagree on the length")
            // In the order of seats, so that the sum is the same in every run.
            total = (0..<participants).reduce([Double](repeating: 0, count: values.count)) { sum, seat in
                zip(sum, arrived[seat]!).map { $0 + $1 }
            }
            arrived = [:]
            round += 1
            condition.broadcast()
        } else {
            while round == mine { condition.wait() }
        }
        return total
    }

    /// Runs `body` once per participant, each on a thread of its own, and returns what they return.
    static func run<Result: Sendable>(
        participants: Int, _ body: @escaping @Sendable (_ number: Int, _ reducer: any SumReducer) -> Result
    ) -> [Result] {
        let table = LossesShareReducer(participants: participants)
        let results = Results<Result>()
        for number in 0..<participants {
            Thread.detachNewThread {
                results.put(body(number, Seat(table: table, number: number)), at: number)
            }
        }
        return results.wait(for: participants)
    }

    private final class Results<Value: Sendable>: @unchecked Sendable {
        private let condition = NSCondition()
        private var values: [Int: Value] = [:]

        func put(_ value: Value, at number: Int) {
            condition.lock()
            values[number] = value
            condition.broadcast()
            condition.unlock()
        }

        func wait(for count: Int) -> [Value] {
            condition.lock()
            defer { condition.unlock() }
            while values.count < count { condition.wait() }
            return (0..<count).map { values[$0]! }
        }
    }
}
