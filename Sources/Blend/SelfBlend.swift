// SelfBlend.swift — a face blended with a changed copy of itself (Shiohara and Yamasaki, "Detecting
// Deepfakes with Self-Blended Images", CVPR 2022).

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
        let (mask, other) = try BlendSteps.deformedMask(
            landmarks, recipe: recipe, width: width, height: height, scratch: scratch)
        try recipe.softMask.apply(
            to: mask, other: other, width: width, height: height, ratio: recipe.ratio,
            scratch: scratch)

        var real = face
        let warped = scratch.warped.room(face.pixels.count)
        switch recoloring.side {
        case .source:
            let source = scratch.source.room(face.pixels.count)
            source.update(from: face.pixels, count: face.pixels.count)
            recoloring.apply(to: source, width: width, height: height, scratch: scratch)
            recipe.affine.apply(
                to: source, into: warped, width: width, height: height, scratch: scratch)
        case .target:
            recipe.affine.apply(
                to: face.pixels, into: warped, width: width, height: height, scratch: scratch)
            real.pixels.withUnsafeMutableBufferPointer {
                recoloring.apply(
                    to: $0.baseAddress!, width: width, height: height, scratch: scratch)
            }
        }
        let blended = try BlendSteps.blend(warped, over: real, mask: mask)
        return (blended, real, BlendMask(mask, width: width, height: height))
    }
}
