// Inference.swift — a detector that only scores: the backbone folded and packed, the rest as it is.

import Tensor

/// Scores images with the weights that a detector had when this was made.
///
/// Equal to `Detector.evaluate` to rounding; an image's scores do not depend on the images beside it.
public final class Inference {
    private let detector: Detector
    private let backbone: FoldedBackbone

    /// Copies the backbone's weights. Cost: that of reading and writing them once.
    /// - Parameter products: of the backbone; the heads' are the context's.
    public init(_ detector: Detector, products: Products = .float32) {
        self.detector = detector
        backbone = FoldedBackbone(
            detector.parameters, "backbone", BackboneLayout(detector.shape),
            epsilon: detector.shape.batchNorm.epsilon, products: products)
    }

    /// Logits of the final head `[n, 1, 1, 2]` and pooled F `[n, 1, 1, D]`, both to be released by the
    /// caller. Takes over `images`. With the context's mode `.evaluation`.
    public func evaluate(_ images: Tensor, _ context: Context) throws -> (logits: Tensor, pooled: Tensor) {
        try detector.evaluate(rawFeatures: backbone.forward(images, context), context)
    }
}
