// Plane.swift — square RGB pictures as vectors, and the resampling that generators and warps need.

/// Square RGB values as vectors, for resampling.
struct Plane {
    let side: Int
    var pixels: [SIMD3<Float>]

    init(side: Int, pixels: [SIMD3<Float>]) {
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

    /// Box averages of `factor`×`factor` cells; cells at the far edges may be cut.
    func shrunk(_ factor: Int) -> Plane {
        let small = (side + factor - 1) / factor
        var output = [SIMD3<Float>](repeating: SIMD3(), count: small * small)
        for row in 0..<small {
            for column in 0..<small {
                var sum = SIMD3<Float>()
                var count: Float = 0
                for r in row * factor..<min((row + 1) * factor, side) {
                    for c in column * factor..<min((column + 1) * factor, side) {
                        sum += pixels[r * side + c]
                        count += 1
                    }
                }
                output[row * small + column] = sum / count
            }
        }
        return Plane(side: small, pixels: output)
    }

    /// Bilinear enlargement, cell centres aligned, cut to `target` pixels a side.
    func grown(_ factor: Int, side target: Int) -> Plane {
        var output: [SIMD3<Float>] = []
        output.reserveCapacity(target * target)
        for row in 0..<target {
            for column in 0..<target {
                output.append(
                    sample(
                        (Float(column) + 0.5) / Float(factor) - 0.5, (Float(row) + 0.5) / Float(factor) - 0.5)
                )
            }
        }
        return Plane(side: target, pixels: output)
    }

    /// Doubles the side by a stride-2 transposed convolution with a 4-tap kernel per axis, whose
    /// taps are a quarter and three quarters, uneven by `gain`: even outputs are brighter by about
    /// gain / 2, odd ones darker.
    func transposedConvolution(gain: Float) -> Plane {
        let double = side * 2
        var output = [SIMD3<Float>](repeating: SIMD3(), count: double * double)
        for row in 0..<double {
            let nearRow = row / 2
            let farRow = max(0, min(side - 1, row % 2 == 0 ? nearRow - 1 : nearRow + 1))
            for column in 0..<double {
                let near = column / 2
                let far = max(0, min(side - 1, column % 2 == 0 ? near - 1 : near + 1))
                let a = 0.75 * pixels[nearRow * side + near] + 0.25 * pixels[nearRow * side + far]
                let b = 0.75 * pixels[farRow * side + near] + 0.25 * pixels[farRow * side + far]
                let uneven =
                    (row % 2 == 0 ? 1 + 0.5 * gain : 1 - 0.5 * gain)
                    * (column % 2 == 0 ? 1 + 0.5 * gain : 1 - 0.5 * gain)
                output[row * double + column] = (0.75 * a + 0.25 * b) * uneven
            }
        }
        return Plane(side: double, pixels: output)
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
