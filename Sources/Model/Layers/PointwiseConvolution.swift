// PointwiseConvolution.swift — 1×1 convolution, which is also the fully connected layer: a product
// of the map seen as a matrix [rows, in] with the weights [out, in].

import CKernels
import Tensor

/// y = x · Wᵀ (+ b), W `[outChannels, inChannels]`. On `[n, 1, 1, c]` it is a linear layer.
public final class PointwiseConvolution: Layer {
    let weight: Int
    let bias: Int?
    let inChannels: Int
    let outChannels: Int
    private let biasIsRemoved: Bool
    private var input: Tensor?

    /// - Parameters:
    ///   - initializer: of the weights; by default normal with variance 2 / outChannels, the
    ///     fan-out rule that EfficientNet's convolutions are trained with.
    ///   - biasIsRemoved: see Note [Shifts that the next batch norm removes].
    public init(
        _ parameters: Parameters, _ name: String, _ inChannels: Int, _ outChannels: Int,
        bias: Bool = false, initializer: Initializer? = nil, biasIsRemoved: Bool = false
    ) {
        self.biasIsRemoved = biasIsRemoved
        self.inChannels = inChannels
        self.outChannels = outChannels
        weight = parameters.declare(
            name + ".weight", shape: [outChannels, inChannels],
            initializer ?? .normal((2 / Float(outChannels)).squareRoot()))
        self.bias = bias ? parameters.declare(name + ".bias", shape: [outChannels], .constant(0)) : nil
    }

    /// A fully connected layer with bias, initialised uniformly in ±1/√in as PyTorch's.
    public static func linear(
        _ parameters: Parameters, _ name: String, _ inputs: Int, _ outputs: Int,
        biasIsRemoved: Bool = false
    ) -> PointwiseConvolution {
        PointwiseConvolution(
            parameters, name, inputs, outputs, bias: true,
            initializer: .uniform(1 / Float(inputs).squareRoot()), biasIsRemoved: biasIsRemoved)
    }

    public func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        precondition(x.c == inChannels, "PointwiseConvolution: \(x.c) channels for \(inChannels)")
        let y = context.arena.allocate(n: x.n, h: x.h, w: x.w, c: outChannels)
        GEMM.multiply(
            pool: context.pool, products: context.products(pixels: x.pixels), transposeB: true, m: x.rows, n: outChannels, k: inChannels,
            a: x.data, lda: inChannels, b: context.parameters.value(weight), ldb: inChannels,
            c: y.data, ldc: outChannels)
        if let bias { bw_add_bias(y.data, context.parameters.value(bias), y.rows, Int32(outChannels)) }
        if context.keepsActivations { input = x } else { context.arena.release(x) }
        return y
    }

    public func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        let x = input!
        input = nil
        let parameters = context.parameters
        GEMM.multiply(
            pool: context.pool, products: context.products(pixels: x.pixels), transposeA: true, m: outChannels, n: inChannels, k: x.rows,
            a: dy.data, lda: outChannels, b: x.data, ldb: inChannels,
            beta: 1, c: parameters.gradient(weight), ldc: inChannels)
        if let bias {
            if !(biasIsRemoved && context.mode == .training) {
                bw_bias_gradient(dy.data, parameters.gradient(bias), dy.rows, Int32(outChannels))
            }
            try context.gradientReady(bias)
        }
        try context.gradientReady(weight)
        context.arena.release(x)
        let dx = context.arena.allocate(n: dy.n, h: dy.h, w: dy.w, c: inChannels)
        GEMM.multiply(
            pool: context.pool, products: context.products(pixels: dy.pixels), m: dy.rows, n: inChannels, k: outChannels,
            a: dy.data, lda: outChannels, b: parameters.value(weight), ldb: inChannels,
            c: dx.data, ldc: inChannels)
        context.arena.release(dy)
        return dx
    }
}
