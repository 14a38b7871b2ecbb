// BatchPicture.swift — the samples that the network gets, as one picture: a row a sample, a column an
// anchor. Without words, which `blendway preview` adds: TensorBoard shows it small.

import Data
import Imaging

package enum BatchPicture {
    /// Up to `rows` samples of a batch; nil when this rank's share has none.
    /// Cost: about 15 ms for each million pixels, most of it the PNG made of it later.
    /// - Parameter size: side of each picture in pixels.
    package static func make(of batch: LoadedBatch, size: Int, rows: Int = 4) -> Image? {
        let samples = batch.samples.count
        let shown = min(rows, samples)
        guard shown > 0, batch.imageBytes == size * size * 3 else { return nil }
        var picture = Image(width: size * batch.anchorCount, height: size * shown)
        let line = size * 3
        batch.whole.forEachImage { place, bytes in
            let (anchor, row) = (place / samples, place % samples)
            guard row < shown else { return }
            for y in 0..<size {
                let start = (row * size + y) * picture.width * 3 + anchor * line
                picture.pixels.withUnsafeMutableBufferPointer { pixels in
                    _ = UnsafeMutableBufferPointer(rebasing: pixels[start..<start + line])
                        .update(fromContentsOf: bytes[y * line..<(y + 1) * line])
                }
            }
        }
        return picture
    }
}
