// PlainLoops.swift — the kernels by their definition: loops without vectors, blocks or tricks. What
// `bench kernels` compares speeds with; the tests have twins of their own, in double.

import CKernels
import Foundation

/// Memory of one operand, filled with numbers around 0.
final class KernelOperand {
    let data: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        self.count = count
        data = UnsafeMutableRawPointer.allocate(byteCount: 4 * max(count, 1), alignment: 64)
            .bindMemory(to: Float.self, capacity: max(count, 1))
        for i in 0..<count { data[i] = Float(i &* 2_654_435_761 >> 7 & 1023) / 512 - 1 }
    }

    deinit { data.deallocate() }
}

enum PlainLoops {
    typealias Floats = UnsafeMutablePointer<Float>

    /// Multiplications that a twin is given, so that it ends in milliseconds.
    static let work = 4_000_000

    /// y `[m, n]` = x `[m, k]` · w, the weight of output j and input q at `j · strides.0 + q · strides.1`.
    static func product(_ m: Int, _ n: Int, _ k: Int, _ x: Floats, _ w: Floats, _ strides: (Int, Int), _ y: Floats) {
        for i in 0..<m {
            for j in 0..<n {
                var sum: Float = 0
                for q in 0..<k { sum += x[i * k + q] * w[j * strides.0 + q * strides.1] }
                y[i * n + j] = sum
            }
        }
    }

    /// w `[n, k]` = yᵀ · x over `m` rows.
    static func transposedProduct(_ n: Int, _ k: Int, _ m: Int, _ y: Floats, _ x: Floats, _ w: Floats) {
        for j in 0..<n {
            for q in 0..<k {
                var sum: Float = 0
                for i in 0..<m { sum += y[i * n + j] * x[i * k + q] }
                w[j * k + q] = sum
            }
        }
    }

    /// Calls `body` with (output, input, weight) of each product of the given lines of outputs, the output's
    /// products one after the other.
    @inline(__always)
    private static func overTaps(
        _ s: bw_depthwise_shape, _ channel: Int, _ oy: Int, _ ox: Int, _ body: (_ input: Int, _ weight: Int) -> Void
    ) {
        let (width, c, k) = (Int(s.w), Int(s.c), Int(s.k))
        for ky in 0..<k {
            for kx in 0..<k {
                let (iy, ix) = (oy * Int(s.stride) + ky - Int(s.pad_top), ox * Int(s.stride) + kx - Int(s.pad_left))
                guard iy >= 0 && iy < Int(s.h) && ix >= 0 && ix < width else { continue }
                body((iy * width + ix) * c + channel, (ky * k + kx) * c + channel)
            }
        }
    }

    /// Calls `body` with each output and weight that read an input.
    @inline(__always)
    private static func overReaders(
        _ s: bw_depthwise_shape, _ channel: Int, _ iy: Int, _ ix: Int, _ body: (_ output: Int, _ weight: Int) -> Void
    ) {
        let (c, k, stride) = (Int(s.c), Int(s.k), Int(s.stride))
        for ky in 0..<k {
            for kx in 0..<k {
                let (y, x) = (iy - ky + Int(s.pad_top), ix - kx + Int(s.pad_left))
                guard y >= 0 && x >= 0 && y % stride == 0 && x % stride == 0 else { continue }
                let (oy, ox) = (y / stride, x / stride)
                guard oy < Int(s.ho) && ox < Int(s.wo) else { continue }
                body((oy * Int(s.wo) + ox) * c + channel, (ky * k + kx) * c + channel)
            }
        }
    }

    /// The first `lines` lines of one sample's output.
    static func depthwise(_ s: bw_depthwise_shape, _ x: Floats, _ w: Floats, _ y: Floats, _ lines: Int) {
        let c = Int(s.c)
        for oy in 0..<lines {
            for ox in 0..<Int(s.wo) {
                for channel in 0..<c {
                    var sum: Float = 0
                    overTaps(s, channel, oy, ox) { sum += x[$0] * w[$1] }
                    y[(oy * Int(s.wo) + ox) * c + channel] = sum
                }
            }
        }
    }

    /// The first `lines` lines of one sample's input gradient.
    static func depthwiseInputGradient(_ s: bw_depthwise_shape, _ dy: Floats, _ w: Floats, _ dx: Floats, _ lines: Int) {
        let c = Int(s.c)
        for iy in 0..<lines {
            for ix in 0..<Int(s.w) {
                for channel in 0..<c {
                    var sum: Float = 0
                    overReaders(s, channel, iy, ix) { sum += dy[$0] * w[$1] }
                    dx[(iy * Int(s.w) + ix) * c + channel] = sum
                }
            }
        }
    }

    /// Adds what the first `lines` lines of one sample's output say of the weights.
    static func depthwiseWeightGradient(_ s: bw_depthwise_shape, _ x: Floats, _ dy: Floats, _ dw: Floats, _ lines: Int) {
        let c = Int(s.c)
        for oy in 0..<lines {
            for ox in 0..<Int(s.wo) {
                for channel in 0..<c {
                    let d = dy[(oy * Int(s.wo) + ox) * c + channel]
                    overTaps(s, channel, oy, ox) { dw[$1] += x[$0] * d }
                }
            }
        }
    }

    static func silu(_ x: Floats, _ count: Int) {
        for i in 0..<count { x[i] /= 1 + exp(-x[i]) }
    }

