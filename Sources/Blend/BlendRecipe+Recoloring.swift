// BlendRecipe+Recoloring.swift — changing the colours and the detail of one side of a self-blend.

import CKernels

extension BlendRecipe.Recoloring {
    /// Changes rows of a picture in place: RGB, HSV, brightness and contrast, detail, in this order.
    /// - Parameter rows: those that are wanted; a few more may change.
    func apply(
        to picture: UnsafeMutablePointer<UInt8>, width: Int, height: Int, rows: Range<Int>,
        scratch: BlendWorkspace
    ) {
        // The detail's neighbourhood belongs to it, and both ends lie where a small pixel begins.
        let grid = if case .downscale(let factor) = detail { factor } else { 1 }
        let whole = height % grid != 0
        let first = whole ? 0 : max(0, rows.lowerBound - 2 * grid) / grid * grid
        let last = whole ? height : min(height, (rows.upperBound + 3 * grid - 1) / grid * grid)
        let part = picture + 3 * width * first
        recolor(part, pixels: width * (last - first))
        applyDetail(to: part, width: width, height: last - first, scratch: scratch)
    }

    private func recolor(_ picture: UnsafeMutablePointer<UInt8>, pixels: Int) {
        ColorChange(rgbShift: rgbShift, hsvShift: hsvShift, contrast: (brightness, contrast))
            .apply(to: picture, pixels: pixels)
    }

    private func applyDetail(
        to picture: UnsafeMutablePointer<UInt8>, width: Int, height: Int, scratch: BlendWorkspace
    ) {
        let small = scratch.small.room(3 * width * height)
        switch detail {
        case .downscale(let factor):
            guard factor > 1 else { return }
            if [2, 4, 8, 16].contains(factor), width % factor == 0, height % factor == 0 {
                bw_coarsen_rgb8(small, picture, width, height, factor, scratch.line.room(11 * width + 64))
                picture.update(from: small, count: 3 * width * height)
            } else {
                coarsen(picture, by: factor, width: width, height: height, small: small, scratch: scratch)
            }
        case .sharpen(let alpha, let lightness):
            let sums = scratch.sums.room(3 * (width + 2))
            bw_sharpen_rgb8(
                small, picture, width, height, (1 - alpha) + alpha * (8 + lightness), -alpha, sums)
            picture.update(from: small, count: 3 * width * height)
        }
    }

    /// For sizes that the factor does not divide.
    private func coarsen(
        _ picture: UnsafeMutablePointer<UInt8>, by factor: Int, width: Int, height: Int,
        small: UnsafeMutablePointer<UInt8>, scratch: BlendWorkspace
    ) {
        let (smallWidth, smallHeight) = (max(1, width / factor), max(1, height / factor))
        for y in 0..<smallHeight {
            for x in 0..<smallWidth {
                let from = picture + 3 * (y * height / smallHeight * width + x * width / smallWidth)
                (small + 3 * (y * smallWidth + x)).update(from: from, count: 3)
            }
        }
        AxisTaps.resample(
            picture, from: small, x: .resize(from: smallWidth, to: width),
            y: .resize(from: smallHeight, to: height), wanted: bw_box(x0: 0, y0: 0, x1: width, y1: height),
            scratch: scratch)
    }
}
