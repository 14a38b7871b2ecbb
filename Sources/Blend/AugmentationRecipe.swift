// AugmentationRecipe.swift — the last changes, the same for all four pictures of a quadruple.

import Imaging
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

/// Applies augmentation recipes.
public enum Augmentation {
    /// The changed picture: RGB, HSV, brightness and contrast, JPEG there and back, in this order.
    ///
    /// - Parameter image: RGB of any size.
    public static func apply(
        _ image: Image, _ recipe: AugmentationRecipe
    ) throws(BlendError) -> Image {
        guard image.channels == 3 else {
            throw .badImage(width: image.width, height: image.height, channels: image.channels)
        }
        for shift in [recipe.rgbShift, recipe.hsvShift].compactMap({ $0 }) {
            guard (0..<3).allSatisfy({ abs(shift[$0]) <= 255 }), abs(recipe.hsvShift?.x ?? 0) <= 90
            else { throw .badRecipe("an augmentation's shift of \(shift) is out of all bounds") }
        }
        if let contrast = recipe.contrast {
            guard abs(contrast.brightness) <= 255, abs(contrast.contrast) <= 255 else {
                throw .badRecipe("an augmentation's contrast of \(contrast) is out of all bounds")
            }
        }
        var result = image
        let pixels = image.width * image.height
        result.pixels.withUnsafeMutableBufferPointer {
            let picture = $0.baseAddress!
            if let shift = recipe.rgbShift { ColorChange.shiftRGB(shift, picture, pixels: pixels) }
            if let shift = recipe.hsvShift { ColorChange.shiftHSV(shift, picture, pixels: pixels) }
            if let contrast = recipe.contrast {
                ColorChange.setContrast(
                    brightness: contrast.brightness, contrast: contrast.contrast, picture,
                    pixels: pixels)
            }
        }
        guard let quality = recipe.jpegQuality else { return result }
        do {
            return try JPEG.decode(JPEG.encode(result, quality: quality))
        } catch {
            throw .codec(error)
        }
    }
}
