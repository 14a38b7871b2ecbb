// Adam.swift — Adam and AdamW.
//
// Kingma and Ba, "Adam: a method for stochastic optimization", 2015; Loshchilov and Hutter,
// "Decoupled weight decay regularization", 2019. Bias correction and the place of eps as in PyTorch.

import CKernels

// P parameters.

/// m += (1−β₁)(g − m); v = β₂v + (1−β₂)g²;
/// p −= rate/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).
public final class Adam: Optimizer, @unchecked Sendable {
    /// Where weight decay enters.
    public enum Decay: String, CaseIterable, Sendable {
        /// Added to the gradient: Adam with L2.
        case l2 = "adam"
        /// Parameters shrink by rate · decay before the step: AdamW.
        case decoupled = "adamw"
    }

    public let beta1: Double
    public let beta2: Double
    public let epsilon: Double
    public let weightDecay: Double
    public let decay: Decay
    public var stepCount = 0

    private let ranges: DecayRanges
    private let firstMoment: StateBuffer
    private let secondMoment: StateBuffer
    private var decaying = bw_adam_step()
    private var exempt = bw_adam_step()

    /// Memory: 8·P bytes.
    /// - Throws: `ObjectiveError` if a number is out of range.
    public init(
        ranges: DecayRanges, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 5e-4, decay: Decay = .l2
    ) throws {
        for (name, beta) in [("optimizer.beta1", beta1), ("optimizer.beta2", beta2)]
        where !(beta >= 0 && beta < 1) {
            throw ObjectiveError.outOfRange(
                name: name, value: beta, allowed: "0 up to, not including, 1")
        }
        try ObjectiveError.checkAtLeastZero(epsilon, name: "optimizer.epsilon")
        try ObjectiveError.checkAtLeastZero(weightDecay, name: "optimizer.weight_decay")
        self.ranges = ranges
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.decay = decay
        firstMoment = StateBuffer(count: ranges.count)
        secondMoment = StateBuffer(count: ranges.count)
    }

    public var state: [(name: String, values: UnsafeMutableBufferPointer<Float>)] {
        [("exp_avg", firstMoment.values), ("exp_avg_sq", secondMoment.values)]
    }

    public func beginStep(learningRate: Double, gradientScale: Double) {
        stepCount += 1
        let correction1 = 1 - Self.power(beta1, stepCount)
        let correction2 = 1 - Self.power(beta2, stepCount)
        exempt = bw_adam_step(
            gradient_scale: Float(gradientScale), l2: 0, keep: 1,
            one_minus_beta1: Float(1 - beta1), beta2: Float(beta2),
            one_minus_beta2: Float(1 - beta2), step_size: Float(learningRate / correction1),
            correction2_sqrt: Float(correction2.squareRoot()), eps: Float(epsilon))
        decaying = exempt
        switch decay {
        case .l2: decaying.l2 = Float(weightDecay)
        case .decoupled: decaying.keep = Float(1 - learningRate * weightDecay)
        }
    }

    public func update(
        _ range: Range<Int>, of parameters: UnsafeMutableBufferPointer<Float>,
        gradient: UnsafeBufferPointer<Float>
    ) {
        precondition(
            parameters.count == ranges.count && gradient.count == ranges.count,
            "Adam: \(parameters.count) parameters, \(gradient.count) gradients, expected \(ranges.count)")
        precondition(stepCount > 0, "Adam: update before beginStep")
        ranges.forEachRun(in: range) { run, decays in
            let start = run.lowerBound
            bw_adam(
                run.count, parameters.baseAddress! + start, gradient.baseAddress! + start,
                firstMoment.values.baseAddress! + start, secondMoment.values.baseAddress! + start,
                decays ? decaying : exempt)
        }
    }

    /// baseⁿ by squaring: the same bytes with every C library.
    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var square = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }
}
