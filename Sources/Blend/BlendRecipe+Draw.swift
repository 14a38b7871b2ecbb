// BlendRecipe+Draw.swift — drawing a recipe at random (Shiohara and Yamasaki, CVPR 2022, for the
// self-blend; Li et al., CVPR 2020, for the cross-blend) and checking one that came from outside.

import Tensor

extension BlendRecipe {
    /// What is blended into a face.
    public enum Kind: Sendable {
        /// The face itself, recoloured.
        case selfBlend
        /// Another person's.
        case crossBlend
    }

    /// Draws a recipe. The order of the draws is part of the contract: the same generator gives
    /// the same recipe in every release.
    public static func draw(_ kind: Kind, using random: inout Philox) -> BlendRecipe {
        let shape = MaskShape.allCases[random.integer(below: MaskShape.allCases.count)]
        let cut = random.chance(0.25)
        let recoloring = kind == .selfBlend ? Recoloring.draw(using: &random) : nil
        let affine = Affine(
            translateX: random.uniform(-0.03, 0.03), translateY: random.uniform(-0.015, 0.015),
            scaleX: random.uniform(0.95, 1 / 0.95), scaleY: random.uniform(0.95, 1 / 0.95))
        let elastic = Elastic(amplitude: 50, sigma: 7, key: random.next() >> 11)
        let soft = SoftMask(
            width: random.integer(in: 192...256), height: random.integer(in: 192...256),
            firstKernel: 5 + 2 * random.integer(below: 11),
            secondKernel: 5 + 2 * random.integer(below: 11),
            secondSigma: Float(random.integer(in: 5...45)))
        let ratios: [Float] = [0.25, 0.5, 0.75, 1, 1, 1]
        return BlendRecipe(
            maskShape: shape, cutTo68: cut, recoloring: recoloring, affine: affine,
            elastic: elastic, softMask: soft, ratio: ratios[random.integer(below: ratios.count)])
    }

    /// Throws `badRecipe` for values that no draw gives and that can't be applied.
    func validate() throws(BlendError) {
        func require(_ condition: Bool, _ reason: String) throws(BlendError) {
            if !condition { throw .badRecipe(reason) }
        }
        try require(ratio > 0 && ratio <= 1, "ratio \(ratio) is outside (0, 1]")
        let shifts = SIMD2(affine.translateX, affine.translateY)
        try require(
            abs(shifts.x) <= 1 && abs(shifts.y) <= 1, "the shift \(shifts) is more than the picture")
        for scale in [affine.scaleX, affine.scaleY] {
            try require(scale >= 0.1 && scale <= 10, "scale \(scale) is outside 0.1…10")
        }
        try require(
            elastic.amplitude >= 0 && elastic.amplitude <= 1000,
            "elastic amplitude \(elastic.amplitude) is outside 0…1000")
        try require(
            elastic.sigma > 0 && elastic.sigma <= 64, "elastic sigma \(elastic.sigma) is outside 0…64")
        for side in [softMask.width, softMask.height] {
            try require((16...1024).contains(side), "soft mask side \(side) is outside 16…1024")
        }
        for kernel in [softMask.firstKernel, softMask.secondKernel] {
            try require(
                kernel % 2 == 1 && (3...127).contains(kernel), "kernel \(kernel) is not odd in 3…127")
        }
        try require(
            softMask.secondSigma > 0 && softMask.secondSigma <= 1000,
            "soft mask sigma \(softMask.secondSigma) is outside 0…1000")
        try recoloring?.validate()
    }
}

extension BlendRecipe.Recoloring {
    static func draw(using random: inout Philox) -> Self {
        let side: Side = random.chance(0.5) ? .source : .target
        let rgb = random.chance(0.3) ? random.uniformTriple(20) : nil
        let hsv = random.uniformTriple(0.3)
        let (brightness, contrast) = (random.uniform(-0.1, 0.1), random.uniform(-0.1, 0.1))
        let detail: Detail =
            random.chance(0.5)
            ? .downscale(factor: random.chance(0.5) ? 2 : 4)
            : .sharpen(alpha: random.uniform(0.2, 0.5), lightness: random.uniform(0.5, 1))
        return Self(
            side: side, rgbShift: rgb, hsvShift: hsv, brightness: brightness, contrast: contrast,
            detail: detail)
    }

    func validate() throws(BlendError) {
        let numbers = [brightness, contrast, hsvShift.x, hsvShift.y, hsvShift.z]
        guard numbers.allSatisfy({ abs($0) <= 255 }), abs(hsvShift.x) <= 90 else {
            throw .badRecipe("a colour change of \(numbers) is out of all bounds")
        }
        if let rgbShift, !(0..<3).allSatisfy({ abs(rgbShift[$0]) <= 255 }) {
            throw .badRecipe("an RGB shift of \(rgbShift) is out of all bounds")
        }
        switch detail {
        case .downscale(let factor):
            guard (1...16).contains(factor) else { throw .badRecipe("down-scaling by \(factor)") }
        case .sharpen(let alpha, let lightness):
            guard (0...1).contains(alpha), abs(lightness) <= 16 else {
                throw .badRecipe("sharpening with alpha \(alpha), lightness \(lightness)")
            }
        }
    }
}

extension Philox {
    /// Three draws, uniform in [−bound, bound).
    mutating func uniformTriple(_ bound: Float) -> SIMD3<Float> {
        let first = uniform(-bound, bound)
        let second = uniform(-bound, bound)
        return SIMD3(first, second, uniform(-bound, bound))
    }
}
