// BlendRecipe+Deformation.swift — moving and deforming pictures and masks.

import CKernels
import Tensor

extension BlendRecipe.Affine {
    /// Warps an RGB picture; black comes in from outside.
    func apply(
        to source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>, width: Int,
        height: Int, scratch: BlendWorkspace
    ) {
        let (x, y) = taps(width: width, height: height, channels: 3)
        AxisTaps.resample(target, from: source, row: 3 * width, x: x, y: y, scratch: scratch)
    }

    /// Warps a mask; 0 comes in from outside.
    func apply(
        to source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, width: Int,
        height: Int, scratch: BlendWorkspace
    ) {
        let (x, y) = taps(width: width, height: height, channels: 1)
        AxisTaps.resample(target, from: source, row: width, x: x, y: y, scratch: scratch)
    }

    private func taps(width: Int, height: Int, channels: Int) -> (x: AxisTaps, y: AxisTaps) {
        (
            .affine(
                size: width, scale: scaleX, shift: Double(translateX) * Double(width),
                channels: channels),
            .affine(size: height, scale: scaleY, shift: Double(translateY) * Double(height))
        )
    }
}

extension BlendRecipe.Elastic {
    /// Moves each pixel of a mask by smoothed noise. Source and target are different planes.
    func apply(
        to source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, width: Int,
        height: Int, scratch: BlendWorkspace
    ) {
        let scale = FaceScale(width: width, height: height)
        let count = width * height
        let (dx, dy) = (scratch.noiseX.room(count), scratch.noiseY.room(count))
        // The counter's second word as Philox(seed:stream:) makes it for epoch 0.
        bw_displacement_noise_f32(dx, dy, count, key, Philox.Stream.elastic.rawValue << 24)
        let sigma = scale.length(sigma)
        let gaussian = Gaussian(sigma: sigma, radius: max(1, Int(4 * sigma + 0.5)))
        for plane in [dx, dy] {
            gaussian.apply(
                to: plane, width: width, height: height, border: BW_REFLECT, scratch: scratch)
        }
        bw_displace_f32(target, source, dx, dy, scale.amplitude(amplitude), width, height)
    }
}
