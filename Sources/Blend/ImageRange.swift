// ImageRange.swift — which pictures can be blended.

import Imaging

/// What pictures are accepted.
enum ImageRange {
    /// Below 16 pixels no kernel of the recipe means anything; above 4096 it is no face crop.
    static let sides = 16...4096

    static func check(_ image: Image) throws(BlendError) {
        guard sides.contains(image.width), sides.contains(image.height), image.channels == 3 else {
            throw .badImage(width: image.width, height: image.height, channels: image.channels)
        }
    }

    static func check(_ image: Image, named name: String, against real: Image) throws(BlendError) {
        try check(image)
        guard image.width == real.width, image.height == real.height else {
            throw .sizeMismatch(
                picture: name, width: image.width, height: image.height,
                expectedWidth: real.width, expectedHeight: real.height)
        }
    }
}
