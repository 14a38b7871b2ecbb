// Augmentation.swift — the last changes to a finished picture. Drawing them is AugmentationRecipe.swift.

import Imaging

/// Applies augmentation recipes.
public enum Augmentation {
    /// The changed picture: RGB, HSV, brightness and contrast, JPEG there and back, in this order.
    ///
    /// - Parameter image: RGB of any size.
    public static func apply(
        _ image: Image, _ recipe: AugmentationRecipe
    ) throws(BlendError) -> Image {
        try compressed(recolored(image, recipe), recipe)
    }

    /// The first picture and others that mostly equal it, all of one size: the same as one by one, sooner.
    static func apply(
        _ first: Image, others: [Image?], _ recipe: AugmentationRecipe
    ) throws(BlendError) -> (first: Image, others: [Image?]) {
        let recoloredFirst = try recolored(first, recipe)
        let change = change(recipe)
        var results: [Image?] = []
        for other in others {
            guard let other else {
                results.append(nil)
                continue
            }
            results.append(
                try compressed(change.apply(to: other, like: first, result: recoloredFirst), recipe))
        }
        return (try compressed(recoloredFirst, recipe), results)
    }

    private static func change(_ recipe: AugmentationRecipe) -> ColorChange {
        ColorChange(
            rgbShift: recipe.rgbShift, hsvShift: recipe.hsvShift,
            contrast: recipe.contrast.map { ($0.brightness, $0.contrast) })
    }

    private static func recolored(
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
        let change = change(recipe)
        guard !change.isNothing else { return image }
        var result = image
        result.pixels.withUnsafeMutableBufferPointer {
            change.apply(to: $0.baseAddress!, pixels: image.width * image.height)
        }
        return result
    }

    private static func compressed(
        _ image: Image, _ recipe: AugmentationRecipe
    ) throws(BlendError) -> Image {
        guard let quality = recipe.jpegQuality else { return image }
        do {
            return try JPEG.decode(JPEG.encode(image, quality: quality))
        } catch {
            throw .codec(error)
        }
    }
}
