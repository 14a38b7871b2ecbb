// FaceMask.swift — the mask of a face, drawn from its landmarks. Deforming and softening it are
// BlendRecipe+Deformation.swift's and BlendRecipe+SoftMask.swift's.

import CKernels
import Imaging

/// Masks as unions of filled convex hulls over groups of landmarks.
enum FaceMask {
    /// Landmarks farther than this from the picture's origin are nonsense; it also keeps the
    /// rasteriser's fixed point within 64 bits.
    private static let farthest: Float = 65536

    /// Fills `mask`, W×H, with 0 and 1 (`hull`: and values between along its edge).
    /// - Returns: the part of the picture outside which it is 0.
    static func draw(
        _ landmarks: Landmarks, shape: BlendRecipe.MaskShape, cutTo68: Bool,
        into mask: UnsafeMutablePointer<Float>, width: Int, height: Int, scratch: BlendWorkspace
    ) throws(BlendError) -> bw_box {
        guard landmarks.points.count == 68 || landmarks.points.count == 81 else {
            throw .badLandmarkCount(landmarks.points.count)
        }
        for (index, point) in landmarks.points.enumerated() {
            // Written so that NaN fails.
            guard abs(point.x) <= farthest, abs(point.y) <= farthest else {
                throw .badLandmark(index: index, x: point.x, y: point.y)
            }
        }
        var points = landmarks.points
        if cutTo68 { points.removeLast(points.count - 68) }
        guard ConvexHull(points.map(nearestPixel)).isSolid else { throw .degenerateLandmarks }
        if shape == .extended { raiseBrows(&points) }

        mask.update(repeating: 0, count: width * height)
        let grid = points.map(nearestPixel)
        if shape == .hull {
            let corners = ConvexHull(grid).corners
            bw_fill_convex_smooth_f32(
                mask, width, height, corners.flatMap { [$0.x, $0.y] }, corners.count,
                scratch.crossings.room(2 * height))
        } else {
            let spans = scratch.spans.room(2 * height)
            for group in shape == .full ? fullGroups : componentGroups {
                let hull = ConvexHull(group.map { grid[$0] })
                let flat = hull.corners.flatMap { [$0.x, $0.y] }
                bw_fill_convex_f32(mask, width, height, flat, hull.corners.count, spans)
            }
        }
        guard bw_largest_f32(mask, width * height) == 1 else { throw .emptyMask(stage: "landmark") }
        let (x, y) = (grid.map { Int($0.x) }, grid.map { Int($0.y) })
        // With the soft edge; a mask that is not empty has some of its points' box on the picture.
        return bw_box(
            x0: max(0, x.min()! - 2), y0: max(0, y.min()! - 2), x1: min(width, x.max()! + 3),
            y1: min(height, y.max()! + 3))
    }

    private static let fullGroups: [[Int]] = [
        Array(0...16) + Array(48...67),
        Array(27...30) + [33],
        Array(17...26) + [0, 27, 16, 33],
    ]

    private static let componentGroups: [[Int]] = [
        Array(0...8) + [17],
        Array(8...16) + [26],
        Array(17...19) + [8],
        Array(24...26) + [8],
        Array(19...24) + [8],
        Array(17...21) + [27] + Array(31...35) + [8],
        Array(22...26) + [27] + Array(31...35) + [8],
        Array(27...30) + Array(31...35),
    ]

    /// Moves each brow point away from the eye point below it by half their distance.
    private static func raiseBrows(_ points: inout [Landmarks.Point]) {
        func middle(_ a: Landmarks.Point, _ b: Landmarks.Point) -> Landmarks.Point {
            .init(x: (a.x + b.x) / 2, y: (a.y + b.y) / 2)
        }
        let leftOfEye = middle(points[36], middle(points[36], points[0]))
        let rightOfEye = middle(points[45], middle(points[45], points[16]))
        let below = [leftOfEye] + points[36...39] + points[42...45] + [rightOfEye]
        for (brow, eye) in zip(17...26, below) {
            points[brow].x += (points[brow].x - eye.x) / 2
            points[brow].y += (points[brow].y - eye.y) / 2
        }
    }

    private static func nearestPixel(_ point: Landmarks.Point) -> GridPoint {
        GridPoint(x: Int32((point.x + 0.5).rounded(.down)), y: Int32((point.y + 0.5).rounded(.down)))
    }
}
