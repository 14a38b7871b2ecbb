// LandmarkShape.swift — whether landmarks can be a face in iBUG's order at all: the right way up, left before
// right, brows above eyes above mouth above chin. Sizes and types are LandmarkValues' matter.

import Foundation

/// What 68 or 81 points must fulfil to be taken for a face.
///
/// All is measured in a frame that the face itself gives, from brows and eyes down to mouth and chin: a head
/// that is tilted by up to 60° passes, and so does one seen from the side, whose halves fall together. Bounds
/// leave at least twice the room that hand-marked faces and those of the built-in world need.
public enum LandmarkShape {
    /// What is wrong; its raw value is a clause.
    public enum Problem: String, CaseIterable, Sendable {
        case mirrored = "left and right are exchanged"
        case flipped = "the face stands on its head: do y count from the bottom?"
        case exchanged = "x and y are exchanged"
        case upsideDown = "the face stands on its head"
        case turned = "the face lies on its side"
        case order = "the points are no face in iBUG's order (jaw from left to right, brows, nose, eyes, mouth)"
        case outline = "the jaw's points don't lie around the rest of the face"
    }

    private typealias Vector = SIMD2<Float>

    /// - Parameter points: x and y by turns; 68 or 81 of them, or none, as in files for evaluation.
    /// - Returns: nil for a face, and where there are none.
    public static func problem(_ points: [Float]) -> Problem? {
        guard !points.isEmpty else { return nil }
        let points = stride(from: 0, to: points.count, by: 2).map { Vector(points[$0], points[$0 + 1]) }
        func middle(_ range: Range<Int>) -> Vector { points[range].reduce(.zero, +) / Float(range.count) }
        let (browLeft, browRight, eyeLeft, eyeRight) = (middle(17..<22), middle(22..<27), middle(36..<42), middle(42..<48))
        let (nose, mouth, chin) = (middle(31..<36), middle(48..<68), middle(7..<10))
        let (brows, eyes) = ((browLeft + browRight) / 2, (eyeLeft + eyeRight) / 2)
        // From a brow and an eye down to mouth and chin: what turning the head to a side leaves as it is.
        let axis = (mouth + chin) / 2 - (brows + eyes) / 2
        let height = (axis * axis).sum().squareRoot()
        guard height > 0, points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return .order }
        let down = axis / height
        let right = Vector(down.y, -down.x)
        func below(_ a: Vector, _ b: Vector) -> Float { ((b - a) * down).sum() / height }
        func beside(_ a: Vector, _ b: Vector) -> Float { ((b - a) * right).sum() / height }

        guard hasSmoothLines(points) else { return .order }
        let sides = beside(eyeLeft, eyeRight) + beside(browLeft, browRight) + beside(points[48], points[54])
            + beside(points[0], points[16])
        let tilt = abs(tiltDegrees(down))
        if sides < -leastWidth { return tilt < 45 ? .mirrored : tilt > 135 ? .flipped : .exchanged }
        let heights = [below(brows, eyes), below(eyes, nose), below(nose, mouth), below(mouth, chin)]
        guard heights.allSatisfy({ $0 > leastStep }) else { return .order }
        if points.count == 81, below(middle(68..<81), brows) < 0 { return .order }
        if tilt > largestTilt { return tilt > 135 ? .upsideDown : .turned }
        let across = points.map { beside(.zero, $0) }
        let (jaw, inner) = (across[..<17], across[17..<68])
        guard jaw.max()! - jaw.min()! > 0.6 * (inner.max()! - inner.min()!),
            points[17..<68].allSatisfy({ below($0, chin) > 0 })
        else { return .outline }
        return nil
    }

    /// Of the four distances from left to right together, in heights of the face; upright faces have 2.5 and more.
    private static let leastWidth: Float = 0.2
    /// From brows to eyes to nose to mouth to chin, in the same; the smallest measured is 0.15.
    private static let leastStep: Float = 0.03
    /// A tilted head, with room for what the points add.
    private static let largestTilt: Float = 75

    /// Degrees from the picture's own downwards, −180 to 180.
    private static func tiltDegrees(_ down: Vector) -> Float { atan2(down.x, down.y) * 180 / .pi }

    // MARK: Lines

    /// A part of the face whose points follow each other.
    private struct Line {
        var points: Range<Int>
        var isClosed: Bool
        /// Bounds in diagonals of the part: of its longest step, and of all steps together.
        var longest: Float
        var length: Float
    }

    /// Measured are at most 0.14 and 1.7 for the jaw, 0.53 and 1.3 for brows, 0.45 and 1.2 for the nose, 0.54 and
    /// 2.3 for eyes, 0.69 and 2.3 for lips.
    private static let lines = [
        Line(points: 0..<17, isClosed: false, longest: 0.4, length: 3),
        Line(points: 17..<22, isClosed: false, longest: 0.9, length: 2.2),
        Line(points: 22..<27, isClosed: false, longest: 0.9, length: 2.2),
        Line(points: 27..<31, isClosed: false, longest: 0.95, length: 2),
        Line(points: 31..<36, isClosed: false, longest: 0.9, length: 2.2),
        Line(points: 36..<42, isClosed: true, longest: 0.95, length: 3.3),
        Line(points: 42..<48, isClosed: true, longest: 0.95, length: 3.3),
        Line(points: 48..<60, isClosed: true, longest: 0.75, length: 3.6),
        Line(points: 60..<68, isClosed: true, longest: 1, length: 3.6),
    ]

    /// Whether no line jumps to and fro, as those of points in another order do.
    private static func hasSmoothLines(_ points: [Vector]) -> Bool {
        func length(_ vector: Vector) -> Float { (vector * vector).sum().squareRoot() }
        return lines.allSatisfy { line in
            let part = points[line.points]
            let next = line.isClosed ? part.dropFirst() + part.prefix(1) : part.dropFirst()
            let steps = zip(part, next).map { length($1 - $0) }
            let low = part.reduce(part.first!) { pointwiseMin($0, $1) }
            let high = part.reduce(part.first!) { pointwiseMax($0, $1) }
            let size = length(high - low)
            return steps.max()! <= line.longest * size && steps.reduce(0, +) <= line.length * size
        }
    }
}
