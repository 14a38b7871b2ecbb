// Sensor.swift — what a camera and a video codec do to every frame, real or fake alike.

import Imaging
import Tensor

/// Noise and compression of one scene. Equal scenes and frames give equal noise, so that a fake and
/// its target differ by the manipulation only.
package enum Sensor {
    package static func develop(_ canvas: Canvas, scene: SyntheticScene, frame: Int) throws(SynthesisError)
        -> Image
    {
        var values = canvas.values
        var draw = Philox(
            seed: scene.seed, stream: .synthesis, epoch: SynthesisEpoch.sensor,
            sample: scene.id << 20 | frame)
        values.withUnsafeMutableBufferPointer { values in
            for index in values.indices {
                // The sum of four bytes is close to normal; its deviation is 147.8.
                let word = draw.next32()
                let sum = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24)
                let unit = (Float(sum) - 510) / 147.8
                // Photon noise grows with the root of light; the display curve turns that round.
                values[index] += unit * scene.noise * (1.25 - values[index] * (0.5 / 255))
            }
        }
        let image = Canvas(side: canvas.side, values: values).image
        do {
            return try JPEG.decode(JPEG.encode(image, quality: scene.quality))
        } catch {
            throw .codec(error)
        }
    }
}
