// BlendRecipe+Recoloring.swift — changing the colours and the detail of one side of a self-blend.

import CKernels

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
