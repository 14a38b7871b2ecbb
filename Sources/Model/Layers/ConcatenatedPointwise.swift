// ConcatenatedPointwise.swift — 1×1 convolution of several maps side by side, which are never copied
// together: the product is a sum of products, one per map.

import CKernels
import Tensor

/// y = Σᵢ xᵢ · Wᵢᵀ (+ b), W = [W₁ W₂ …] of shape `[outChannels, Σ inChannels]`.
package final class ConcatenatedPointwise {
    private let weight: Int
    private let bias: Int?
    private let widths: [Int]
    private let outChannels: Int
    private let biasIsRemoved: Bool
    private var inputs: [Tensor] = []
    private var width: Int { widths.reduce(0, +) }

    /// - Parameter biasIsRemoved: see Note [Shifts that the next batch norm removes].
    package init(
        _ parameters: Parameters, _ name: String, _ widths: [Int], _ outChannels: Int, bias: Bool,
        biasIsRemoved: Bool = false
    ) {
        self.biasIsRemoved = biasIsRemoved
        self.widths = widths
        self.outChannels = outChannels
        weight = parameters.declare(
            name + ".weight", shape: [outChannels, widths.reduce(0, +)],
            .normal((2 / Float(outChannels)).squareRoot()))
        self.bias = bias ? parameters.declare(name + ".bias", shape: [outChannels], .constant(0)) : nil
    }

    /// Takes over `xs`: maps of equal size, in the order of the widths.
    package func forward(_ xs: [Tensor], _ context: Context) -> Tensor {
        precondition(xs.map(\.c) == widths, "ConcatenatedPointwise: \(xs.map(\.c)) for \(widths)")
        let y = context.arena.allocate(n: xs[0].n, h: xs[0].h, w: xs[0].w, c: outChannels)
        var column = 0
        for (index, x) in xs.enumerated() {
            GEMM.multiply(
                pool: context.pool, products: context.products(pixels: y.pixels), transposeB: true, m: y.rows, n: outChannels, k: x.c,
                a: x.data, lda: x.c, b: context.parameters.value(weight) + column, ldb: width,
                beta: index == 0 ? 0 : 1, c: y.data, ldc: outChannels)
            column += x.c
        }
        if let bias { bw_add_bias(y.data, context.parameters.value(bias), y.rows, Int32(outChannels)) }
        if context.keepsActivations { inputs = xs } else { xs.forEach(context.arena.release) }
        return y
    }

    /// dL/dx of each input, or nil where `wanted` says that nobody asks.
    package func backward(_ dy: Tensor, wanted: [Bool], _ context: Context) throws -> [Tensor?] {
        let parameters = context.parameters
        var gradients: [Tensor?] = []
        var column = 0
        for (x, wanted) in zip(inputs, wanted) {
            GEMM.multiply(
                pool: context.pool, products: context.products(pixels: dy.pixels), transposeA: true, m: outChannels, n: x.c, k: x.rows,
                a: dy.data, lda: outChannels, b: x.data, ldb: x.c,
                beta: 1, c: parameters.gradient(weight) + column, ldc: width)
            if wanted {
                let dx = context.arena.allocate(n: x.n, h: x.h, w: x.w, c: x.c)
                GEMM.multiply(
                    pool: context.pool, products: context.products(pixels: dy.pixels), m: dy.rows, n: x.c, k: outChannels,
                    a: dy.data, lda: outChannels, b: parameters.value(weight) + column, ldb: width,
                    c: dx.data, ldc: x.c)
                gradients.append(dx)
            } else {
                gradients.append(nil)
            }
            column += x.c
            context.arena.release(x)
        }
        inputs = []
        if let bias {
            if !(biasIsRemoved && context.mode == .training) {
                bw_bias_gradient(dy.data, parameters.gradient(bias), dy.rows, Int32(outChannels))
            }
            try context.gradientReady(bias)
        }
        try context.gradientReady(weight)
        context.arena.release(dy)
        return gradients
    }
}
