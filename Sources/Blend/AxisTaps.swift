// AxisTaps.swift — where new pixels lie between old ones along one axis. The mixing is in C.

import CKernels

/// Bilinear taps along one axis, repeated for interleaved channels.
struct AxisTaps {
    private var low: [Int32] = []
    private var high: [Int32] = []
    private var lowWeight: [Float] = []
    private var highWeight: [Float] = []
    /// Ends of stretches that can be read in one go; empty if they are short.
    private var runEnds: [Int32] = []

    /// What a position beyond the first or last pixel's centre gets.
    private enum Edge { case repeated, black }

    private init(
        from old: Int, to new: Int, channels: Int, edge: Edge, position: (Int) -> Double
    ) {
        let count = new * channels
        low.reserveCapacity(count)
        high.reserveCapacity(count)
        lowWeight.reserveCapacity(count)
        highWeight.reserveCapacity(count)
        for index in 0..<new {
            // Nothing of a picture is seen from farther away than this.
            let place = min(max(position(index), -2), Double(old) + 1)
            let floor = place.rounded(.down)
            let (first, weight) = (Int(floor), Float(place - floor))
            let inside = (first >= 0 && first < old, first + 1 >= 0 && first + 1 < old)
            let weights = (
                edge == .repeated || inside.0 ? 1 - weight : 0,
                edge == .repeated || inside.1 ? weight : 0
            )
            let entries = (min(max(first, 0), old - 1), min(max(first + 1, 0), old - 1))
            for channel in 0..<channels {
                low.append(Int32(entries.0 * channels + channel))
                high.append(Int32(entries.1 * channels + channel))
                lowWeight.append(weights.0)
                highWeight.append(weights.1)
            }
        }
        for index in 1..<max(count, 1)
        where low[index] != low[index - 1] + 1 || high[index] != high[index - 1] + 1 {
            runEnds.append(Int32(index))
        }
        runEnds.append(Int32(count))
        // A gather costs less than starting many short loops.
        if count < 16 * runEnds.count { runEnds = [] }
    }

    /// Scaling with pixel centres at halves, edges repeated.
    static func resize(from old: Int, to new: Int, channels: Int = 1) -> AxisTaps {
        let scale = Double(old) / Double(new)
        return AxisTaps(from: old, to: new, channels: channels, edge: .repeated) {
            (Double($0) + 0.5) * scale - 0.5
        }
    }

    /// Scaling with nearest neighbour.
    static func nearest(from old: Int, to new: Int, channels: Int = 1) -> AxisTaps {
        let scale = Double(old) / Double(new)
        return AxisTaps(from: old, to: new, channels: channels, edge: .repeated) {
            min((Double($0) * scale).rounded(.down), Double(old - 1))
        }
    }

    /// Scaling about the middle, then a shift in pixels; black beyond the edges.
    static func affine(size: Int, scale: Float, shift: Double, channels: Int = 1) -> AxisTaps {
        let centre = Double(size - 1) / 2
        return AxisTaps(from: size, to: size, channels: channels, edge: .black) {
            (Double($0) - centre - shift) / Double(scale) + centre
        }
    }

    /// The C kernels' view, for the time of the call.
    private func withTaps<R>(_ body: (bw_taps) -> R) -> R {
        low.withUnsafeBufferPointer { low in
            high.withUnsafeBufferPointer { high in
                lowWeight.withUnsafeBufferPointer { lowWeight in
                    highWeight.withUnsafeBufferPointer { highWeight in
                        runEnds.withUnsafeBufferPointer { runEnds in
                            body(
                                bw_taps(
                                    low: low.baseAddress, high: high.baseAddress,
                                    low_weight: lowWeight.baseAddress,
                                    high_weight: highWeight.baseAddress,
                                    run_ends: runEnds.baseAddress, runs: runEnds.count))
                        }
                    }
                }
            }
        }
    }

    /// Resamples an interleaved picture whose rows hold `row` bytes.
    static func resample(
        _ target: UnsafeMutablePointer<UInt8>, from source: UnsafePointer<UInt8>, row: Int,
        x: AxisTaps, y: AxisTaps, scratch: BlendWorkspace
    ) {
        let line = scratch.line.room(row + x.low.count)
        x.withTaps { xTaps in
            y.withTaps { yTaps in
                bw_resample_u8(target, source, x.low.count, y.low.count, row, xTaps, yTaps, line)
            }
        }
    }

    /// Resamples a plane whose rows hold `row` floats.
    static func resample(
        _ target: UnsafeMutablePointer<Float>, from source: UnsafePointer<Float>, row: Int,
        x: AxisTaps, y: AxisTaps, scratch: BlendWorkspace
    ) {
        let line = scratch.line.room(row + x.low.count)
        x.withTaps { xTaps in
            y.withTaps { yTaps in
                bw_resample_f32(target, source, x.low.count, y.low.count, row, xTaps, yTaps, line)
            }
        }
    }
}
