// AugmentationRecipe.swift — the last changes, the same for all four pictures of a quadruple.

import Tensor

/// The random choices behind a final augmentation; nil leaves a step out.
public struct AugmentationRecipe: Codable, Equatable, Sendable {
    /// v → (1 + contrast) · v + 255 · brightness.
    public struct Contrast: Codable, Equatable, Sendable {
        public var brightness: Float
        public var contrast: Float

        public init(brightness: Float, contrast: Float) {
            self.brightness = brightness
            self.contrast = contrast
        }
    }

    /// Added to R, G, B in grey levels.
    public var rgbShift: SIMD3<Float>?
    /// Added to 8-bit hue (units of two degrees), saturation and value (0–255).
    public var hsvShift: SIMD3<Float>?
    public var contrast: Contrast?
    /// 1…100.
    public var jpegQuality: Int?

    private enum CodingKeys: String, CodingKey {
        case contrast
        case rgbShift = "rgb_shift"
        case hsvShift = "hsv_shift"
        case jpegQuality = "jpeg_quality"
    }

    /// Changes nothing unless told.
    public init(
        rgbShift: SIMD3<Float>? = nil, hsvShift: SIMD3<Float>? = nil, contrast: Contrast? = nil,
        jpegQuality: Int? = nil
    ) {
        self.rgbShift = rgbShift
        self.hsvShift = hsvShift
        self.contrast = contrast
        self.jpegQuality = jpegQuality
    }

    /// Draws a recipe: RGB ±20, HSV ±0.3 and brightness and contrast ±0.3 with probability 0.3
    /// each, JPEG of quality 40–100 with 0.5.
    public static func draw(using random: inout Philox) -> AugmentationRecipe {
        let rgb = random.chance(0.3) ? random.uniformTriple(20) : nil
        let hsv = random.chance(0.3) ? random.uniformTriple(0.3) : nil
        var contrast: Contrast?
        if random.chance(0.3) {
            let brightness = random.uniform(-0.3, 0.3)
            contrast = Contrast(brightness: brightness, contrast: random.uniform(-0.3, 0.3))
        }
        let quality = random.chance(0.5) ? random.integer(in: 40...100) : nil
        return AugmentationRecipe(
            rgbShift: rgb, hsvShift: hsv, contrast: contrast, jpegQuality: quality)
    }
}
