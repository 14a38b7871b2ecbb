// Convolution.swift — a k×k convolution as im2col and a product; for the stem, the attention and
// the transition blocks. The backbone's bulk is pointwise and depthwise and has its own layers.

import CKernels
import Tensor

/// k×k convolution. Weights `[outChannels, k, k, inChannels]`.
public final class Convolution: Layer {
    private let weight: Int
    private let bias: Int?
    private let inChannels: Int
    private let outChannels: Int
    private let kernel: Int
    private let stride: Int
    private let padding: AxisPadding
    private let needsInputGradient: Bool
    private var input: Tensor?

    /// - Parameter needsInputGradient: false for the first layer, whose input is the image.
    package init(
        _ parameters: Parameters, _ name: String, _ inChannels: Int, _ outChannels: Int, kernel: Int,
        stride: Int = 1, padding: AxisPadding, bias: Bool = false, needsInputGradient: Bool = true
    ) {
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.needsInputGradient = needsInputGradient
        weight = parameters.declare(
            name + ".weight", shape: [outChannels, kernel, kernel, inChannels],
            .normal((2 / Float(kernel * kernel * outChannels)).squareRoot()))
        self.bias = bias ? parameters.declare(name + ".bias", shape: [outChannels], .constant(0)) : nil
    }

    private var patch: Int { kernel * kernel * inChannels }

    public func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        precondition(x.c == inChannels, "Convolution: \(x.c) channels for \(inChannels)")
        let ho = padding.output(size: x.h, kernel: kernel, stride: stride)
        let wo = padding.output(size: x.w, kernel: kernel, stride: stride)
        precondition(ho > 0 && wo > 0, "Convolution: nothing is left of \(x.h)×\(x.w) pixels")
        let y = context.arena.allocate(n: x.n, h: ho, w: wo, c: outChannels)
        overPieces(of: y, context) { rows, columns in
            im2col(x, columns, rows: rows, ho: ho, wo: wo, context.pool)
            GEMM.multiply(
                pool: context.pool, products: context.products(pixels: y.pixels), transposeB: true, m: rows.count, n: outChannels, k: patch,
                a: columns.data, lda: patch, b: context.parameters.value(weight), ldb: patch,
                c: y.data + rows.lowerBound * outChannels, ldc: outChannels)
        }
        if let bias { bw_add_bias(y.data, context.parameters.value(bias), y.rows, Int32(outChannels)) }
        if context.keepsActivations { input = x } else { context.arena.release(x) }
        return y
    }

    public func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        let x = input!
        input = nil
        let (ho, wo) = (dy.h, dy.w)
        let parameters = context.parameters
        overPieces(of: dy, context) { rows, columns in
            im2col(x, columns, rows: rows, ho: ho, wo: wo, context.pool)
            GEMM.multiply(
                pool: context.pool, products: context.products(pixels: dy.pixels), transposeA: true, m: outChannels, n: patch, k: rows.count,
                a: dy.data + rows.lowerBound * outChannels, lda: outChannels, b: columns.data, ldb: patch,
                beta: 1, c: parameters.gradient(weight), ldc: patch)
        }
        if let bias {
            bw_bias_gradient(dy.data, parameters.gradient(bias), dy.rows, Int32(outChannels))
            try context.gradientReady(bias)
        }
        try context.gradientReady(weight)
        context.arena.release(x)
        guard needsInputGradient else {
            context.arena.release(dy)
            return context.arena.allocate(n: 0, c: inChannels)
        }
        let dx = context.arena.zeros(n: x.n, h: x.h, w: x.w, c: inChannels)
        let pixels = ho * wo
        overPieces(of: dy, context) { rows, columns in
            GEMM.multiply(
                pool: context.pool, products: context.products(pixels: pixels), m: rows.count, n: patch, k: outChannels,
                a: dy.data + rows.lowerBound * outChannels, lda: outChannels,
                b: parameters.value(weight), ldb: patch, c: columns.data, ldc: patch)
            context.pool.forRanges(rows.count / pixels) { samples in
                for sample in samples {
                    bw_col2im(
                        columns.data + sample * pixels * patch,
                        dx.data + (rows.lowerBound / pixels + sample) * x.pixels * inChannels,
                        Int32(x.h), Int32(x.w), Int32(inChannels), Int32(kernel), Int32(stride),
                        Int32(padding.before), Int32(padding.before), Int32(ho), Int32(wo))
                }
            }
        }
        context.arena.release(dy)
        return dx
    }

    /// Goes over whole samples in pieces whose patches stay near 8 MB, so that the matrix of patches
    /// is in the cache when the product reads it and memory does not grow with the batch.
    private func overPieces(of y: Tensor, _ context: Context, _ body: (Range<Int>, Tensor) -> Void) {
        let samples = min(max(1, (2 << 20) / max(y.pixels * patch, 1)), max(y.n, 1))
        let columns = context.arena.allocate(n: samples * y.pixels, c: patch)
        var first = 0
        while first < y.n {
            let last = min(first + samples, y.n)
            body(first * y.pixels..<last * y.pixels, columns)
            first = last
        }
        context.arena.release(columns)
    }

    private func im2col(
        _ x: Tensor, _ columns: Tensor, rows: Range<Int>, ho: Int, wo: Int, _ pool: ThreadPool
    ) {
        pool.forRanges(rows.count, grain: 64) { part in
            bw_im2col(
                x.data, columns.data + part.lowerBound * patch, rows.lowerBound + part.lowerBound,
                rows.lowerBound + part.upperBound, Int32(x.h), Int32(x.w), Int32(inChannels),
                Int32(kernel), Int32(stride), Int32(padding.before), Int32(padding.before), Int32(ho),
                Int32(wo))
        }
    }
}
