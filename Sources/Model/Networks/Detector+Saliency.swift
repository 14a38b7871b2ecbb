// Detector+Saliency.swift — where in a picture the detector saw what made it say "fake".

import Foundation
import Tensor

extension Detector {
    /// Grad-CAM maps of some pictures.
    public struct Saliency: Sendable {
        /// P(fake) of each picture.
        public var scores: [Double]
        /// `[n][side · side]`, row by row, from 0 to 1; all 0 where nothing speaks for "fake".
        public var maps: [[Float]]
        public var side: Int
        /// w, [n][C]: the mean over the map of ∂y/∂A of each channel.
        public var weights: [[Float]]
    }

    /// Grad-CAM (Selvaraju et al., ICCV 2017) of the log odds of "fake".
    ///
    /// With A the map of the last layer of the backbone that is at least `least` a side, [h, w, C], and
    /// y = logits₁ − logits₀: M = max(0, Σ_c w_c A_c), where w_c is the mean over the map of ∂y/∂A_c; then
    /// M is divided by its maximum. F itself is a 32nd of the picture, too coarse to see on small ones.
    ///
    /// Overwrites the parameters' gradients: not for use within a training. Cost: a training pass.
    /// - Parameters:
    ///   - images: `[n, size, size, 3]`, normalised. Taken over.
    ///   - context: with mode `.frozen`; not the one of a training.
    public func saliency(_ images: Tensor, least: Int = 8, _ context: Context) throws -> Saliency {
        precondition(context.mode == .frozen, "Detector.saliency needs a frozen context")
        let arena = context.arena
        let count = images.n
        let tap = LayerTap(least: least)
        watch(with: tap)
        defer { watch(with: nil) }
        let outputs = try forward(images: images, anchors: 1, pairs: [], noise: [], context)
        let scores = (0..<count).map { i in
            1 / (1 + exp(Double(outputs.finalLogits.data[2 * i]) - Double(outputs.finalLogits.data[2 * i + 1])))
        }
        let gradient = arena.allocate(n: count, c: 2)
        for i in 0..<count { (gradient.data[2 * i], gradient.data[2 * i + 1]) = (-1, 1) }
        try backward(
            outputs,
            OutputGradients(
                logits: outputs.logits.map { arena.zeros(n: $0.n, c: $0.c) }, finalLogits: gradient,
                predictions: [], features: nil, pooled: nil),
            transitionPairs: [], context)
        parameters.zeroGradients()
        let weights = (0..<count).map { Self.weights(tap, of: $0) }
        return Saliency(
            scores: scores, maps: weights.enumerated().map { Self.map(tap, of: $0, weights: $1) },
            side: tap.shape.h, weights: weights)
    }

    private static func weights(_ tap: LayerTap, of picture: Int) -> [Float] {
        let (channels, pixels) = (tap.shape.c, tap.shape.h * tap.shape.w)
        let start = picture * pixels * channels
        var weights = [Float](repeating: 0, count: channels)
        for i in 0..<pixels * channels { weights[i % channels] += tap.gradient[start + i] / Float(pixels) }
        return weights
    }

    private static func map(_ tap: LayerTap, of picture: Int, weights: [Float]) -> [Float] {
        let (channels, pixels) = (tap.shape.c, tap.shape.h * tap.shape.w)
        let start = picture * pixels * channels
        let map = (0..<pixels).map { pixel in
            max(0, (0..<channels).reduce(Float(0)) { $0 + weights[$1] * tap.output[start + pixel * channels + $1] })
        }
        let most = map.max() ?? 0
        return most > 0 ? map.map { $0 / most } : map
    }
}
