// ColorChange.swift — colour changes of an RGB picture in place.

import CKernels

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

    func apply(to picture: UnsafeMutablePointer<UInt8>, pixels: Int) {
        if isNothing { return }
        withUnsafePointer(to: change) { bw_recolor_rgb8(picture, picture, pixels, $0) }
    }
}
