// BlendMask.swift — the weights of a finished blend.

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
        _ = try FaceMask.draw(
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
