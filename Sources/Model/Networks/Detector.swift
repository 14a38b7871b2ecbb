// Detector.swift — the whole network of the method: backbone, features, attribute heads, attention,
// final head, transition blocks. Losses are elsewhere: it returns logits and takes their gradients.
//
// B quadruples, A anchors used, P pairs of neighbours, D feature channels, h×w the features' map.
// Batches are ordered by anchor: all of the first anchor, then all of the second, and so on.

import CKernels
import Tensor

public final class Detector {
    public let shape: DetectorShape
    public let parameters = Parameters()
    private let backbone: EfficientNet
    private let neck: PointwiseConvolution
    private let heads: [Sequence]
    private let attention: AttributeAttention
    private let finalHead: Sequence
    private let transitions: [TransitionBlock]

    /// h and w of the features.
    public let mapSize: Int

    /// - Parameters:
    ///   - seed: decides the first weights.
    ///   - owner: a detector of the same shape whose weights this one uses too, instead of its own.
    public init(_ shape: DetectorShape, seed: UInt64, sharingWeightsOf owner: Detector? = nil) {
        self.shape = shape
        let parameters = parameters
        backbone = EfficientNet(
            parameters, "backbone", shape.architecture, imageSize: shape.imageSize,
            padding: shape.padding, batchNorm: shape.batchNorm, stochasticDepth: shape.stochasticDepth)
        mapSize = Self.mapSize(of: shape)
        precondition(mapSize > 0, "Detector: images of \(shape.imageSize) pixels leave no features")
        let channels = shape.featureChannels
        neck = PointwiseConvolution(
            parameters, "neck", shape.architecture.featureChannels, channels, bias: true)
        func head(_ name: String, outputs: Int) -> Sequence {
            Sequence([
                PointwiseConvolution.linear(parameters, name + ".hidden", channels, shape.headChannels),
                LeakyReLULayer(),
                PointwiseConvolution.linear(parameters, name + ".output", shape.headChannels, outputs),
            ])
        }
        // Declared in the order of the forward pass: buckets of gradients close from the end.
        heads = shape.heads.map { head("heads.\($0.name)", outputs: $0.outputs) }
        attention = AttributeAttention(
            parameters, "attention", heads: shape.heads, channels: channels,
            hidden: shape.headChannels, mapSize: mapSize, synchronized: shape.batchNorm.synchronized)
        finalHead = head("heads.final", outputs: 2)
        transitions = shape.transitions.map {
            TransitionBlock(parameters, "transitions.\($0)", channels: channels)
        }
        if let owner {
            parameters.allocate(sharing: owner.parameters)
        } else {
            parameters.allocate(seed: seed)
        }
    }

    /// Lets a tap see what passes through the backbone, or takes it away.
    func watch(with tap: LayerTap?) { backbone.tap = tap }

    /// h and w of the features of such a detector, 0 or less for images too small for it.
    package static func mapSize(of shape: DetectorShape) -> Int { BackboneLayout(shape).mapSize }

    // MARK: Evaluation

    /// Logits of the final head `[n, 1, 1, 2]` and pooled F `[n, 1, 1, D]`, both to be released by the
    /// caller. Takes over `images`. With the context's mode `.evaluation`.
    ///
    /// Layer by layer: `Inference` computes the same to rounding and faster; this is for what looks at layers.
    public func evaluate(_ images: Tensor, _ context: Context) throws -> (logits: Tensor, pooled: Tensor) {
        try evaluate(rawFeatures: backbone.forward(images, context), context)
    }

    /// What follows the backbone. Takes over F_raw, `[n, h, w, featureChannels of the architecture]`.
    func evaluate(
        rawFeatures: Tensor, _ context: Context
    ) throws -> (logits: Tensor, pooled: Tensor) {
        let features = try neck.forward(rawFeatures, context)
        let pooled = GlobalPool.forward(features, context)
        let logits = try headLogits(pooled, context)
        let attended = try attention.forward(features, logits: logits, context)
        context.arena.release(features)
        let attendedPool = GlobalPool.forward(attended, context)
        context.arena.release(attended)
        return (try finalHead.forward(attendedPool, context), pooled)
    }

    /// Reads `pooled`.
    private func headLogits(_ pooled: Tensor, _ context: Context) throws -> [Tensor] {
        try heads.map {
            context.arena.retain(pooled)
            return try $0.forward(pooled, context)
        }
    }

