// SGD.swift — stochastic gradient descent with momentum, by PyTorch's convention.

import CKernels

// P parameters.

/// g += decay·p; b = momentum·b + g; p −= rate·b, or rate·(g + momentum·b) with Nesterov.
///
/// The rate is applied outside of the momentum, so that a change of rate acts at once.
public final class SGD: Optimizer, @unchecked Sendable {
    public let momentum: Double
    public let nesterov: Bool
    public let weightDecay: Double
    public var stepCount = 0

    private let ranges: DecayRanges
    /// nil without momentum.
    private let buffer: StateBuffer?
    private var step = bw_sgd_step()

    /// Memory: 4·P bytes, none without momentum.
    /// - Throws: `ObjectiveError` if a number is out of range.
    public init(
        ranges: DecayRanges, momentum: Double = 0.9, nesterov: Bool = false,
        weightDecay: Double = 5e-4
    ) throws {
        guard momentum >= 0, momentum < 1 else {
            throw ObjectiveError.outOfRange(
                name: "optimizer.momentum", value: momentum, allowed: "0 up to, not including, 1")
        }
        guard momentum > 0 || !nesterov else {
            throw ObjectiveError.outOfRange(
                name: "optimizer.momentum", value: momentum, allowed: "greater than 0 with Nesterov")
        }
        try ObjectiveError.checkAtLeastZero(weightDecay, name: "optimizer.weight_decay")
        self.ranges = ranges
        self.momentum = momentum
        self.nesterov = nesterov
        self.weightDecay = weightDecay
        buffer = momentum > 0 ? StateBuffer(count: ranges.count) : nil
    }

    public var state: [(name: String, values: UnsafeMutableBufferPointer<Float>)] {
        buffer.map { [("momentum", $0.values)] } ?? []
    }

    public func beginStep(learningRate: Double, gradientScale: Double) {
        stepCount += 1
        step = bw_sgd_step(
            gradient_scale: Float(gradientScale), l2: Float(weightDecay), momentum: Float(momentum),
            rate: Float(learningRate), nesterov: nesterov ? 1 : 0)
    }

    public func update(
        _ range: Range<Int>, of parameters: UnsafeMutableBufferPointer<Float>,
        gradient: UnsafeBufferPointer<Float>
    ) {
        precondition(
            parameters.count == ranges.count && gradient.count == ranges.count,
            "SGD: \(parameters.count) parameters, \(gradient.count) gradients, expected \(ranges.count)")
        precondition(stepCount > 0, "SGD: update before beginStep")
        ranges.forEachRun(in: range) { run, decays in
            var step = step
            if !decays { step.l2 = 0 }
            let start = run.lowerBound
            bw_sgd(
                run.count, parameters.baseAddress! + start, gradient.baseAddress! + start,
                buffer.map { $0.values.baseAddress! + start }, step)
        }
    }
}
