// Objective.swift — the total loss of a batch and its gradient: which terms, on which rows, with
// which counts. The terms themselves, and the network, are elsewhere.
//
// B quadruples of this rank (may be 0), G of all ranks, A anchors used, P pairs of neighbours.

import CKernels
import Tensor

/// The loss of method and baselines alike, as chosen by a setting and its options.
public final class Objective {
    public struct Options: Sendable {
        public var setting = Setting.prodet
        public var weights = LossWeights()
        public var form = AttributeForm.tripletBinary
        public var order = AnchorOrder.progressive
        /// Terms that an ablation takes away.
        public var without: LossTerms = []
        /// Whether the transitions' targets get no gradient (published: they do).
        public var transitionStopGradient = false
        public var margin = 1.0
        public var anchorMomentum = 0.99
        public init() {}
    }

    /// What one step's loss was, over all ranks. The same on every rank.
    public struct Report: Sendable {
        /// Weighted sum of the terms.
        public var total: Double
        /// Unweighted global means by term: final, blending, …, transition_rs, …, orientation.
        public var terms: [(name: String, value: Double)]
        /// Where the anchors lie; nil if the setting does not look.
        public var orientation: OrientationReport?
    }

    public let options: Options
    /// In the order of a batch.
    public let anchors: [Anchor]
    public let terms: LossTerms
    public let pairs: [AnchorPair]
    /// Running means of the anchors: part of the checkpoint.
    public var statistics: AnchorStatistics
    private let orientation: OrientationLoss

    /// - Parameter featureChannels: D of the detector.
    /// - Throws: `ObjectiveError` if an option is out of range.
    public init(_ options: Options, featureChannels: Int) throws {
        self.options = options
        anchors = options.setting.anchors
        terms = options.setting.terms.subtracting(options.without)
        pairs = options.order.pairs(among: anchors)
        statistics = try AnchorStatistics(dimension: featureChannels, momentum: options.anchorMomentum)
        orientation = try OrientationLoss(
            anchors: anchors, order: options.order, margin: options.margin)
    }

    /// The heads that the detector needs for these options.
    public var heads: [DetectorShape.Head] {
        switch options.form {
        case .tripletBinary: DetectorShape.attributeHeads
        case .multiClass: [.init(name: "anchor", outputs: 4)]
        case .multiLabel: [.init(name: "attributes", outputs: 3)]
        }
    }

    /// The transition blocks that the detector needs for these options.
    public var transitions: [String] {
        terms.contains(.transition) ? pairs.map { $0.from.letter + $0.to.letter } : []
    }

    /// What a step draws at random, for each pair in order.
    public struct Draws {
        /// λ per quadruple, `[B]` each; no numbers without bridging.
        public var lambdas: [[Float]]
        /// `[B, h, w, D]` each; empty without transitions.
        public var noise: [Tensor]
        public init(lambdas: [[Float]], noise: [Tensor]) {
            self.lambdas = lambdas
            self.noise = noise
        }
    }

    /// Forward and backward pass: adds the gradients of this rank's share to the detector's.
    ///
    /// The sum of all ranks' gradients is the gradient of the returned global loss. Collective.
    /// - Parameters:
    ///   - images: `[A·B, size, size, 3]`, by anchor. Taken over.
    ///   - samples: keys of the quadruples, `[B]`: they key every random draw.
    ///   - globalQuadruples: G, the true count over all ranks, at least 1.
    public func step(
        _ detector: Detector, images: Tensor, samples: [SampleKey], globalQuadruples: Int, _ context: Context
    ) throws -> Report {
        // The four images of a quadruple are dropped independently.
        context.sampleKeys = anchors.flatMap { anchor in
            samples.map { SampleKey(epoch: $0.epoch, sample: $0.sample << 2 | anchor.rawValue) }
        }
        let draws = Draws(
            lambdas: pairs.map { pair in
                terms.contains(.bridging)
                    ? samples.map { Bridge.lambda(seed: context.seed, key: $0, pair: pair) } : []
            },
            // An empty share has bridges too, of no rows: the layers' collectives need every rank.
            noise: detector.shape.transitions.isEmpty
                ? [] : pairs.map { drawNoise(samples, pair: $0, detector, context) })
        return try evaluate(
            detector, images: images, draws: draws, globalQuadruples: globalQuadruples, context)
    }

