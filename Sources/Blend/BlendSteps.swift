// BlendSteps.swift — from landmarks to a deformed mask, and from a soft mask to a blended picture.

import CKernels
import Imaging

/// Steps that both kinds of blend share.
enum BlendSteps {
    /// Draws, moves and deforms a mask; the result lies in the workspace's `mask` plane or the other
    /// one, and is 0 outside the box.
    static func deformedMask(
        _ landmarks: Landmarks, recipe: BlendRecipe, width: Int, height: Int,
        scratch: BlendWorkspace
    ) throws(BlendError) -> (
        mask: UnsafeMutablePointer<Float>, other: UnsafeMutablePointer<Float>, box: bw_box
    ) {
        // Soft masks may be larger than the picture when a recipe says so.
        let soft = recipe.softMask
        let room = max(
            width * height,
            FaceScale.side(soft.width, of: width) * FaceScale.side(soft.height, of: height))
        var mask = scratch.mask.room(room)
        var other = scratch.otherMask.room(room)
        _ = scratch.noiseX.room(room)
        var box = try FaceMask.draw(
            landmarks, shape: recipe.maskShape, cutTo68: recipe.cutTo68, into: mask, width: width,
            height: height, scratch: scratch)
        recipe.affine.apply(
            to: mask, into: other, width: width, height: height, box: &box, scratch: scratch)
        scratch.show(.maskDrawn, mask: mask, width: width, height: height)
        swap(&mask, &other)
        scratch.show(.maskMoved, mask: mask, width: width, height: height)
        if recipe.elastic.amplitude > 0 {
            recipe.elastic.apply(
                to: mask, into: other, width: width, height: height, box: &box, scratch: scratch)
            swap(&mask, &other)
            scratch.show(.maskDeformed, mask: mask, width: width, height: height)
        }
        return (mask, other, box)
    }

    /// Mixes and rounds. Throws `nothingChanged` if the result equals the target.
    static func blend(
        _ source: UnsafePointer<UInt8>, over target: Image, mask: UnsafePointer<Float>
    ) throws(BlendError) -> Image {
        let count = target.pixels.count
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            bw_blend_rgb8(buffer.baseAddress, source, target.pixels, mask, count / 3)
            initialized = count
        }
        guard pixels != target.pixels else { throw .nothingChanged }
        return Image(width: target.width, height: target.height, pixels: pixels)
    }
}