    static func adam(_ count: Int, _ p: Floats, _ g: Floats, _ m: Floats, _ v: Floats, _ step: bw_adam_step) {
        for i in 0..<count {
            let gradient = g[i] * step.gradient_scale + step.l2 * p[i]
            m[i] += (gradient - m[i]) * step.one_minus_beta1
            v[i] = v[i] * step.beta2 + gradient * gradient * step.one_minus_beta2
            p[i] = p[i] * step.keep - step.step_size * m[i] / (v[i].squareRoot() / step.correction2_sqrt + step.eps)
        }
    }

    static func sumOfSquares(_ count: Int, _ x: Floats) -> Double {
        var sum = 0.0
        for i in 0..<count { sum += Double(x[i]) * Double(x[i]) }
        return sum
    }
}

// The passes of nn_block.h over rows of c channels; sums hold c numbers and behind them c others.
extension PlainLoops {
    typealias Sums = UnsafeMutablePointer<Double>

    /// SiLU of x · scale + shift, and its derivative.
    @inline(__always)
    private static func activation(_ norm: bw_norm, _ x: Float, _ j: Int) -> (value: Float, slope: Float) {
        let z = x * norm.scale[j] + norm.shift[j]
        let s = 1 / (1 + exp(-z))
        return (z * s, s + z * s * (1 - s))
    }

    @inline(__always)
    private static func overRows(_ rows: Int, _ c: Int, _ body: (_ index: Int, _ channel: Int) -> Void) {
        for r in 0..<rows {
            for j in 0..<c { body(r * c + j, j) }
        }
    }

    /// `activated` has room for one sample's input.
    static func block(
        _ s: bw_depthwise_shape, _ norm: bw_norm, _ x: Floats, _ w: Floats, _ y: Floats, _ activated: Floats,
        _ lines: Int, _ sums: Sums
    ) {
        let c = Int(s.c)
        let needed = min(Int(s.h), lines * Int(s.stride) + Int(s.k))
        overRows(needed * Int(s.w), c) { activated[$0] = activation(norm, x[$0], $1).value }
        depthwise(s, activated, w, y, lines)
        self.sums(y, lines * Int(s.wo), c, sums)
    }

    /// `behind` is the norm behind the convolution: y, dz, and a, b, d of its input gradient.
    static func blockBackward(
        _ s: bw_depthwise_shape, _ norm: bw_norm, _ x: Floats, _ behind: (Floats, Floats, Floats, Floats, Floats),
        _ w: Floats, _ dx: Floats, _ dw: Floats, _ lines: Int, _ sums: Sums
    ) {
        let c = Int(s.c)
        let (y, dz, a, b, d) = behind
        overRows(lines * Int(s.w), c) { index, j in
            let (iy, ix) = (index / c / Int(s.w), index / c % Int(s.w))
            let (value, slope) = activation(norm, x[index], j)
            var sum: Float = 0
            overReaders(s, j, iy, ix) {
                let gradient = a[j] * dz[$0] + b[j] * y[$0] + d[j]
                sum += gradient * w[$1]
                dw[$1] += gradient * value
            }
            dx[index] = sum * slope
            sums[j] += Double(dx[index])
            sums[c + j] += Double(dx[index] * (x[index] - norm.mean[j]) * norm.invstd[j])
        }
    }

    /// act(z), times `gate` to `y`, or added to `pooled`.
    static func gate(
        _ norm: bw_norm, _ x: Floats, _ rows: Int, _ c: Int, _ gate: Floats?, _ y: Floats?, _ pooled: Floats?
    ) {
        overRows(rows, c) {
            let value = activation(norm, x[$0], $1).value
            if let gate, let y { y[$0] = value * gate[$1] }
            if let pooled { pooled[$1] += value }
        }
    }

    static func gateBackward(
        _ norm: bw_norm, _ x: Floats, _ dy: Floats, _ rows: Int, _ c: Int, _ gate: Floats, _ y: Floats, _ dgate: Floats
    ) {
        overRows(rows, c) {
            let value = activation(norm, x[$0], $1).value
            dgate[$1] += value * dy[$0]
            y[$0] = value * gate[$1]
        }
    }

    static func gateSums(_ norm: bw_norm, _ x: Floats, _ d: Floats, _ rows: Int, _ c: Int, _ gate: Floats, _ sums: Sums) {
        overRows(rows, c) {
            d[$0] = d[$0] * gate[$1] * activation(norm, x[$0], $1).slope
            sums[$1] += Double(d[$0])
            sums[c + $1] += Double(d[$0] * (x[$0] - norm.mean[$1]) * norm.invstd[$1])
        }
    }

    static func sums(_ x: Floats, _ rows: Int, _ c: Int, _ sums: Sums) {
        overRows(rows, c) {
            sums[$1] += Double(x[$0])
            sums[c + $1] += Double(x[$0] * x[$0])
        }
    }

    static func residual(_ norm: bw_norm, _ x: Floats, _ rows: Int, _ c: Int, _ residual: Floats, _ y: Floats) {
        overRows(rows, c) { y[$0] = x[$0] * norm.scale[$1] + norm.shift[$1] + residual[$0] }
    }

    static func residualSums(_ norm: bw_norm, _ x: Floats, _ dy: Floats, _ rows: Int, _ c: Int, _ sums: Sums) {
        overRows(rows, c) {
            sums[$1] += Double(dy[$0])
            sums[c + $1] += Double(dy[$0] * (x[$0] - norm.mean[$1]) * norm.invstd[$1])
        }
    }

    static func apply(
        _ x: Floats, _ dz: Floats, _ rows: Int, _ c: Int, _ coefficients: (Floats, Floats, Floats), _ dx: Floats
    ) {
        let (a, b, d) = coefficients
        overRows(rows, c) { dx[$0] = a[$1] * dz[$0] + b[$1] * x[$0] + d[$1] }
    }
}
