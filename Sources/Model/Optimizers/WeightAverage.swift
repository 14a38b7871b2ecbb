// WeightAverage.swift — exponential moving average of the weights, for evaluation.

import CKernels

// P parameters.

/// average = decay·average + (1 − decay)·parameters after each step, starting at the first weights.
public final class WeightAverage: @unchecked Sendable {
    /// Share of the average that a step keeps, in [0, 1).
    public let decay: Double
    private let buffer: StateBuffer

    /// Memory: 4·P bytes.
    /// - Throws: `ObjectiveError` if the decay is out of range.
    public init(of parameters: UnsafeBufferPointer<Float>, decay: Double) throws {
        guard decay >= 0, decay < 1 else {
            throw ObjectiveError.outOfRange(
                name: "weight_average.decay", value: decay, allowed: "0 up to, not including, 1")
        }
        self.decay = decay
        buffer = StateBuffer(count: parameters.count)
        _ = buffer.values.update(from: parameters)
    }

    /// The averaged weights, [P]; a checkpoint stores and restores them in place.
    public var values: UnsafeMutableBufferPointer<Float> { buffer.values }

    /// Averages `range` in, once a step. Ranges may run at the same time.
    public func update(_ range: Range<Int>, with parameters: UnsafeBufferPointer<Float>) {
        precondition(
            parameters.count == values.count && range.lowerBound >= 0 && range.upperBound <= values.count,
            "WeightAverage: \(range) of \(parameters.count) parameters, expected \(values.count)")
        guard !range.isEmpty else { return }
        bw_moving_average(
            range.count, values.baseAddress! + range.lowerBound,
            parameters.baseAddress! + range.lowerBound, Float(1 - decay))
    }
}
