// Weights.swift — a group of a checkpoint's arrays as numbers to compute with.

import Foundation
import Store
import Testing

/// The arrays of one group, by name without the group.
struct Weights {
    private(set) var arrays: [String: [Float]]

    init(_ checkpoint: String, _ group: String) throws { try self.init(Checkpoint.read(checkpoint), group) }

    init(_ contents: CheckpointContents, _ group: String) throws {
        arrays = [:]
        for (name, array) in contents.arrays where name.hasPrefix(group + "/") {
            guard case .float32(let values) = array.values else { continue }
            arrays[String(name.dropFirst(group.count + 1))] = values
        }
        try #require(!arrays.isEmpty, "no group \(group)")
    }

    /// Of the difference, over all arrays.
    func distance(to other: Weights) -> Double {
        arrays.reduce(0.0) { sum, array in
            zip(array.value, other.arrays[array.key]!).reduce(sum) { $0 + pow(Double($1.0) - Double($1.1), 2) }
        }.squareRoot()
    }

    /// The largest difference of any two numbers.
    func largestDifference(to other: Weights) -> Double {
        arrays.map { name, values in
            zip(values, other.arrays[name]!).map { Double(abs($0 - $1)) }.max() ?? 0
        }.max() ?? 0
    }

    /// Number by number, of weights with the same names.
    func combined(with other: Weights, _ body: (Float, Float) -> Float) -> Weights {
        var result = self
        for (name, values) in arrays { result.arrays[name] = zip(values, other.arrays[name]!).map(body) }
        return result
    }
}
