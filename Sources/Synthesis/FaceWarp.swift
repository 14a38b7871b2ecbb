// FaceWarp.swift — brings one face's picture onto another face's landmarks.

import Imaging

/// Where in the source picture a point of the target picture is found.
package enum FaceWarp {
    /// Bends the source so that its landmarks fall on the target's: displacements on a coarse mesh
    /// of control points, each the inverse-distance mean of the landmarks' (Shepard, 1968).
    package static func bent(_ source: Canvas, from: Landmarks, to: Landmarks) -> Canvas {
        let cells = 16
        let step = Float(source.side - 1) / Float(cells)
        var mesh: [SIMD3<Float>] = []
        for row in 0...cells {
            for column in 0...cells {
                let point = SIMD2(Float(column), Float(row)) * step
                var sum = SIMD2<Float>()
                var weights: Float = 0
                for index in 0..<68 {
                    let d = to.vector(index) - point
                    let square = (d * d).sum() + step * step * 0.1
                    let weight = 1 / (square * square)
                    sum += weight * (from.vector(index) - to.vector(index))
                    weights += weight
                }
                sum /= weights
                mesh.append(SIMD3(sum.x, sum.y, 0))
            }
        }
        let field = Plane(side: cells + 1, pixels: mesh)
        return resample(source) { point in
            let shift = field.sample(point.x / step, point.y / step)
            return point + SIMD2(shift.x, shift.y)
        }
    }

    private static func resample(
        _ source: Canvas, _ place: (SIMD2<Float>) -> SIMD2<Float>
    ) -> Canvas {
        let plane = Plane(source)
        var output = source
        for row in 0..<source.side {
            for column in 0..<source.side {
                let at = place(SIMD2(Float(column), Float(row)))
                let pixel = plane.sample(at.x, at.y)
                let index = (row * source.side + column) * 3
                for channel in 0..<3 { output.values[index + channel] = pixel[channel] }
            }
        }
        return output
    }
}

extension Landmarks {
    @inline(__always)
    func vector(_ index: Int) -> SIMD2<Float> { SIMD2(points[index].x, points[index].y) }
}