    /// As `step`, with the random draws as an argument. In the context's mode `.frozen` the gradients are
    /// those of the evaluated function.
    /// - Parameters:
    ///   - draws: its noise is taken over.
    ///   - inspect: sees the forward pass's results before the backward pass releases them.
    public func evaluate(
        _ detector: Detector, images: Tensor, draws: Draws, globalQuadruples: Int, _ context: Context,
        inspect: (Detector.Outputs) throws -> Void = { _ in }
    ) throws -> Report {
        let quadruples = images.n / anchors.count
        let places = Dictionary(uniqueKeysWithValues: anchors.enumerated().map { ($1, $0) })
        let networkPairs = zip(pairs, draws.lambdas).map { pair, lambdas in
            Detector.Pair(from: places[pair.from]!, to: places[pair.to]!, lambdas: lambdas)
        }
        let outputs = try detector.forward(
            images: images, anchors: anchors.count, pairs: networkPairs, noise: draws.noise, context)
        try inspect(outputs)

        let bridges = terms.contains(.bridging) ? zip(pairs, networkPairs).map { ($0, $1.lambdas) } : []
        let targets = TargetTable(anchors: anchors, quadruples: quadruples, bridges: bridges)
        let globalRows = Double(globalQuadruples * (anchors.count + bridges.count))

        var sums: [(name: String, weight: Double, sum: Double, count: Double)] = []
        let (finalGradient, finalSum) = binary(
            outputs.finalLogits, targets.blending, options.weights.final / globalRows, context)
        sums.append(("final", options.weights.final, finalSum, globalRows))

        let headGradients = headLosses(outputs.logits, targets, globalRows, &sums, context)
        let (predictionGradients, featureGradient) = transitionLosses(
            outputs, networkPairs, quadruples, globalQuadruples, &sums, context)
        let (orientationReport, pooledGradient) = try orientationLoss(
            outputs.pooled, quadruples: quadruples, context)

        try detector.backward(
            outputs,
            .init(
                logits: headGradients, finalLogits: finalGradient, predictions: predictionGradients,
                features: featureGradient, pooled: pooledGradient),
            transitionPairs: networkPairs, context)
        return try report(sums, orientationReport, context)
    }

    // MARK: Terms

    /// dL/dlogits and the unscaled local sum.
    private func binary(
        _ logits: Tensor, _ targets: [Float], _ scale: Double, _ context: Context
    ) -> (Tensor, Double) {
        let gradient = context.arena.allocate(n: logits.n, c: logits.c)
        let sum = targets.withUnsafeBufferPointer {
            SoftCrossEntropy.binary(
                logits: UnsafeBufferPointer(logits.buffer), targets: $0, scale: scale,
                logitGradient: gradient.buffer)
        }
        return (gradient, sum)
    }

    private func headLosses(
        _ logits: [Tensor], _ targets: TargetTable, _ globalRows: Double,
        _ sums: inout [(name: String, weight: Double, sum: Double, count: Double)], _ context: Context
    ) -> [Tensor] {
        guard terms.contains(.attributes) else {
            // The heads still learn through the attention.
            return logits.map { context.arena.zeros(n: $0.n, c: $0.c) }
        }
        let weights = options.weights
        switch options.form {
        case .tripletBinary:
            let byName: [String: (targets: [Float], weight: Double)] = [
                "generation": (targets.generation, weights.generation),
                "blending": (targets.blending, weights.blending),
                "identity": (targets.identity, weights.identity),
            ]
            return zip(heads, logits).map { head, logits in
                let (rows, weight) = byName[head.name]!
                let (gradient, sum) = binary(
                    logits, rows, weights.attributes * weight / globalRows, context)
                sums.append((head.name, weights.attributes * weight, sum, globalRows))
                return gradient
            }
        case .multiClass, .multiLabel:
            let gradient = context.arena.allocate(n: logits[0].n, c: logits[0].c)
            let values = UnsafeBufferPointer(logits[0].buffer)
            let scale = weights.attributes / globalRows
            let sum: Double
            if options.form == .multiClass {
                sum = targets.anchor.withUnsafeBufferPointer {
                    SoftCrossEntropy.multiClass(
                        logits: values, targets: $0, classes: 4, scale: scale,
                        logitGradient: gradient.buffer)
                }
            } else {
                sum = targets.labels.withUnsafeBufferPointer {
                    SoftCrossEntropy.multiLabel(
                        logits: values, targets: $0, scale: scale, logitGradient: gradient.buffer)
                }
            }
            sums.append((heads[0].name, weights.attributes, sum, globalRows))
            return [gradient]
        }
    }

