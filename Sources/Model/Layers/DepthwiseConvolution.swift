// DepthwiseConvolution.swift — one k×k kernel per channel, through the direct kernels.

import CKernels
import Tensor

/// Depthwise convolution, k = 3 or 5, stride 1 or 2. Weights `[k, k, channels]`.
public final class DepthwiseConvolution: Layer {
    let weight: Int
    private let channels: Int
    private let kernel: Int
    private let stride: Int
    private let padding: AxisPadding
    private var input: Tensor?

    package init(
        _ parameters: Parameters, _ name: String, channels: Int, kernel: Int, stride: Int,
        padding: AxisPadding
    ) {
        precondition((kernel == 3 || kernel == 5) && (stride == 1 || stride == 2))
        self.channels = channels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        weight = parameters.declare(
            name + ".weight", shape: [kernel, kernel, channels],
            .normal((2 / Float(kernel * kernel)).squareRoot()))
    }

    func shape(_ x: Tensor) -> bw_depthwise_shape {
        let ho = padding.output(size: x.h, kernel: kernel, stride: stride)
        let wo = padding.output(size: x.w, kernel: kernel, stride: stride)
        precondition(ho > 0 && wo > 0, "DepthwiseConvolution: nothing is left of \(x.h)×\(x.w) pixels")
        return bw_depthwise_shape(
            h: Int32(x.h), w: Int32(x.w), c: Int32(x.c), ho: Int32(ho), wo: Int32(wo),
            k: Int32(kernel), stride: Int32(stride), pad_top: Int32(padding.before),
            pad_left: Int32(padding.before))
    }

    public func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        precondition(x.c == channels, "DepthwiseConvolution: \(x.c) channels for \(channels)")
        let shape = shape(x)
        let y = context.arena.allocate(n: x.n, h: Int(shape.ho), w: Int(shape.wo), c: channels)
        let w = context.parameters.value(weight)
        Self.overLines(context.pool, samples: x.n, lines: y.h) { sample, lines in
            withUnsafePointer(to: shape) {
                bw_depthwise_forward(
                    $0, x.samples(sample..<sample + 1).data, w, y.samples(sample..<sample + 1).data,
                    Int32(lines.lowerBound), Int32(lines.upperBound))
            }
        }
        if context.keepsActivations { input = x } else { context.arena.release(x) }
        return y
    }

    public func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        let x = input!
        input = nil
        let shape = shape(x)
        let arena = context.arena
        weightGradient(x, dy, shape, context)
        try context.gradientReady(weight)
        arena.release(x)

        let flipped = flippedWeight(context)
        let dx = arena.allocate(n: x.n, h: x.h, w: x.w, c: channels)
        Self.overLines(context.pool, samples: x.n, lines: x.h) { sample, lines in
            withUnsafePointer(to: shape) {
                bw_depthwise_backward_input(
                    $0, dy.samples(sample..<sample + 1).data, flipped.data,
                    dx.samples(sample..<sample + 1).data, Int32(lines.lowerBound),
                    Int32(lines.upperBound))
            }
        }
        arena.release(flipped)
        arena.release(dy)
        return dx
    }

    /// The weight with its taps in reverse order, to be released by the caller.
    func flippedWeight(_ context: Context) -> Tensor {
        let taps = kernel * kernel
        let flipped = context.arena.allocate(n: taps, c: channels)
        let w = context.parameters.value(weight)
        for tap in 0..<taps {
            (flipped.data + tap * channels).update(from: w + (taps - 1 - tap) * channels, count: channels)
        }
        return flipped
    }

    /// Sums over fixed parts of the batch's lines, added in order.
    private func weightGradient(
        _ x: Tensor, _ dy: Tensor, _ shape: bw_depthwise_shape, _ context: Context
    ) {
        let lines = dy.n * dy.h
        let size = kernel * kernel * channels
        let partial = context.arena.zeros(n: reductionParts, c: size)
        context.pool.run(tasks: reductionParts) { part in
            var line = lines * part / reductionParts
            let end = lines * (part + 1) / reductionParts
            while line < end {
                let sample = line / dy.h
                let last = min(end - sample * dy.h, dy.h)
                withUnsafePointer(to: shape) {
                    bw_depthwise_backward_weight(
                        $0, x.samples(sample..<sample + 1).data, dy.samples(sample..<sample + 1).data,
                        partial.data + part * size, Int32(line - sample * dy.h), Int32(last))
                }
                line = sample * dy.h + last
            }
        }
        let gradient = context.parameters.gradient(weight)
        for part in 0..<reductionParts {
            bw_add_scaled(gradient, partial.data + part * size, size, 1)
        }
        context.arena.release(partial)
    }

    /// Shares out the lines of all samples.
    private static func overLines(
        _ pool: ThreadPool, samples: Int, lines: Int, _ body: (Int, Range<Int>) -> Void
    ) {
        pool.forRanges(samples * lines, grain: 8) { range in
            var line = range.lowerBound
            while line < range.upperBound {
                let sample = line / lines
                let last = min(range.upperBound, (sample + 1) * lines)
                body(sample, line - sample * lines..<last - sample * lines)
                line = last
            }
        }
    }
}