    // MARK: Training

    /// What lies between two neighbouring anchors: bridges and a transition.
    public struct Pair: Sendable {
        /// Places among the anchors used.
        public var from: Int
        public var to: Int
        /// λ per quadruple: bridge = λ·F_to + (1 − λ)·F_from. Empty without bridging.
        public var lambdas: [Float]
        public init(from: Int, to: Int, lambdas: [Float]) {
            self.from = from
            self.to = to
            self.lambdas = lambdas
        }
    }

    /// What a training pass leaves for the losses. Rows are the anchors' maps (A·B), then the
    /// bridges' (P·B, by pair). `backward` releases all of it.
    public struct Outputs {
        /// Anchors and bridges, `[rows, h, w, D]`.
        public var features: Tensor
        /// `[rows, 1, 1, D]`.
        public var pooled: Tensor
        /// One per head of the shape, `[rows, 1, 1, outputs]`.
        public var logits: [Tensor]
        /// `[rows, 1, 1, 2]`.
        public var finalLogits: Tensor
        /// Predicted features of each pair's second anchor, `[B, h, w, D]`; empty without transitions.
        public var predictions: [Tensor]
        fileprivate var pairs: [Pair]
        fileprivate var quadruples: Int
        fileprivate var anchors: Int
    }

    /// dL/d of the outputs, same shapes. `backward` takes them over.
    public struct OutputGradients {
        public var logits: [Tensor]
        public var finalLogits: Tensor
        public var predictions: [Tensor]
        /// dL/dfeatures from losses on the features themselves (the transitions' targets),
        /// `[A·B, h, w, D]`, or nil.
        public var features: Tensor?
        /// dL/dpooled of the anchors from losses on it (orientation), `[A·B, 1, 1, D]`, or nil.
        public var pooled: Tensor?
        public init(
            logits: [Tensor], finalLogits: Tensor, predictions: [Tensor], features: Tensor?,
            pooled: Tensor?
        ) {
            self.logits = logits
            self.finalLogits = finalLogits
            self.predictions = predictions
            self.features = features
            self.pooled = pooled
        }
    }

    /// - Parameters:
    ///   - images: `[A·B, size, size, 3]`, normalised, by anchor. Taken over.
    ///   - pairs: in the order of the shape's transitions.
    ///   - noise: per pair `[B, h, w, D]`; empty without transitions. Taken over.
    public func forward(
        images: Tensor, anchors: Int, pairs: [Pair], noise: [Tensor], _ context: Context
    ) throws -> Outputs {
        precondition(noise.isEmpty || noise.count == transitions.count)
        let arena = context.arena
        let quadruples = images.n / anchors
        let bridged = pairs.contains { !$0.lambdas.isEmpty }
        let anchorFeatures = try neck.forward(backbone.forward(images, context), context)
        let features = bridged ? bridge(anchorFeatures, pairs, quadruples, context) : anchorFeatures
        let pooled = GlobalPool.forward(features, context)
        let logits = try headLogits(pooled, context)
        logits.forEach(arena.retain)
        let attended = try attention.forward(features, logits: logits, context)
        let attendedPool = GlobalPool.forward(attended, context)
        arena.release(attended)
        let finalLogits = try finalHead.forward(attendedPool, context)
        var predictions: [Tensor] = []
        for (index, noise) in noise.enumerated() {
            // A piece of the features: copied, because a layer owns what it is given.
            let from = copy(features, anchor: pairs[index].from, quadruples, context)
            predictions.append(
                try transitions[index].forward(noise: noise, features: from, context))
            arena.release(from)
        }
        return Outputs(
            features: features, pooled: pooled, logits: logits, finalLogits: finalLogits,
            predictions: predictions, pairs: bridged ? pairs : [], quadruples: quadruples,
            anchors: anchors)
    }

