// SpreadingConvolution.swift — a transposed convolution from one pixel to a whole map, whose kernel
// is the map's size: a product.

import CKernels
import Tensor

/// `[n, 1, 1, in]` → `[n, size, size, out]`. Weights `[in, size, size, out]`.
///
/// The bias is the same all over the map, and a 1×1 convolution and a batch norm follow: it gets no
/// gradient in training, see Note [Shifts that the next batch norm removes].
package final class SpreadingConvolution: Layer {
    private let weight: Int
    private let bias: Int
    private let inChannels: Int
    private let outChannels: Int
    private let size: Int
    private var input: Tensor?
    private var width: Int { size * size * outChannels }

    package init(_ parameters: Parameters, _ name: String, _ inChannels: Int, _ outChannels: Int, size: Int) {
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.size = size
        // Each output number is a sum over the input channels alone.
        weight = parameters.declare(
            name + ".weight", shape: [inChannels, size, size, outChannels],
            .uniform(1 / Float(inChannels).squareRoot()))
        bias = parameters.declare(name + ".bias", shape: [outChannels], .constant(0))
    }

    package func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        let y = context.arena.allocate(n: x.n, h: size, w: size, c: outChannels)
        GEMM.multiply(
            pool: context.pool, m: x.n, n: width, k: inChannels, a: x.data, lda: inChannels,
            b: context.parameters.value(weight), ldb: width, c: y.data, ldc: width)
        bw_add_bias(y.data, context.parameters.value(bias), y.rows, Int32(outChannels))
        if context.keepsActivations { input = x } else { context.arena.release(x) }
        return y
    }

    package func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        let x = input!
        input = nil
        let parameters = context.parameters
        GEMM.multiply(
            pool: context.pool, transposeA: true, m: inChannels, n: width, k: x.n,
            a: x.data, lda: inChannels, b: dy.data, ldb: width,
            beta: 1, c: parameters.gradient(weight), ldc: width)
        if context.mode != .training {
            bw_bias_gradient(dy.data, parameters.gradient(bias), dy.rows, Int32(outChannels))
        }
        try context.gradientReady(bias)
        try context.gradientReady(weight)
        context.arena.release(x)
        let dx = context.arena.allocate(n: dy.n, c: inChannels)
        GEMM.multiply(
            pool: context.pool, transposeB: true, m: dy.n, n: inChannels, k: width,
            a: dy.data, lda: width, b: parameters.value(weight), ldb: width,
            c: dx.data, ldc: inChannels)
        context.arena.release(dy)
        return dx
    }
}
