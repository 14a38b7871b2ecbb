// Plane.swift — square RGB pictures as vectors, for the resampling that cut-outs and warps need.

/// Square RGB values as vectors, for resampling.
package struct Plane: Equatable, Sendable {
    package let side: Int
    package var pixels: [SIMD3<Float>]

    package init(side: Int, pixels: [SIMD3<Float>]) {
        self.side = side
        self.pixels = pixels
    }

    init(_ canvas: Canvas) {
        side = canvas.side
        pixels = (0..<canvas.side * canvas.side).map {
            SIMD3(canvas.values[3 * $0], canvas.values[3 * $0 + 1], canvas.values[3 * $0 + 2])
        }
    }

    var canvas: Canvas {
        var values: [Float] = []
        values.reserveCapacity(pixels.count * 3)
        for pixel in pixels {
            values.append(pixel.x)
            values.append(pixel.y)
            values.append(pixel.z)
        }
        return Canvas(side: side, values: values)
    }

    /// Bilinear sample; edges repeat.
    @inline(__always)
    func sample(_ x: Float, _ y: Float) -> SIMD3<Float> {
        let px = max(0, min(Float(side - 1), x))
        let py = max(0, min(Float(side - 1), y))
        let column = min(Int(px), side - 2)
        let row = min(Int(py), side - 2)
        let fx = px - Float(column)
        let fy = py - Float(row)
        let index = row * side + column
        let top = pixels[index] + (pixels[index + 1] - pixels[index]) * fx
        let bottom = pixels[index + side] + (pixels[index + side + 1] - pixels[index + side]) * fx
        return top + (bottom - top) * fy
    }
}
