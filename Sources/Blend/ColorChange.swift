// ColorChange.swift — colour changes of an RGB picture in place.

import CKernels

/// The colour changes that recipes and augmentation share, on W×H RGB pixels in place.
enum ColorChange {
    static func shiftRGB(_ shift: SIMD3<Float>, _ picture: UnsafeMutablePointer<UInt8>, pixels: Int) {
        bw_linear_rgb8(picture, picture, pixels, [1, 1, 1], [shift.x, shift.y, shift.z])
    }

    static func shiftHSV(_ shift: SIMD3<Float>, _ picture: UnsafeMutablePointer<UInt8>, pixels: Int) {
        bw_shift_hsv8(picture, picture, pixels, shift.x, shift.y, shift.z)
    }

    static func setContrast(
        brightness: Float, contrast: Float, _ picture: UnsafeMutablePointer<UInt8>, pixels: Int
    ) {
        let (gain, offset) = (1 + contrast, 255 * brightness)
        bw_linear_rgb8(picture, picture, pixels, [gain, gain, gain], [offset, offset, offset])
    }
}
