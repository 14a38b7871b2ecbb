// KernelBenchmark+Blocks.swift — the fused passes of an inverted bottleneck in training (nn_block.h), and the
// batch norm that stands alone.

import CKernels
import Model

extension KernelBenchmark {
    /// The depthwise convolution with the norm and activation in front of it and the sums for the norm behind.
    func block(_ shape: LayerShapes.Depthwise, _ layers: Int) -> [Kernel] {
        let map = DepthwiseMap(shape, batch: batch)
        var s = map.shape
        let c = shape.channels
        let (x, y) = (KernelOperand(count: batch * map.inputs), KernelOperand(count: batch * map.outputs))
        let (dx, dz) = (KernelOperand(count: batch * map.inputs), KernelOperand(count: batch * map.outputs))
        let (w, dw) = (KernelOperand(count: map.taps * c), KernelOperand(count: map.taps * c))
        let scratch = KernelOperand(count: bw_block_scratch(&s))
        let vectors = NormVectors(c)
        defer { withExtendedLifetime(vectors) {} }  // its pointers alone are used below
        let (a, b, d, norm) = (vectors.a, vectors.b, vectors.d, vectors.norm)
        let (lines, share) = map.plainLines(of: shape.outputSize)
        let (inputLines, inputShare) = map.plainLines(of: shape.size)
        return [
            measure(
                "norm + SiLU + depthwise", map.text, layers: layers, flops: map.flops,
                floats: batch * (map.inputs + map.outputs)
            ) {
                withUnsafePointer(to: norm) { norm in
                    for sample in 0..<batch {
                        bw_block_depthwise(
                            &s, norm, x.data + sample * map.inputs, w.data, y.data + sample * map.outputs, 0, s.ho,
                            vectors.sums, vectors.sums + c, scratch.data)
                    }
                }
            } twin: {
                (share, { PlainLoops.block(s, norm, x.data, w.data, y.data, dx.data, lines, vectors.sums) })
            },
            measure(
                "norm + SiLU + depthwise, gradients", map.text, layers: layers, flops: 2 * map.flops,
                floats: 2 * batch * (map.inputs + map.outputs)
            ) {
                withUnsafePointer(to: norm) { norm in
                    for sample in 0..<batch {
                        let (start, outputStart) = (sample * map.inputs, sample * map.outputs)
                        bw_block_depthwise_backward(
                            &s, norm, x.data + start, y.data + outputStart, dz.data + outputStart, a, b, d, w.data,
                            dx.data + start, dw.data, 0, s.h, vectors.sums, vectors.sums + c, scratch.data)
                    }
                }
            } twin: {
                (
                    inputShare,
                    {
                        PlainLoops.blockBackward(
                            s, norm, x.data, (y.data, dz.data, a, b, d), w.data, dx.data, dw.data, inputLines,
                            vectors.sums)
                    }
                )
            },
        ]
    }

    /// The passes over the depthwise convolution's output: pooling, gate, their gradients.
    func gated(_ shape: LayerShapes.Map, _ layers: Int) -> [Kernel] {
        let (pixels, c) = (shape.size * shape.size, shape.channels)
        let count = batch * pixels * c
        let (x, y, dy) = (KernelOperand(count: count), KernelOperand(count: count), KernelOperand(count: count))
        let vectors = NormVectors(c)
        defer { withExtendedLifetime(vectors) {} }  // its pointers alone are used below
        let (gate, sum, sums, norm) = (vectors.a, vectors.b, vectors.sums, vectors.norm)
        let text = "\(batch)×\(shape.size)²×\(c)"
        let (width, rows) = (Int32(c), min(pixels, max(1, PlainLoops.work / (8 * c))))
        let share = Double(rows) / Double(batch * pixels)
        func overSamples(_ body: (UnsafePointer<bw_norm>, Int) -> Void) {
            withUnsafePointer(to: norm) { norm in
                for sample in 0..<batch { body(norm, sample * pixels * c) }
            }
        }
        return [
            measure("norm + SiLU + pooling", text, layers: layers, flops: 0, floats: count) {
                overSamples { bw_norm_pool($0, x.data + $1, pixels, width, sum) }
            } twin: {
                (share, { PlainLoops.gate(norm, x.data, rows, c, nil, nil, sum) })
            },
            measure("norm + SiLU + gate", text, layers: layers, flops: 0, floats: 2 * count) {
                overSamples { bw_norm_gate($0, x.data + $1, pixels, width, gate, y.data + $1) }
            } twin: {
                (share, { PlainLoops.gate(norm, x.data, rows, c, gate, y.data, nil) })
            },
            measure("norm + SiLU + gate, gate's gradient", text, layers: layers, flops: 0, floats: 3 * count) {
                overSamples {
                    bw_norm_gate_backward($0, x.data + $1, dy.data + $1, pixels, width, gate, y.data + $1, sum)
                }
            } twin: {
                (share, { PlainLoops.gateBackward(norm, x.data, dy.data, rows, c, gate, y.data, sum) })
            },
            measure("norm + SiLU + gate, gradient's sums", text, layers: layers, flops: 0, floats: 3 * count) {
                overSamples {
                    bw_norm_gate_sums($0, x.data + $1, dy.data + $1, pixels, width, gate, sum, sums, sums + c)
                }
            } twin: {
                (share, { PlainLoops.gateSums(norm, x.data, dy.data, rows, c, gate, sums) })
            },
        ]
    }

