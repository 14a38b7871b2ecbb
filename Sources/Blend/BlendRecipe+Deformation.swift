// BlendRecipe+Deformation.swift — moving and deforming pictures and masks.

import CKernels
import Tensor

extension BlendRecipe.Affine {
    /// Warps an RGB picture; black comes in from outside. Only the pixels of `wanted` are made.
    func apply(
        to source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>, width: Int,
        height: Int, wanted: bw_box, scratch: BlendWorkspace
    ) {
        let (x, y) = taps(width: width, height: height)
        AxisTaps.resample(target, from: source, x: x, y: y, wanted: wanted, scratch: scratch)
    }

    /// Warps a mask that is 0 outside `box`, which becomes the result's; 0 comes in from outside.
    func apply(
        to source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, width: Int,
        height: Int, box: inout bw_box, scratch: BlendWorkspace
    ) {
        let (x, y) = taps(width: width, height: height)
        AxisTaps.resample(target, from: source, x: x, y: y, box: &box, scratch: scratch)
    }

    /// The rows that a warped picture's `rows` are made of.
    func sourceRows(of rows: Range<Int>, width: Int, height: Int) -> Range<Int> {
        taps(width: width, height: height).y.shown(by: rows)
    }

    private func taps(width: Int, height: Int) -> (x: AxisTaps, y: AxisTaps) {
        (
            .affine(size: width, scale: scaleX, shift: Double(translateX) * Double(width)),
            .affine(size: height, scale: scaleY, shift: Double(translateY) * Double(height))
        )
    }
}

extension BlendRecipe.Elastic {
    /// Moves each pixel of a mask by smoothed noise. Source and target are different planes; the
    /// source is 0 outside `box`, which becomes the target's.
    func apply(
        to source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, width: Int,
        height: Int, box: inout bw_box, scratch: BlendWorkspace
    ) {
        let scale = FaceScale(width: width, height: height)
        let count = width * height
        let (dx, dy) = (scratch.noiseX.room(count), scratch.noiseY.room(count))
        // The counter's second word as Philox(seed:stream:) makes it for epoch 0.
        bw_displacement_noise_f32(dx, dy, count, key, Philox.Stream.elastic.rawValue << 24)
        let (step, gaussian) = Self.smoothing(sigma: scale.length(sigma))
        gaussian.weights.withUnsafeBufferPointer { weights in
            let smoothing = bw_smoothing(step: step, weights: weights.baseAddress, radius: gaussian.radius)
            let room = scratch.filter.room(bw_elastic_scratch(width, height, smoothing))
            bw_elastic_f32(
                target, source, dx, dy, scale.amplitude(amplitude), smoothing, width, height, &box, room)
        }
    }

    /// The grid's step for a sigma in pixels, and what is left for the Gaussian: a cubic B-spline has
    /// the variance step²/3 (see blend_elastic.h).
    package static func smoothing(sigma: Double) -> (step: Int, gaussian: (weights: [Float], radius: Int)) {
        var step = 1
        while step < 16 && Double(2 * step) * 1.75 <= sigma { step *= 2 }
        let rest = step == 1 ? sigma : (sigma * sigma - Double(step * step) / 3).squareRoot()
        let gaussian = Gaussian(sigma: rest, radius: max(1, Int(4 * rest + 0.5)))
        return (step, (gaussian.weights, gaussian.radius))
    }
}
