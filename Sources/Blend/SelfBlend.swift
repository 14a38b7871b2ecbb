// SelfBlend.swift — a face blended with a changed copy of itself (Shiohara and Yamasaki, "Detecting
// Deepfakes with Self-Blended Images", CVPR 2022).

import CKernels
import Imaging

/// Fakes without a second face: blending clues, nothing else.
public enum SelfBlend {
    /// Applies a recipe to a face.
    ///
    /// - Parameters:
    ///   - face: RGB, sides of 16…4096 pixels.
    ///   - landmarks: 68 or 81, in the face's pixels; they may lie partly outside.
    ///   - scratch: this thread's.
    /// - Returns: the fake, the real picture that belongs to it (the target, recoloured if the
    ///   recipe says so), and the weights of the blend.
    ///
    /// Throws a `BlendError` rather than return a picture that is not a fake. Pure: equal
    /// arguments give equal bytes, on every thread and instruction set.
    public static func apply(
        face: Image, landmarks: Landmarks, recipe: BlendRecipe, scratch: BlendWorkspace
    ) throws(BlendError) -> (blended: Image, real: Image, mask: BlendMask) {
        try recipe.validate()
        try ImageRange.check(face)
        guard let recoloring = recipe.recoloring else {
            throw .badRecipe("a self-blend needs a recoloring")
        }
        let (width, height) = (face.width, face.height)
        var (mask, other, box) = try BlendSteps.deformedMask(
            landmarks, recipe: recipe, width: width, height: height, scratch: scratch)
        try recipe.softMask.apply(
            to: mask, other: other, width: width, height: height, ratio: recipe.ratio, box: &box,
            scratch: scratch)

        scratch.show(.maskSoft, mask: mask, width: width, height: height)

        // Of the source nothing is seen outside the mask.
        if scratch.onStage != nil { box = bw_box(x0: 0, y0: 0, x1: width, y1: height) }
        var real = face
        let warped = scratch.warped.room(face.pixels.count)
        switch recoloring.side {
        case .source:
            let source = scratch.source.room(face.pixels.count)
            source.update(from: face.pixels, count: face.pixels.count)
            let rows = recipe.affine.sourceRows(of: box.y0..<box.y1, width: width, height: height)
            recoloring.apply(to: source, width: width, height: height, rows: rows, scratch: scratch)
            scratch.show(.recolored, picture: source, width: width, height: height)
            recipe.affine.apply(
                to: source, into: warped, width: width, height: height, wanted: box, scratch: scratch)
        case .target:
            recipe.affine.apply(
                to: face.pixels, into: warped, width: width, height: height, wanted: box,
                scratch: scratch)
            real.pixels.withUnsafeMutableBufferPointer {
                recoloring.apply(
                    to: $0.baseAddress!, width: width, height: height, rows: 0..<height,
                    scratch: scratch)
            }
            scratch.show(.recolored, picture: real.pixels, width: width, height: height)
        }
        scratch.show(.sourceMoved, picture: warped, width: width, height: height)
        let blended = try BlendSteps.blend(warped, over: real, mask: mask)
        scratch.show(.blended, picture: blended.pixels, width: width, height: height)
        return (blended, real, BlendMask(mask, width: width, height: height))
    }
}
