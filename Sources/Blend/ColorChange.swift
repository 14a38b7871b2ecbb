// ColorChange.swift — colour changes of an RGB picture in place.

import CKernels
import Imaging

/// The colour changes that recipes and augmentation share: RGB, then HSV, then brightness and contrast.
struct ColorChange {
    private var change = bw_recoloring()

    init(rgbShift: SIMD3<Float>?, hsvShift: SIMD3<Float>?, contrast: (brightness: Float, contrast: Float)?) {
        if let rgbShift {
            change.shifts_rgb = 1
            change.rgb = (rgbShift.x, rgbShift.y, rgbShift.z)
        }
        if let hsvShift {
            change.shifts_hsv = 1
            change.hsv = (hsvShift.x, hsvShift.y, hsvShift.z)
        }
        if let contrast {
            change.scales = 1
            (change.gain, change.offset) = (1 + contrast.contrast, 255 * contrast.brightness)
        }
    }

    /// Whether it leaves every picture as it is.
    var isNothing: Bool { change.shifts_rgb == 0 && change.shifts_hsv == 0 && change.scales == 0 }

    /// A recoloured copy of a picture that mostly equals `like`, of which `result` is the recoloured copy.
    func apply(to image: Image, like: Image, result: Image) -> Image {
        if isNothing { return image }
        let count = image.pixels.count
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            withUnsafePointer(to: change) {
                bw_recolor_like_rgb8(buffer.baseAddress, image.pixels, like.pixels, result.pixels, count / 3, $0)
            }
            initialized = count
        }
        return Image(width: image.width, height: image.height, pixels: pixels)
    }

    func apply(to picture: UnsafeMutablePointer<UInt8>, pixels: Int) {
        if isNothing { return }
        withUnsafePointer(to: change) { bw_recolor_rgb8(picture, picture, pixels, $0) }
    }
}
