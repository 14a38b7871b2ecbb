// CrossBlend.swift — another person's face blended into a picture (Li et al., "Face X-ray for More
// General Face Forgery Detection", CVPR 2020). Choosing that face is not done here.

import CKernels
import Imaging

/// Fakes of two real faces: blending clues and an identity that does not fit.
public enum CrossBlend {
    /// Applies a recipe to a background and a foreground of the same size.
    ///
    /// - Parameters:
    ///   - background: RGB, sides of 16…4096 pixels: the real picture.
    ///   - landmarks: 68 or 81 of the background's face, in its pixels.
    ///   - foreground: a face of another identity in much the same pose.
    ///   - recipe: its `recoloring` is not used; the foreground gets the background's colours.
    ///   - scratch: this thread's.
    ///
    /// Throws a `BlendError` rather than return a picture that is not a fake. Pure, like
    /// `SelfBlend.apply`.
    public static func apply(
        background: Image, landmarks: Landmarks, foreground: Image, recipe: BlendRecipe,
        scratch: BlendWorkspace
    ) throws(BlendError) -> (blended: Image, mask: BlendMask) {
        try recipe.validate()
        try ImageRange.check(background)
        try ImageRange.check(foreground, named: "foreground face", against: background)
        let (width, height) = (background.width, background.height)
        var (mask, other, box) = try BlendSteps.deformedMask(
            landmarks, recipe: recipe, width: width, height: height, scratch: scratch)

        // The colours are those inside the deformed mask; softening may widen it.
        let margin = recipe.softMask.reach(width: width, height: height)
        let warped = scratch.warped.room(foreground.pixels.count)
        let wanted =
            scratch.onStage == nil
            ? bw_box_grown(box, margin, width, height) : bw_box(x0: 0, y0: 0, x1: width, y1: height)
        recipe.affine.apply(
            to: foreground.pixels, into: warped, width: width, height: height, wanted: wanted,
            scratch: scratch)
        scratch.show(.sourceMoved, picture: warped, width: width, height: height)
        try transferColors(of: background.pixels, to: warped, mask: mask, pixels: width * height)
        scratch.show(.colorsTransferred, picture: warped, width: width, height: height)

        try recipe.softMask.apply(
            to: mask, other: other, width: width, height: height, ratio: recipe.ratio, box: &box,
            scratch: scratch)
        scratch.show(.maskSoft, mask: mask, width: width, height: height)
        let blended = try BlendSteps.blend(warped, over: background, mask: mask)
        scratch.show(.blended, picture: blended.pixels, width: width, height: height)
        return (blended, BlendMask(mask, width: width, height: height))
    }

    /// Shifts and scales each channel of the picture to the model's mean and standard deviation,
    /// both taken where the mask is above 0.
    private static func transferColors(
        of model: [UInt8], to picture: UnsafeMutablePointer<UInt8>, mask: UnsafePointer<Float>,
        pixels: Int
    ) throws(BlendError) {
        guard let wanted = ChannelStatistics(model, mask: mask, pixels: pixels),
            let present = ChannelStatistics(picture, mask: mask, pixels: pixels)
        else { throw .emptyMask(stage: "deformed") }
        var (gain, offset) = ([Float](repeating: 1, count: 3), [Float](repeating: 0, count: 3))
        for c in 0..<3 {
            // One flat colour has no scale of its own: it is only moved.
            let scale = present.deviation[c] > 0 ? wanted.deviation[c] / present.deviation[c] : 1
            gain[c] = Float(scale)
            offset[c] = Float(wanted.mean[c] - scale * present.mean[c])
        }
        bw_linear_rgb8(picture, picture, pixels, gain, offset)
    }
}

/// Mean and standard deviation of each channel over part of a picture.
private struct ChannelStatistics {
    var mean: [Double] = []
    var deviation: [Double] = []

    /// nil if no pixel's mask is above 0.
    init?(_ picture: UnsafePointer<UInt8>, mask: UnsafePointer<Float>, pixels: Int) {
        var (sum, squares) = ([UInt64](repeating: 0, count: 3), [UInt64](repeating: 0, count: 3))
        let count = bw_masked_sums_rgb8(picture, mask, pixels, &sum, &squares)
        guard count > 0 else { return nil }
        for c in 0..<3 {
            mean.append(Double(sum[c]) / Double(count))
            // In integers, so that one flat colour has a deviation of exactly 0.
            let spread = UInt128(count) * UInt128(squares[c]) - UInt128(sum[c]) * UInt128(sum[c])
            deviation.append(Double(spread).squareRoot() / Double(count))
        }
    }
}