    /// Adds to the gradients of all parameters. Takes over both arguments.
    public func backward(
        _ outputs: Outputs, _ gradients: OutputGradients, transitionPairs: [Pair], _ context: Context
    ) throws {
        let arena = context.arena
        let (quadruples, anchors) = (outputs.quadruples, outputs.anchors)
        let features = outputs.features
        let dFeatures = arena.zeros(n: features.n, h: features.h, w: features.w, c: features.c)
        if let given = gradients.features {
            bw_add_scaled(dFeatures.data, given.data, given.count, 1)
            arena.release(given)
        }
        // The transition blocks stand last among the parameters, so they go first.
        for index in transitions.indices.reversed() where index < gradients.predictions.count {
            let dFrom = try transitions[index].backward(gradients.predictions[index], context)
            let range = anchorRange(transitionPairs[index].from, quadruples)
            bw_add_scaled(dFeatures.samples(range).data, dFrom.data, dFrom.count, 1)
            arena.release(dFrom)
            arena.release(outputs.predictions[index])
        }
        let dAttendedPool = try finalHead.backward(gradients.finalLogits, context)
        let dAttended = arena.zeros(n: features.n, h: features.h, w: features.w, c: features.c)
        GlobalPool.backward(dAttendedPool, into: dAttended, context)
        arena.release(dAttendedPool)
        let dFromAttention = try attention.backward(dAttended, into: dFeatures, context)
        let dPooled = arena.zeros(n: features.n, c: features.c)
        for index in heads.indices.reversed() {
            let dLogits = gradients.logits[index]
            bw_add_scaled(dLogits.data, dFromAttention[index].data, dLogits.count, 1)
            arena.release(dFromAttention[index])
            let d = try heads[index].backward(dLogits, context)
            bw_add_scaled(dPooled.data, d.data, d.count, 1)
            arena.release(d)
        }
        if let given = gradients.pooled {
            bw_add_scaled(dPooled.data, given.data, given.count, 1)
            arena.release(given)
        }
        GlobalPool.backward(dPooled, into: dFeatures, context)
        arena.release(dPooled)
        outputs.logits.forEach(arena.release)
        [outputs.finalLogits, outputs.pooled, outputs.features].forEach(arena.release)
        let dAnchors =
            outputs.pairs.isEmpty
            ? dFeatures : bridgeBackward(dFeatures, outputs.pairs, quadruples, anchors, context)
        let dImages = try backbone.backward(neck.backward(dAnchors, context), context)
        arena.release(dImages)
    }

    // MARK: Bridges

    private func anchorRange(_ anchor: Int, _ quadruples: Int) -> Range<Int> {
        anchor * quadruples..<(anchor + 1) * quadruples
    }

    private func copy(
        _ features: Tensor, anchor: Int, _ quadruples: Int, _ context: Context
    ) -> Tensor {
        let from = features.samples(anchorRange(anchor, quadruples))
        let to = context.arena.allocate(n: from.n, h: from.h, w: from.w, c: from.c)
        to.data.update(from: from.data, count: from.count)
        return to
    }

    /// Takes over the anchors' features; returns them followed by the bridges.
    private func bridge(
        _ anchors: Tensor, _ pairs: [Pair], _ quadruples: Int, _ context: Context
    ) -> Tensor {
        let all = context.arena.allocate(
            n: anchors.n + pairs.count * quadruples, h: anchors.h, w: anchors.w, c: anchors.c)
        all.data.update(from: anchors.data, count: anchors.count)
        let size = anchors.pixels * anchors.c
        for (index, pair) in pairs.enumerated() {
            for (i, lambda) in pair.lambdas.enumerated() {
                bw_mix(
                    all.sample(anchors.n + index * quadruples + i),
                    lambda, anchors.sample(pair.to * quadruples + i),
                    1 - lambda, anchors.sample(pair.from * quadruples + i), size)
            }
        }
        context.arena.release(anchors)
        return all
    }

    /// Takes over dL/d(anchors and bridges); returns dL/danchors.
    private func bridgeBackward(
        _ dAll: Tensor, _ pairs: [Pair], _ quadruples: Int, _ anchors: Int, _ context: Context
    ) -> Tensor {
        let dAnchors = context.arena.allocate(
            n: anchors * quadruples, h: dAll.h, w: dAll.w, c: dAll.c)
        dAnchors.data.update(from: dAll.data, count: dAnchors.count)
        let size = dAll.pixels * dAll.c
        for (index, pair) in pairs.enumerated() {
            for (i, lambda) in pair.lambdas.enumerated() {
                let d = dAll.sample(dAnchors.n + index * quadruples + i)
                bw_add_scaled(dAnchors.sample(pair.to * quadruples + i), d, size, lambda)
                bw_add_scaled(dAnchors.sample(pair.from * quadruples + i), d, size, 1 - lambda)
            }
        }
        context.arena.release(dAll)
        return dAnchors
    }
}
