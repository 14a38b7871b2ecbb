// BlendRecipe+SoftMask.swift — eroding and softening a mask.

import CKernels

extension BlendRecipe.SoftMask {
    /// How many pixels of a W×H picture the soft mask may be wider than the mask, at most.
    func reach(width: Int, height: Int) -> Int {
        let scale = FaceScale(width: width, height: height)
        let soft = scale.radius(kernel: firstKernel) + scale.radius(kernel: secondKernel) + 3
        // Pixels of the picture for one of the soft mask.
        let ratio = max(
            1, Double(width) / Double(FaceScale.side(self.width, of: width)),
            Double(height) / Double(FaceScale.side(self.height, of: height)))
        return Int(Double(soft) * ratio) + 4
    }

    /// Turns `mask`, W×H and 0 outside `box`, into the weights of the blend: in [0, ratio], with `ratio`
    /// as maximum at the soft mask's own size. Uses both mask planes of the workspace, of which `mask`
    /// is one. `box` becomes the result's.
    func apply(
        to mask: UnsafeMutablePointer<Float>, other: UnsafeMutablePointer<Float>, width: Int,
        height: Int, ratio: Float, box: inout bw_box, scratch: BlendWorkspace
    ) throws(BlendError) {
        let scale = FaceScale(width: width, height: height)
        let (softWidth, softHeight) = (
            FaceScale.side(self.width, of: width), FaceScale.side(self.height, of: height)
        )
        let count = softWidth * softHeight
        AxisTaps.resample(
            other, from: mask, x: .resize(from: width, to: softWidth),
            y: .resize(from: height, to: softHeight), box: &box, scratch: scratch)

        let level = bw_largest_f32(other, count)
        guard level > 0 else { throw .emptyMask(stage: "deformed") }
        keepMaximum(
            of: other, level: level, radius: scale.radius(kernel: firstKernel), width: softWidth,
            height: softHeight, box: &box, scratch: scratch)

        let blur = Gaussian(
            sigma: scale.length(secondSigma), radius: scale.radius(kernel: secondKernel))
        blur.apply(to: other, width: softWidth, height: softHeight, box: &box, scratch: scratch)
        bw_normalise_f32(other, count, bw_largest_f32(other, count), ratio)
        AxisTaps.resample(
            mask, from: other, x: .resize(from: softWidth, to: width),
            y: .resize(from: softHeight, to: height), box: &box, scratch: scratch)
        guard bw_largest_f32(mask, width * height) > 0 else { throw .emptyMask(stage: "soft") }
    }

    /// Blurs, and sets to 1 what has the maximum and to 0 what has not.
    ///
    /// A blurred value reaches the unblurred maximum exactly where the whole kernel's window has
    /// it. So as long as any window has, asking for that needs no arithmetic, and what float
    /// rounding makes of a sum of weights does not decide which pixels stay.
    private func keepMaximum(
        of plane: UnsafeMutablePointer<Float>, level: Float, radius: Int, width: Int, height: Int,
        box: inout bw_box, scratch: BlendWorkspace
    ) {
        let solid = scratch.solid.room(bw_solid_scratch(width, height, radius))
        let inside = scratch.noiseX.room(width * height)
        if bw_solid_inside_f32(inside, plane, level, width, height, radius, box, solid) > 0 {
            plane.update(from: inside, count: width * height)
            return
        }
        let blur = Gaussian(sigma: Gaussian.derivedSigma(radius: radius), radius: radius)
        blur.apply(to: plane, width: width, height: height, box: &box, scratch: scratch)
        let blurred = bw_largest_f32(plane, width * height)
        _ = bw_solid_inside_f32(plane, plane, blurred, width, height, 0, box, solid)
    }
}
