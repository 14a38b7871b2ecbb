// Canvas.swift — a square picture of display values as floats, between renderer and sensor.

import Imaging

/// `side`×`side` RGB display values, nominally 0…255, interleaved. It may leave that range between
/// steps; rounding to bytes clamps.
package struct Canvas: Equatable, Sendable {
    package let side: Int
    package var values: [Float]

    package init(side: Int, values: [Float]) {
        precondition(values.count == side * side * 3, "Canvas: \(values.count) values for \(side)×\(side)×3")
        self.side = side
        self.values = values
    }

    /// Linear light to display: gamma 2.2 with a soft shoulder above 0.7, so highlights don't clip.
    @inline(__always)
    static func display(_ x: Float) -> Float {
        let bounded = x < 0.7 ? max(x, 0) : 0.7 + 0.3 * (1 - Portable.exp(-(x - 0.7) / 0.3))
        return 255 * Portable.pow(bounded, 1 / 2.2)
    }

    /// Separable Gaussian blur; edges repeat. Nothing happens below 0.1 pixels.
    package mutating func blur(sigma: Float) {
        guard sigma >= 0.1 else { return }
        let radius = Int((2.5 * sigma).rounded(.up))
        var kernel = (-radius...radius).map { Portable.exp(-Float($0 * $0) / (2 * sigma * sigma)) }
        let sum = kernel.reduce(0, +)
        for index in kernel.indices { kernel[index] /= sum }
        values = convolve(convolve(values, kernel, step: 1), kernel, step: side)
    }

    /// One pass along rows (step 1) or columns (step `side`).
    private func convolve(_ input: [Float], _ kernel: [Float], step: Int) -> [Float] {
        let radius = kernel.count / 2
        var output = [Float](repeating: 0, count: input.count)
        input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                for row in 0..<side {
                    for column in 0..<side {
                        let at = step == 1 ? column : row
                        let line = (row * side + column) - at * step
                        var (r, g, b): (Float, Float, Float) = (0, 0, 0)
                        for tap in 0..<kernel.count {
                            let place = max(0, min(side - 1, at + tap - radius))
                            let source = (line + place * step) * 3
                            let weight = kernel[tap]
                            r += weight * input[source]
                            g += weight * input[source + 1]
                            b += weight * input[source + 2]
                        }
                        let target = (row * side + column) * 3
                        output[target] = r
                        output[target + 1] = g
                        output[target + 2] = b
                    }
                }
            }
        }
        return output
    }

    /// Rounded to the nearest byte.
    package var image: Image {
        Image(
            width: side, height: side,
            pixels: values.map { UInt8(max(0, min(255, $0 + 0.5))) })
    }
}
