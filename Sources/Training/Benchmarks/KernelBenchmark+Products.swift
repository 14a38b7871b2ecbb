// KernelBenchmark+Products.swift — the kernels that could stand alone: convolutions, and what goes over flat
// arrays.

import CKernels
import Model

extension KernelBenchmark {
    func pointwise(_ shape: LayerShapes.Pointwise, _ layers: Int) -> [Kernel] {
        let (m, k, n) = (batch * shape.size * shape.size, shape.inputs, shape.outputs)
        let (x, w, y) = (KernelOperand(count: m * k), KernelOperand(count: n * k), KernelOperand(count: m * n))
        let gradient = KernelOperand(count: n * k)
        let kind = products.kind
        let packed = KernelOperand(count: max(bw_gemm_packed_count(kind, n, k), bw_gemm_packed_count(kind, k, n)))
        let flops = 2 * Double(m) * Double(n) * Double(k)
        let floats = m * k + n * k + m * n
        let text = "\(batch)×\(shape.size)² \(k)→\(n)"
        let rows = min(m, max(1, PlainLoops.work / (n * k)))
        let share = Double(rows) / Double(m)
        return [
            measure("pointwise", text, layers: layers, flops: flops, floats: floats) {
                bw_gemm_pack(kind, w.data, k, 1, n, k, packed.data, 0, 1)
                bw_gemm_packed(kind, m, n, k, x.data, k, packed.data, 0, y.data, n, nil)
            } twin: {
                (share, { PlainLoops.product(rows, n, k, x.data, w.data, (k, 1), y.data) })
            },
            measure("pointwise, input gradient", text, layers: layers, flops: flops, floats: floats) {
                bw_gemm_pack(kind, w.data, k, 0, k, n, packed.data, 0, 1)
                bw_gemm_packed(kind, m, k, n, y.data, n, packed.data, 0, x.data, k, nil)
            } twin: {
                (share, { PlainLoops.product(rows, k, n, y.data, w.data, (1, k), x.data) })
            },
            measure("pointwise, weight gradient", text, layers: layers, flops: flops, floats: floats) {
                bw_gemm_tn(kind, n, k, m, y.data, n, x.data, k, 0, gradient.data, k)
            } twin: {
                (share, { PlainLoops.transposedProduct(n, k, rows, y.data, x.data, gradient.data) })
            },
        ]
    }

    func depthwise(_ shape: LayerShapes.Depthwise, _ layers: Int) -> [Kernel] {
        let map = DepthwiseMap(shape, batch: batch)
        var s = map.shape
        let c = shape.channels
        let (x, y) = (KernelOperand(count: batch * map.inputs), KernelOperand(count: batch * map.outputs))
        let (w, gradient) = (KernelOperand(count: map.taps * c), KernelOperand(count: map.taps * c))
        var tile = bw_depthwise_tile(
            h: s.h, w: s.w, wo: s.wo, k: s.k, stride: s.stride, pad_top: s.pad_top, pad_left: s.pad_left, c: s.c,
            x_pixel: c, y_pixel: c, w_tap: c)
        let floats = batch * (map.inputs + map.outputs)
        let (lines, share) = map.plainLines(of: shape.outputSize)
        let (inputLines, inputShare) = map.plainLines(of: shape.size)
        func overSamples(_ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void) {
            for sample in 0..<batch { body(x.data + sample * map.inputs, y.data + sample * map.outputs) }
        }
        return [
            measure("depthwise", map.text, layers: layers, flops: map.flops, floats: floats) {
                overSamples { bw_depthwise_forward(&s, $0, w.data, $1, 0, s.ho) }
            } twin: {
                (share, { PlainLoops.depthwise(s, x.data, w.data, y.data, lines) })
            },
            measure("depthwise, input gradient", map.text, layers: layers, flops: map.flops, floats: floats) {
                overSamples { bw_depthwise_backward_input(&s, $1, w.data, $0, 0, s.h) }
            } twin: {
                (inputShare, { PlainLoops.depthwiseInputGradient(s, y.data, w.data, x.data, inputLines) })
            },
            measure("depthwise, weight gradient", map.text, layers: layers, flops: map.flops, floats: floats) {
                overSamples { bw_depthwise_backward_weight(&s, $0, $1, gradient.data, 0, s.ho) }
            } twin: {
                (share, { PlainLoops.depthwiseWeightGradient(s, x.data, y.data, gradient.data, lines) })
            },
            measure("depthwise + SiLU, inference", map.text, layers: layers, flops: map.flops, floats: floats) {
                overSamples {
                    bw_depthwise_silu(&tile, $0, 0, w.data, gradient.data, $1, 0, s.ho, gradient.data + c)
                }
            } twin: {
                (
                    share,
                    {
                        PlainLoops.depthwise(s, x.data, w.data, y.data, lines)
                        PlainLoops.silu(y.data, lines * shape.outputSize * c)
                    }
                )
            },
        ]
    }

    func flat() -> [Kernel] {
        let count = 1 << 24
        let operands = (0..<4).map { _ in KernelOperand(count: count) }
        defer { withExtendedLifetime(operands) {} }  // its pointers alone are used below
        let (parameters, gradient, m, v) = (operands[0].data, operands[1].data, operands[2].data, operands[3].data)
        var step = bw_adam_step()
        step.gradient_scale = 1
        step.keep = 1
        step.beta2 = 0.999
        step.one_minus_beta1 = 0.1
        step.one_minus_beta2 = 0.001
        step.step_size = 1e-6
        step.correction2_sqrt = 1
        step.eps = 1e-8
        for i in 0..<count { v[i] = abs(v[i]) }
        let some = 1 << 20
        let share = Double(some) / Double(count)
        return [
            measure("Adam", "\(count)", layers: 1, flops: 0, floats: 7 * count) {
                bw_adam(count, parameters, gradient, m, v, step)
            } twin: {
                (share, { PlainLoops.adam(some, parameters, gradient, m, v, step) })
            },
            measure("sum of squares", "\(count)", layers: 1, flops: 0, floats: count) {
                _ = bw_sum_of_squares(count, parameters)
            } twin: {
                (share, { gradient[0] = Float(PlainLoops.sumOfSquares(some, parameters)) })
            },
        ]
    }
}

/// Counts of one depthwise convolution.
struct DepthwiseMap {
    let shape: bw_depthwise_shape
    /// Numbers of a sample.
    let inputs: Int
    let outputs: Int
    let taps: Int
    let text: String
    let flops: Double
    private let batch: Int

    init(_ layer: LayerShapes.Depthwise, batch: Int) {
        let c = layer.channels
        shape = bw_depthwise_shape(
            h: Int32(layer.size), w: Int32(layer.size), c: Int32(c), ho: Int32(layer.outputSize),
            wo: Int32(layer.outputSize), k: Int32(layer.kernel), stride: Int32(layer.stride),
            pad_top: Int32(layer.padding), pad_left: Int32(layer.padding))
        inputs = layer.size * layer.size * c
        outputs = layer.outputSize * layer.outputSize * c
        taps = layer.kernel * layer.kernel
        text = "\(batch)×\(layer.size)²×\(c) \(layer.kernel)×\(layer.kernel)/\(layer.stride)"
        flops = 2 * Double(batch * outputs * taps)
        self.batch = batch
    }

    /// How many of a sample's `size` lines a plain twin is given, and what share of the batch they are.
    func plainLines(of size: Int) -> (lines: Int, share: Double) {
        let lines = min(size, max(1, PlainLoops.work * size / (outputs * taps)))
        return (lines, Double(lines) / Double(batch * size))
    }
}
