// Enlargement.swift — doubles a map's sides without weights; for the decoders of face generators.

import Tensor

/// `[n, h, w, c]` → `[n, 2h, 2w, c]`, for a shuffle `[n, 2h, 2w, c/4]`. Linear; the backward pass is the
/// transpose and keeps nothing but the channels.
package final class Enlargement: Layer {
    package enum Kind: CaseIterable {
        /// Zeros between the pixels; with a convolution behind it, a transposed convolution of stride 2.
        case spread
        /// Bilinear, cell centres aligned, edges repeated.
        case bilinear
        /// Channel 4c + 2·row + column becomes channel c of pixel (row, column) of each 2×2.
        case shuffle
    }

    private let kind: Kind

    package init(_ kind: Kind) {
        self.kind = kind
    }

    package func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        precondition(kind != .shuffle || x.c % 4 == 0, "Enlargement: \(x.c) channels for a shuffle")
        let channels = kind == .shuffle ? x.c / 4 : x.c
        let y = context.arena.zeros(n: x.n, h: 2 * x.h, w: 2 * x.w, c: channels)
        overTaps(small: x, large: y, context) { small, large, weight, count, step in
            for channel in 0..<count { large[channel] += weight * small[channel * step] }
        }
        context.arena.release(x)
        return y
    }

    package func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        let dx = context.arena.zeros(
            n: dy.n, h: dy.h / 2, w: dy.w / 2, c: kind == .shuffle ? 4 * dy.c : dy.c)
        overTaps(small: dx, large: dy, context) { small, large, weight, count, step in
            for channel in 0..<count { small[channel * step] += weight * large[channel] }
        }
        context.arena.release(dy)
        return dx
    }

    private typealias Values = UnsafeMutablePointer<Float>

    /// Each pair of pixels that the map connects, with its weight, `large.c` channels, and the step between them in
    /// the small map.
    private func overTaps(
        small: Tensor, large: Tensor, _ context: Context,
        _ body: (_ small: Values, _ large: Values, _ weight: Float, _ count: Int, _ step: Int) -> Void
    ) {
        let (h, w) = (small.h, small.w)
        context.pool.forRanges(small.n) { samples in
            for sample in samples {
                for row in 0..<2 * h {
                    for column in 0..<2 * w {
                        let to = large.data + ((sample * 2 * h + row) * 2 * w + column) * large.c
                        func pixel(_ r: Int, _ c: Int) -> Values { small.data + ((sample * h + r) * w + c) * small.c }
                        switch kind {
                        case .spread:
                            if row % 2 == 0 && column % 2 == 0 { body(pixel(row / 2, column / 2), to, 1, large.c, 1) }
                        case .shuffle:
                            body(pixel(row / 2, column / 2) + row % 2 * 2 + column % 2, to, 1, large.c, 4)
                        case .bilinear:
                            for (r, vertical) in [(row / 2, Float(0.75)), (Self.other(row, h), 0.25)] {
                                for (c, horizontal) in [(column / 2, Float(0.75)), (Self.other(column, w), 0.25)] {
                                    body(pixel(r, c), to, vertical * horizontal, large.c, 1)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The cell on the other side of pixel `index` of the doubled axis.
    private static func other(_ index: Int, _ size: Int) -> Int {
        max(0, min(size - 1, index % 2 == 0 ? index / 2 - 1 : index / 2 + 1))
    }
}
