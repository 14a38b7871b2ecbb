// Classifier.swift — a backbone with a linear classifier of two classes: what other frameworks call an
// EfficientNet, and what they are compared on. Not the method's network.

import Tensor

/// Backbone, mean over the map, linear layer, cross entropy.
package final class Classifier {
    package let parameters = Parameters()
    package let architecture: Architecture
    private let imageSize: Int
    private let batchNorm: BatchNorm.Options
    private let backbone: EfficientNet
    private let output: PointwiseConvolution
    private var map: (h: Int, w: Int) = (0, 0)

    package init(_ architecture: Architecture, imageSize: Int, synchronized: Bool, seed: UInt64) {
        self.architecture = architecture
        self.imageSize = imageSize
        batchNorm = .init(momentum: 0.01, epsilon: 1e-3, synchronized: synchronized)
        backbone = EfficientNet(
            parameters, "backbone", architecture, imageSize: imageSize, padding: .symmetric,
            batchNorm: batchNorm, stochasticDepth: 0.2)
        output = PointwiseConvolution.linear(parameters, "output", architecture.featureChannels, 2)
        parameters.allocate(seed: seed)
    }

    /// The backbone folded, with the weights of now.
    package func folded(_ products: Products = .float32) -> FoldedBackbone {
        FoldedBackbone(
            parameters, "backbone", architecture, imageSize: imageSize, padding: .symmetric,
            epsilon: batchNorm.epsilon, products: products)
    }

    /// Logits `[n, 1, 1, 2]`. Takes over `images`.
    package func forward(
        _ images: Tensor, folded: FoldedBackbone? = nil, _ context: Context
    ) throws -> Tensor {
        let features = try folded?.forward(images, context) ?? backbone.forward(images, context)
        map = (features.h, features.w)
        let pooled = GlobalPool.forward(features, context)
        context.arena.release(features)
        return try output.forward(pooled, context)
    }

    /// Adds to the gradients those of the mean cross entropy over `globalCount` images, whose labels
    /// alternate. Takes over `logits`.
    package func backward(_ logits: Tensor, globalCount: Int, _ context: Context) throws {
        let arena = context.arena
        let gradient = arena.allocate(n: logits.n, c: 2)
        let labels = (0..<logits.n).map { Float($0 % 2) }
        _ = labels.withUnsafeBufferPointer {
            SoftCrossEntropy.binary(
                logits: UnsafeBufferPointer(logits.buffer), targets: $0, scale: 1 / Double(globalCount),
                logitGradient: gradient.buffer)
        }
        arena.release(logits)
        let dPooled = try output.backward(gradient, context)
        let dFeatures = arena.zeros(n: dPooled.n, h: map.h, w: map.w, c: dPooled.c)
        GlobalPool.backward(dPooled, into: dFeatures, context)
        arena.release(dPooled)
        arena.release(try backbone.backward(dFeatures, context))
    }
}
