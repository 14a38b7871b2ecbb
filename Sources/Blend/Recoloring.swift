// Recoloring.swift — changing the colours and the detail of an RGB picture in place.

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

extension BlendRecipe.Recoloring {
    /// Changes a picture in place: RGB, HSV, brightness and contrast, detail, in this order.
    func apply(
        to picture: UnsafeMutablePointer<UInt8>, width: Int, height: Int, scratch: BlendWorkspace
    ) {
        let pixels = width * height
        if let rgbShift { ColorChange.shiftRGB(rgbShift, picture, pixels: pixels) }
        ColorChange.shiftHSV(hsvShift, picture, pixels: pixels)
        ColorChange.setContrast(
            brightness: brightness, contrast: contrast, picture, pixels: pixels)
        let small = scratch.small.room(3 * pixels)
        switch detail {
        case .downscale(let factor):
            let (smallWidth, smallHeight) = (max(1, width / factor), max(1, height / factor))
            AxisTaps.resample(
                small, from: picture, row: 3 * width,
                x: .nearest(from: width, to: smallWidth, channels: 3),
                y: .nearest(from: height, to: smallHeight), scratch: scratch)
            AxisTaps.resample(
                picture, from: small, row: 3 * smallWidth,
                x: .resize(from: smallWidth, to: width, channels: 3),
                y: .resize(from: smallHeight, to: height), scratch: scratch)
        case .sharpen(let alpha, let lightness):
            let sums = scratch.sums.room(3 * (width + 2))
            bw_sharpen_rgb8(
                small, picture, width, height, (1 - alpha) + alpha * (8 + lightness), -alpha, sums)
            picture.update(from: small, count: 3 * pixels)
        }
    }
}
