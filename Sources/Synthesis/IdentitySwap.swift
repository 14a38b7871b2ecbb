// IdentitySwap.swift — one fake frame from two drawn faces: generate, align, match colours, paste.

import Imaging

package enum IdentitySwap {
    /// The target's frame with the source's face in it; no noise or compression yet.
    ///
    /// Both canvases show the same scene and frame number, so pose, expression and light agree.
    package static func apply(
        _ family: Manipulation, source: (canvas: Canvas, landmarks: Landmarks),
        target: (canvas: Canvas, landmarks: Landmarks)
    ) -> Canvas {
        let strength = family.strength
        // Generators work in the source's own crop; their traces are resampled with the face.
        let generated = Generator.apply(family, to: source.canvas)
        let aligned =
            family == .meshSwap
            ? FaceWarp.bent(generated, from: source.landmarks, to: target.landmarks)
            : FaceWarp.similar(generated, from: source.landmarks, to: target.landmarks)
        let mask = PasteMask(
            target.landmarks, side: target.canvas.side, shrink: strength.shrink, lift: strength.lift,
            feather: strength.feather)
        return paste(aligned, target.canvas, mask, colorMatch: strength.colorMatch)
    }

    /// Moves the face's mean and deviation per channel towards the target's, then mixes by the mask.
    private static func paste(
        _ face: Canvas, _ target: Canvas, _ mask: PasteMask, colorMatch: Float
    ) -> Canvas {
        var output = target
        for channel in 0..<3 {
            let own = statistics(face, channel, mask)
            let wanted = statistics(target, channel, mask)
            let ratio = max(0.6, min(1.6, wanted.deviation / max(own.deviation, 1e-3)))
            let scale = Portable.mix(1, ratio, colorMatch)
            let mean = Portable.mix(own.mean, wanted.mean, colorMatch)
            for pixel in 0..<mask.weights.count where mask.weights[pixel] > 0 {
                let index = 3 * pixel + channel
                let value = (face.values[index] - own.mean) * scale + mean
                output.values[index] += mask.weights[pixel] * (value - output.values[index])
            }
        }
        return output
    }

    private static func statistics(
        _ canvas: Canvas, _ channel: Int, _ mask: PasteMask
    ) -> (mean: Float, deviation: Float) {
        var (weight, sum, squares): (Float, Float, Float) = (1e-6, 0, 0)
        for pixel in 0..<mask.weights.count where mask.weights[pixel] > 0 {
            let value = canvas.values[3 * pixel + channel]
            weight += mask.weights[pixel]
            sum += mask.weights[pixel] * value
            squares += mask.weights[pixel] * value * value
        }
        let mean = sum / weight
        return (mean, max(0, squares / weight - mean * mean).squareRoot())
    }
}
