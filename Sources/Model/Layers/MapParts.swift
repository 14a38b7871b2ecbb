// MapParts.swift — a batch of maps in pieces of whole lines, each within one sample.

import Tensor

/// Pieces of about 4096 pixels. They depend on the map alone, so that sums over pieces, added in
/// order, are the same for any number of threads.
struct MapParts {
    struct Part {
        var index: Int
        var sample: Int
        var lines: Range<Int>
        /// Rows of the batch seen as a matrix `[n·h·w, c]`.
        var rows: Range<Int>
    }

    private let samples: Int
    private let height: Int
    private let width: Int
    private let perSample: Int

    init(n: Int, h: Int, w: Int) {
        (samples, height, width) = (n, h, w)
        perSample = max(1, min(h, (h * w + 4095) / 4096))
    }

    init(_ x: Tensor) { self.init(n: x.n, h: x.h, w: x.w) }

    var count: Int { samples * perSample }
    var rows: Int { samples * height * width }

    subscript(index: Int) -> Part {
        let sample = index / perSample
        let place = index % perSample
        let lines = height * place / perSample..<height * (place + 1) / perSample
        let start = sample * height
        return Part(
            index: index, sample: sample, lines: lines,
            rows: (start + lines.lowerBound) * width..<(start + lines.upperBound) * width)
    }
}

extension MapParts.Part {
    /// Calls `body` for pieces of the rows, each of at most `count`.
    func forChunks(of count: Int, _ body: (Range<Int>) -> Void) {
        var first = rows.lowerBound
        while first < rows.upperBound {
            let last = min(first + count, rows.upperBound)
            body(first..<last)
            first = last
        }
    }
}
