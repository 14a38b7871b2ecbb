// QuadrupleRecipe.swift — the random choices behind one training sample.

import Tensor

/// All that decides a quadruple, given its pictures and landmarks.
public struct QuadrupleRecipe: Codable, Equatable, Sendable {
    /// Whether all pictures are mirrored before anything else.
    public var flip: Bool
    public var selfBlend: BlendRecipe
    public var crossBlend: BlendRecipe
    /// The same for all four.
    public var augmentation: AugmentationRecipe

    public init(
        flip: Bool, selfBlend: BlendRecipe, crossBlend: BlendRecipe, augmentation: AugmentationRecipe
    ) {
        self.flip = flip
        self.selfBlend = selfBlend
        self.crossBlend = crossBlend
        self.augmentation = augmentation
    }

    private enum CodingKeys: String, CodingKey {
        case flip, augmentation
        case selfBlend = "self_blend"
        case crossBlend = "cross_blend"
    }

    /// Draws the recipe of one sample in one epoch. Which anchors will be wanted plays no part, so
    /// that runs with different anchors see the same ones.
    public static func draw(seed: UInt64, epoch: Int, sample: Int) -> QuadrupleRecipe {
        var blend = Philox(seed: seed, stream: .blend, epoch: epoch, sample: sample)
        var last = Philox(seed: seed, stream: .augmentation, epoch: epoch, sample: sample)
        let flip = blend.chance(0.5)
        let selfBlend = BlendRecipe.draw(.selfBlend, using: &blend)
        let crossBlend = BlendRecipe.draw(.crossBlend, using: &blend)
        return QuadrupleRecipe(
            flip: flip, selfBlend: selfBlend, crossBlend: crossBlend,
            augmentation: AugmentationRecipe.draw(using: &last))
    }
}
