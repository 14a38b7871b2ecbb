// Camera.swift — head pose and projection to pixels of the aligned crop.

/// A turned head before a weak-perspective camera.
///
/// Rotation is roll · pitch · yaw about a point inside the head. Positive yaw turns the face to the
/// picture's right, positive pitch downwards, positive roll clockwise. Pixel (0, 0) is the centre
/// of the first pixel.
struct Camera {
    static let pivot = SIMD3<Float>(0, 0.35, 0.2)
    /// Distance of the eye point from the pivot, in face units.
    static let distance: Float = 9

    let rowX, rowY, rowZ: SIMD3<Float>
    /// Image direction of the head's own right and down, for outline tests.
    let across, down: SIMD2<Float>
    /// Pixels per face unit, and the pixel that the pivot falls on.
    var scale: Float
    var origin: SIMD2<Float>

    /// - Parameters: angles in radians.
    init(yaw: Float, pitch: Float, roll: Float, scale: Float, origin: SIMD2<Float>) {
        let (sy, cy) = (Portable.sin(yaw), Portable.cos(yaw))
        let (sp, cp) = (Portable.sin(pitch), Portable.cos(pitch))
        let (sr, cr) = (Portable.sin(roll), Portable.cos(roll))
        let turnedX = SIMD3(cy, 0, sy)
        let turnedZ = SIMD3(-sy, 0, cy)
        let nodY = SIMD3<Float>(0, cp, 0) + turnedZ * sp
        rowZ = SIMD3<Float>(0, -sp, 0) + turnedZ * cp
        rowX = turnedX * cr - nodY * sr
        rowY = turnedX * sr + nodY * cr
        across = SIMD2(cr, sr)
        down = SIMD2(-sr, cr)
        self.scale = scale
        self.origin = origin
    }

    /// A head point in camera space, the pivot at 0.
    @inline(__always)
    func view(_ point: SIMD3<Float>) -> SIMD3<Float> {
        let p = point - Self.pivot
        return SIMD3((rowX * p).sum(), (rowY * p).sum(), (rowZ * p).sum())
    }

    /// A camera-space point in pixels.
    @inline(__always)
    func pixel(view v: SIMD3<Float>) -> SIMD2<Float> {
        let k = scale * Self.distance / (Self.distance - v.z)
        return SIMD2(v.x * k, v.y * k) + origin
    }

    func pixel(_ point: SIMD3<Float>) -> SIMD2<Float> { pixel(view: view(point)) }
}