    private func transitionLosses(
        _ outputs: Detector.Outputs, _ pairs: [Detector.Pair], _ quadruples: Int,
        _ globalQuadruples: Int,
        _ sums: inout [(name: String, weight: Double, sum: Double, count: Double)], _ context: Context
    ) -> (predictions: [Tensor], features: Tensor?) {
        guard !outputs.predictions.isEmpty else { return ([], nil) }
        let f = outputs.features
        let targetGradients = options.transitionStopGradient
            ? nil : context.arena.zeros(n: anchors.count * quadruples, h: f.h, w: f.w, c: f.c)
        var gradients: [Tensor] = []
        for (index, prediction) in outputs.predictions.enumerated() {
            let gradient = context.arena.allocate(n: prediction.n, h: f.h, w: f.w, c: f.c)
            let range = pairs[index].to * quadruples..<(pairs[index].to + 1) * quadruples
            let count = Double(globalQuadruples * f.pixels * f.c)
            let target = UnsafeBufferPointer(f.samples(range).buffer)
            let chunks = FixedChunks.count(of: prediction.count)
            let partial = context.scratch(max(chunks, 1))
            context.pool.run(tasks: chunks) { chunk in
                partial[chunk] = TransitionLoss.evaluate(
                    chunk: chunk, prediction: UnsafeBufferPointer(prediction.buffer), target: target,
                    scale: options.weights.transition / count, predictionGradient: gradient.buffer,
                    targetGradient: targetGradients?.samples(range).buffer)
            }
            gradients.append(gradient)
            let name = "transition_" + transitions[index]
            sums.append((name, options.weights.transition, partial.reduce(0, +), count))
        }
        return (gradients, targetGradients)
    }

    /// The positions are reported in every setting: baselines show what the regularizor changes.
    private func orientationLoss(
        _ pooled: Tensor, quadruples: Int, _ context: Context
    ) throws -> (OrientationReport, Tensor?) {
        let anchorOfSample = anchors.flatMap { [Anchor](repeating: $0, count: quadruples) }
        let gradient = context.arena.allocate(n: anchorOfSample.count, c: pooled.c)
        let report = try orientation.evaluate(
            features: UnsafeBufferPointer(pooled.samples(0..<anchorOfSample.count).buffer),
            anchorOfSample: anchorOfSample,
            weight: terms.contains(.orientation) ? options.weights.orientation : 0,
            statistics: &statistics, reducer: context.reducer, featureGradient: gradient.buffer)
        return (report, gradient)
    }

    /// Gaussian noise `[B, h, w, D]`, a function of (seed, epoch, sample, pair) alone.
    private func drawNoise(
        _ samples: [SampleKey], pair: AnchorPair, _ detector: Detector, _ context: Context
    ) -> Tensor {
        let size = detector.mapSize
        let noise = context.arena.allocate(
            n: samples.count, h: size, w: size, c: detector.shape.featureChannels)
        context.pool.run(tasks: samples.count) { index in
            var random = Philox(
                seed: context.seed, stream: .transitionNoise, key: samples[index], variant: pair.code)
            for i in noise.samples(index..<index + 1).buffer.indices {
                noise.sample(index)[i] = random.normal()
            }
        }
        return noise
    }

    private func report(
        _ sums: [(name: String, weight: Double, sum: Double, count: Double)],
        _ orientationReport: OrientationReport, _ context: Context
    ) throws -> Report {
        var values = sums.map(\.sum)
        try values.withUnsafeMutableBufferPointer { try context.reducer.sum($0) }
        var total = 0.0
        var terms: [(name: String, value: Double)] = []
        for (term, sum) in zip(sums, values) {
            terms.append((term.name, sum / term.count))
            total += term.weight * sum / term.count
        }
        if self.terms.contains(.orientation) {
            terms.append(("orientation", orientationReport.loss))
            total += options.weights.orientation * orientationReport.loss
        }
        return Report(total: total, terms: terms, orientation: orientationReport)
    }
}
