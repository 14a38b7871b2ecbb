// LearningRateSchedule.swift — the learning rate as a pure function of the step.
// No state: resuming needs the step number only.

import Glibc

/// How the learning rate moves over a run.
public struct LearningRateSchedule: Equatable, Sendable {
    /// The curve after warm-up; positions are in epochs from the start of the run.
    public enum Shape: Equatable, Sendable {
        case constant
        /// Multiplied by `factor` every `epochs` epochs.
        case step(epochs: Int, factor: Double)
        /// Half a cosine from the base rate to `floor` at the end of the run.
        case cosine(floor: Double)
        /// Constant up to `startEpoch`, then in a straight line to 0 at the end of the run.
        case linearDecay(startEpoch: Int)
    }

    /// How often the curve moves.
    public enum Granularity: String, CaseIterable, Sendable {
        case perEpoch = "epoch"
        case perStep = "step"
    }

    public let base: Double
    public let shape: Shape
    public let granularity: Granularity
    /// The rate rises in equal parts over this many steps, in both granularities; the curve runs
    /// on meanwhile. 0 for none.
    public let warmUpSteps: Int

    /// - Throws: `ObjectiveError` if a number is out of range.
    public init(
        base: Double, shape: Shape = .constant, granularity: Granularity = .perEpoch,
        warmUpSteps: Int = 0
    ) throws {
        try ObjectiveError.checkAtLeastZero(base, name: "schedule.learning_rate")
        try ObjectiveError.checkAtLeastZero(Double(warmUpSteps), name: "schedule.warm_up_steps")
        switch shape {
        case .constant:
            break
        case let .step(epochs, factor):
            guard epochs >= 1 else {
                throw ObjectiveError.outOfRange(
                    name: "schedule.step_epochs", value: Double(epochs), allowed: "at least 1")
            }
            try ObjectiveError.checkAtLeastZero(factor, name: "schedule.step_factor")
        case let .cosine(floor):
            try ObjectiveError.checkAtLeastZero(floor, name: "schedule.floor")
        case let .linearDecay(startEpoch):
            try ObjectiveError.checkAtLeastZero(Double(startEpoch), name: "schedule.start_epoch")
        }
        self.base = base
        self.shape = shape
        self.granularity = granularity
        self.warmUpSteps = warmUpSteps
    }

    /// The rate of one step.
    /// - Parameters:
    ///   - step: steps done before, from 0.
    ///   - stepsPerEpoch: at least 1.
    ///   - totalSteps: of the whole run, at least 1; past it the curve stays at its end.
    public func rate(step: Int, stepsPerEpoch: Int, totalSteps: Int) -> Double {
        precondition(
            step >= 0 && stepsPerEpoch >= 1 && totalSteps >= 1,
            "LearningRateSchedule: step \(step), \(stepsPerEpoch) an epoch, \(totalSteps) in all")
        let end = Double(totalSteps) / Double(stepsPerEpoch)
        let position = switch granularity {
        case .perEpoch: min(Double(step / stepsPerEpoch), end)
        case .perStep: min(Double(step) / Double(stepsPerEpoch), end)
        }
        let warmUp = step < warmUpSteps ? Double(step + 1) / Double(warmUpSteps) : 1
        return warmUp * curve(at: position, end: end)
    }

    private func curve(at position: Double, end: Double) -> Double {
        switch shape {
        case .constant:
            return base
        case let .step(epochs, factor):
            return base * pow(factor, (position / Double(epochs)).rounded(.down))
        case let .cosine(floor):
            return floor + (base - floor) * (1 + cos(.pi * position / end)) / 2
        case let .linearDecay(startEpoch):
            let start = Double(startEpoch)
            guard position > start else { return base }
            return base * (end - position) / (end - start)
        }
    }
}