    /// The norm behind the projection with the residual, and the same norm alone: what is left of a batch norm
    /// when its sums have been taken elsewhere.
    func projected(_ shape: LayerShapes.Map, _ layers: Int) -> [Kernel] {
        let (all, c) = (batch * shape.size * shape.size, shape.channels)
        let count = all * c
        let (x, y, dy) = (KernelOperand(count: count), KernelOperand(count: count), KernelOperand(count: count))
        let vectors = NormVectors(c)
        defer { withExtendedLifetime(vectors) {} }  // its pointers alone are used below
        let (norm, sums) = (vectors.norm, vectors.sums)
        let text = "\(batch)×\(shape.size)²×\(c)"
        let rows = min(all, max(1, PlainLoops.work / c))
        let share = Double(rows) / Double(all)
        return [
            measure("batch norm's sums", text, layers: layers, flops: 0, floats: count) {
                bw_bn_sums(x.data, all, Int32(c), sums, sums + c)
            } twin: {
                (share, { PlainLoops.sums(x.data, rows, c, sums) })
            },
            measure("norm + residual", text, layers: layers, flops: 0, floats: 3 * count) {
                bw_norm_residual(x.data, all, Int32(c), norm.scale, norm.shift, 1, dy.data, y.data)
            } twin: {
                (share, { PlainLoops.residual(norm, x.data, rows, c, dy.data, y.data) })
            },
            measure("norm + residual, gradient's sums", text, layers: layers, flops: 0, floats: 2 * count) {
                bw_norm_residual_sums(x.data, dy.data, all, Int32(c), norm.mean, norm.invstd, 1, sums, sums + c)
            } twin: {
                (share, { PlainLoops.residualSums(norm, x.data, dy.data, rows, c, sums) })
            },
            measure("norm, input gradient", text, layers: layers, flops: 0, floats: 3 * count) {
                bw_norm_apply(x.data, dy.data, all, Int32(c), vectors.a, vectors.b, vectors.d, y.data)
            } twin: {
                (
                    share,
                    { PlainLoops.apply(x.data, dy.data, rows, c, (vectors.a, vectors.b, vectors.d), y.data) }
                )
            },
        ]
    }
}

/// The vectors of a norm over `c` channels, and room for sums.
private final class NormVectors {
    private let floats: KernelOperand
    private let c: Int
    let sums: UnsafeMutablePointer<Double>

    init(_ c: Int) {
        self.c = c
        floats = KernelOperand(count: 7 * c)
        sums = .allocate(capacity: 2 * c)
        sums.initialize(repeating: 0, count: 2 * c)
    }

    deinit { sums.deallocate() }

    var norm: bw_norm {
        bw_norm(
            scale: vector(0), shift: vector(1), mean: vector(2), invstd: vector(3), activation: Int32(BW_ACT_SILU))
    }
    var a: UnsafeMutablePointer<Float> { vector(4) }
    var b: UnsafeMutablePointer<Float> { vector(5) }
    var d: UnsafeMutablePointer<Float> { vector(6) }

    private func vector(_ index: Int) -> UnsafeMutablePointer<Float> { floats.data + index * c }
}
