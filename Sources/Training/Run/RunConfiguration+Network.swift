// RunConfiguration+Network.swift — from settings to the objects that they describe.

import Blend
import Model
import Tensor

/// `RunConfiguration.Optimizer` is a section of the configuration; this is the thing itself.
typealias WeightOptimizer = Optimizer

extension RunConfiguration {
    /// The options of the total loss.
    public var objectiveOptions: Objective.Options {
        var options = Objective.Options()
        options.setting = setting
        options.form = losses.opr
        options.order = losses.order
        options.transitionStopGradient = losses.transitionStopGradient
        options.margin = losses.margin
        options.anchorMomentum = losses.anchorMomentum
        options.weights.final = losses.final
        options.weights.attributes = losses.attributes
        options.weights.blending = losses.blending
        options.weights.identity = losses.identity
        options.weights.generation = losses.generation
        options.weights.transition = losses.transition
        options.weights.orientation = losses.orientation
        // A weight of zero takes a term away, with the blocks that only it uses.
        if !losses.bridging { options.without.insert(.bridging) }
        if losses.transition == 0 { options.without.insert(.transition) }
        if losses.attributes == 0 { options.without.insert(.attributes) }
        if losses.orientation == 0 { options.without.insert(.orientation) }
        return options
    }

    /// The network for an objective made from the same configuration.
    func detectorShape(for objective: Objective) -> DetectorShape {
        DetectorShape(
            architecture: model.arch, imageSize: data.size, padding: model.padding,
            featureChannels: model.featureChannels, headChannels: model.headChannels,
            heads: objective.heads, transitions: objective.transitions,
            batchNorm: .init(
                momentum: Float(model.batchNorm.momentum), epsilon: Float(model.batchNorm.eps),
                synchronized: model.batchNorm.sync),
            stochasticDepth: Float(model.stochasticDepth))
    }

    /// A detector with its first weights, or with those of another one, and its objective.
    public func makeDetector(
        sharingWeightsOf owner: Detector? = nil
    ) throws -> (detector: Detector, objective: Objective) {
        let objective = try Objective(objectiveOptions, featureChannels: model.featureChannels)
        let detector = Detector(detectorShape(for: objective), seed: train.seed, sharingWeightsOf: owner)
        return (detector, objective)
    }

    func makeOptimizer(parameterCount: Int) throws -> any WeightOptimizer {
        let ranges = try DecayRanges(count: parameterCount)
        switch optimizer.name {
        case .adam, .adamw:
            return try Adam(
                ranges: ranges, beta1: optimizer.beta1, beta2: optimizer.beta2, epsilon: optimizer.eps,
                weightDecay: optimizer.weightDecay, decay: optimizer.name == .adam ? .l2 : .decoupled)
        case .sgd:
            return try SGD(
                ranges: ranges, momentum: optimizer.momentum, weightDecay: optimizer.weightDecay)
        }
    }

    func makeSchedule() throws -> LearningRateSchedule {
        let shape: LearningRateSchedule.Shape =
            switch schedule.name {
            case .constant: .constant
            case .step: .step(epochs: schedule.stepSize, factor: schedule.gamma)
            case .cosine: .cosine(floor: 0)
            case .linear: .linearDecay(startEpoch: decayStartEpoch)
            }
        return try LearningRateSchedule(
            base: optimizer.lr, shape: shape, granularity: schedule.per == .step ? .perStep : .perEpoch, warmUpSteps: schedule.warmupSteps)
    }

    /// Which pictures the loader makes beside the real one.
    var blendAnchors: Quadruple.Anchors {
        var wanted: Quadruple.Anchors = []
        for anchor in setting.anchors {
            switch anchor {
            case .real: break
            case .selfBlended: wanted.insert(.selfBlended)
            case .crossBlended: wanted.insert(.crossBlended)
            case .deepfake: wanted.insert(.deepfake)
            }
        }
        return wanted
    }
}
