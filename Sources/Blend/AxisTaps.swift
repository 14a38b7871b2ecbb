// AxisTaps.swift — where new pixels lie between old ones along one axis. The mixing is in C.

import CKernels

/// A mapping of one axis of a picture: which old position each new one shows.
struct AxisTaps {
    /// Old and new pixels.
    let old: Int
    let new: Int
    /// Position i shows (i + shift) · slope + origin.
    private let shift: Double
    private let slope: Double
    private let origin: Double
    /// Whether the edge is repeated beyond the outermost pixels' centres; black otherwise.
    private let repeatsEdge: Bool

    /// Scaling with pixel centres at halves, edges repeated.
    static func resize(from old: Int, to new: Int) -> AxisTaps {
        AxisTaps(old: old, new: new, shift: 0.5, slope: Double(old) / Double(new), origin: -0.5, repeatsEdge: true)
    }

    /// Scaling about the middle, then a shift in pixels; black beyond the edges.
    static func affine(size: Int, scale: Float, shift: Double) -> AxisTaps {
        let centre = Double(size - 1) / 2
        return AxisTaps(
            old: size, new: size, shift: -centre - shift, slope: 1 / Double(scale), origin: centre,
            repeatsEdge: false)
    }

    /// The old positions that the new ones of `range` show, and one more on either side.
    func shown(by range: Range<Int>) -> Range<Int> {
        func old(_ new: Int) -> Double { (Double(new) + shift) * slope + origin }
        let first = min(max(old(range.lowerBound).rounded(.down), 1), Double(self.old))
        let last = min(max(old(range.upperBound - 1).rounded(.down) + 3, first), Double(self.old))
        return Int(first) - 1..<Int(last)
    }

    /// Resamples an interleaved RGB picture; only the pixels of `wanted` are written.
    static func resample(
        _ target: UnsafeMutablePointer<UInt8>, from source: UnsafePointer<UInt8>, x: AxisTaps, y: AxisTaps,
        wanted: bw_box, scratch: BlendWorkspace
    ) {
        let line = scratch.line.room(3 * (x.old + x.new))
        bw_resample_u8(
            target, source, 3 * x.new, y.new, 3 * x.old, scratch.xTaps.fill(x, channels: 3),
            scratch.yTaps.fill(y), bw_box(x0: 3 * wanted.x0, y0: wanted.y0, x1: 3 * wanted.x1, y1: wanted.y1), line)
    }

    /// Resamples a plane that is 0 outside `box`, which becomes the result's.
    static func resample(
        _ target: UnsafeMutablePointer<Float>, from source: UnsafePointer<Float>, x: AxisTaps, y: AxisTaps,
        box: inout bw_box, scratch: BlendWorkspace
    ) {
        let line = scratch.line.room(x.old + x.new)
        bw_resample_f32(
            target, source, x.new, y.new, x.old, scratch.xTaps.fill(x), scratch.yTaps.fill(y), &box, line)
    }

    /// Memory for one axis' taps, as the C kernels want them.
    struct Storage {
        private var indices = Scratch<Int32>()
        private var weights = Scratch<Float>()

        /// Good until the next call.
        mutating func fill(_ taps: AxisTaps, channels: Int = 1) -> bw_taps {
            let count = taps.new * channels
            let (indices, weights) = (indices.room(3 * count), weights.room(2 * count))
            var filled = bw_taps(
                low: indices, high: indices + count, low_weight: weights, high_weight: weights + count,
                run_ends: indices + 2 * count, runs: 0)
            bw_make_taps(
                &filled, taps.new, taps.old, channels, taps.shift, taps.slope, taps.origin,
                taps.repeatsEdge ? 1 : 0)
            return filled
        }

        func deallocate() {
            indices.deallocate()
            weights.deallocate()
        }
    }
}
