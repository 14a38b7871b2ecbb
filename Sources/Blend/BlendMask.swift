// BlendMask.swift — the weights of a finished blend.

import CKernels
import Imaging

/// For each pixel the share of the source, the rest being the target's.
public struct BlendMask: Equatable, Sendable {
    public let width: Int
    public let height: Int
    /// `[height, width]`, row-major, in [0, 1].
    public let values: [Float]

    init(_ plane: UnsafePointer<Float>, width: Int, height: Int) {
        self.width = width
        self.height = height
        values = Array(UnsafeBufferPointer(start: plane, count: width * height))
    }

    /// The mask as it is drawn from the landmarks, before it is moved, deformed and softened.
    public static func drawn(
        _ landmarks: Landmarks, _ recipe: BlendRecipe, width: Int, height: Int
    ) throws(BlendError) -> BlendMask {
        try ImageRange.check(Image(width: width, height: height))
        let scratch = BlendWorkspace()
        let plane = scratch.mask.room(width * height)
        try FaceMask.draw(
            landmarks, shape: recipe.maskShape, cutTo68: recipe.cutTo68, into: plane, width: width,
            height: height, scratch: scratch)
        return BlendMask(plane, width: width, height: height)
    }

    /// A grey picture of it, 1 being white.
    public var image: Image {
        Image(
            width: width, height: height, channels: 1,
            pixels: values.map { UInt8(($0 * 255).rounded()) })
    }
}

/// Steps that both kinds of blend share.
enum BlendSteps {
    /// Draws, moves and deforms a mask; the result lies in the workspace's `mask` plane.
    static func deformedMask(
        _ landmarks: Landmarks, recipe: BlendRecipe, width: Int, height: Int,
        scratch: BlendWorkspace
    ) throws(BlendError) -> (mask: UnsafeMutablePointer<Float>, other: UnsafeMutablePointer<Float>) {
        // Soft masks may be larger than the picture when a recipe says so.
        let soft = recipe.softMask
        let room = max(
            width * height,
            FaceScale.side(soft.width, of: width) * FaceScale.side(soft.height, of: height))
        var mask = scratch.mask.room(room)
        var other = scratch.otherMask.room(room)
        _ = scratch.noiseX.room(room)
        try FaceMask.draw(
            landmarks, shape: recipe.maskShape, cutTo68: recipe.cutTo68, into: mask, width: width,
            height: height, scratch: scratch)
        recipe.affine.apply(to: mask, into: other, width: width, height: height, scratch: scratch)
        swap(&mask, &other)
        if recipe.elastic.amplitude > 0 {
            recipe.elastic.apply(
                to: mask, into: other, width: width, height: height, scratch: scratch)
            swap(&mask, &other)
        }
        return (mask, other)
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
