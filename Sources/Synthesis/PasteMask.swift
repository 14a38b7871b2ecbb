// PasteMask.swift — the soft-edged face region in which a fake shows the other person.
//
// Deliberately not the mask code that training blends with: a detector shall not win by knowing
// our own blender.

import Imaging

/// Weights 0…1 per pixel of a square frame.
package struct PasteMask: Equatable, Sendable {
    package let side: Int
    package private(set) var weights: [Float]

    /// The jaw's outline and the brows raised by `lift`, shrunk towards the middle, with an inner
    /// soft edge of `feather` face widths: outside the outline the weight is exactly 0.
    init(_ landmarks: Landmarks, side: Int, shrink: Float, lift: Float, feather: Float) {
        self.side = side
        let eyes = landmarks.vector(45) - landmarks.vector(36)
        let eyeDistance = (eyes * eyes).sum().squareRoot()
        let up = SIMD2(eyes.y, -eyes.x) / max(eyeDistance, 1e-3)
        var outline = (0...16).map { landmarks.vector($0) }
        for index in (17...26).reversed() {
            outline.append(landmarks.vector(index) + up * (lift * eyeDistance))
        }
        let middle = outline.reduce(SIMD2(), +) / Float(outline.count)
        outline = outline.map { middle + ($0 - middle) * shrink }

        let jaw = landmarks.vector(16) - landmarks.vector(0)
        let soft = max(1, feather * (jaw * jaw).sum().squareRoot())
        weights = [Float](repeating: 0, count: side * side)
        let low = outline.reduce(outline[0]) { pointwiseMin($0, $1) }
        let high = outline.reduce(outline[0]) { pointwiseMax($0, $1) }
        let rows = max(0, Int(low.y))..<min(side, max(0, Int(high.y) + 1))
        let columns = max(0, Int(low.x))..<min(side, max(0, Int(high.x) + 1))
        for row in rows {
            for column in columns {
                let inside = Self.depth(SIMD2(Float(column), Float(row)), in: outline)
                if inside > 0 { weights[row * side + column] = Portable.smoothstep(0, soft, inside) }
            }
        }
    }

    /// Distance from the outline for points inside it, 0 outside.
    private static func depth(_ point: SIMD2<Float>, in outline: [SIMD2<Float>]) -> Float {
        var isInside = false
        var nearest = Float.infinity
        var a = outline[outline.count - 1]
        for b in outline {
            if (a.y > point.y) != (b.y > point.y),
                point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x
            {
                isInside.toggle()
            }
            let edge = b - a
            let t = max(0, min(1, ((point - a) * edge).sum() / max((edge * edge).sum(), 1e-9)))
            let d = point - a - edge * t
            nearest = min(nearest, (d * d).sum())
            a = b
        }
        return isInside ? nearest.squareRoot() : 0
    }
}
