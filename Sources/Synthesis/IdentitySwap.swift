// IdentitySwap.swift — one fake frame from two drawn faces: bend, generate, match colours, paste.

import Imaging

package enum IdentitySwap {
    /// The target's frame with the source's face in it; no noise or compression yet.
    ///
    /// - Parameters:
    ///   - source: a frame of the person swapped in, of any scene.
    ///   - target: the frame that is changed, of the same size.
    package static func apply(
        _ family: Manipulation, source: (canvas: Canvas, landmarks: Landmarks),
        target: (canvas: Canvas, landmarks: Landmarks), generators: GeneratorWeights
    ) -> Canvas {
        let strength = family.strength
        let bent = FaceWarp.bent(source.canvas, from: source.landmarks, to: target.landmarks)
        let mask = PasteMask(
            target.landmarks, side: target.canvas.side, shrink: strength.shrink, lift: strength.lift,
            feather: strength.feather)
        let face = generated(family, bent: bent, target: target, generators) ?? bent
        return paste(face, target.canvas, mask, colorMatch: strength.colorMatch)
    }

    /// What the family's generator makes of the source's bent face, in the target's frame; nil if it has none.
    private static func generated(
        _ family: Manipulation, bent: Canvas, target: (canvas: Canvas, landmarks: Landmarks),
        _ generators: GeneratorWeights
    ) -> Canvas? {
        let crop = FaceCrop(target.landmarks)
        func swapped(_ upsampling: GeneratorShape.Upsampling) -> Plane {
            generators.networks[upsampling]!.swap(source: crop.cut(bent), target: crop.cut(target.canvas))
        }
        let face: Plane
        switch family {
        case .decoder: face = swapped(.transposed)
        case .bilinear: face = swapped(.bilinear)
        case .pixelShuffle: face = swapped(.shuffle)
        case .eigenface: face = generators.faceSpace.projected(crop.cut(bent))
        case .meshSwap: return nil
        }
        return crop.placed(face, side: target.canvas.side)
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
