// Generator.swift — what a generator network would leave in a face: lost detail and patterns.
//
// No network: fixed linear maps with the traces that the literature describes (checkerboards of
// transposed convolutions: Odena, Dumoulin, Olah, "Deconvolution and checkerboard artifacts",
// Distill 2016). All work on display values.

import Tensor

package enum Generator {
    /// The canvas as the family's generator would give it back.
    package static func apply(_ family: Manipulation, to canvas: Canvas) -> Canvas {
        let strength = family.strength
        switch family {
        case .decoder:
            let latent = Plane(canvas).shrunk(strength.bottleneck)
            let stages = strength.bottleneck.trailingZeroBitCount
            var up = latent
            for stage in 0..<stages {
                up = up.transposedConvolution(gain: strength.pattern * (stage == stages - 1 ? 1 : 0.6))
            }
            return restore(up, canvas, skip: strength.skip)
        case .bilinear:
            let latent = Plane(canvas).shrunk(strength.bottleneck)
            var up = latent.grown(strength.bottleneck, side: canvas.side).canvas
            up.blur(sigma: 0.6)
            return restore(Plane(up), canvas, skip: strength.skip)
        case .pixelShuffle:
            let factor = strength.bottleneck
            var up = Plane(canvas).shrunk(factor).grown(factor, side: canvas.side)
            // One generator for the whole world, so its phases are constants.
            var draw = Philox(seed: 0, stream: .synthesis, epoch: SynthesisEpoch.generator)
            let gains = (0..<factor * factor).map { _ in 1 + draw.normal() * strength.pattern }
            let offsets = (0..<factor * factor).map { _ in draw.normal() * strength.pattern * 40 }
            for row in 0..<up.side {
                for column in 0..<up.side {
                    let phase = row % factor * factor + column % factor
                    let index = row * up.side + column
                    up.pixels[index] = up.pixels[index] * gains[phase] + offsets[phase]
                }
            }
            return restore(up, canvas, skip: strength.skip)
        case .meshSwap:
            return canvas
        }
    }

    /// Brings back `skip` of what the canvas has beyond a plain bottleneck.
    private static func restore(_ output: Plane, _ canvas: Canvas, skip: Float) -> Canvas {
        let side = canvas.side
        var low = canvas
        low.blur(sigma: 1.7)
        var values = canvas.values
        for row in 0..<side {
            for column in 0..<side {
                let pixel = output.pixels[
                    min(row, output.side - 1) * output.side + min(column, output.side - 1)]
                let index = (row * side + column) * 3
                for channel in 0..<3 {
                    let detail = values[index + channel] - low.values[index + channel]
                    values[index + channel] = pixel[channel] + skip * detail
                }
            }
        }
        return Canvas(side: side, values: values)
    }
}
