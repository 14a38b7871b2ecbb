// AttributeAttention.swift — lets what the attribute heads say decide where the final head looks.

import CKernels
import Tensor

/// F' = F ⊙ sigmoid(mix(spread(head₁), …, spread(headₖ), F)).
///
/// Each head's logits are embedded (→ hidden → D), spread to a map, and mixed with F by 1×1, 1×1 and
/// 3×3 convolutions. Batch norm behind the 1×1 convolutions takes their biases away in training; they
/// are there because published weights have them, and evaluation feels them.
/// Cost: (k + 1)·D² + D² + 9·D² multiplications per pixel, and k·D²·h·w weights for spreading.
package final class AttributeAttention {
    private let embeddings: [Sequence]
    private let first: ConcatenatedPointwise
    private let rest: Sequence
    private var features: Tensor?
    /// sigmoid(mix), kept for the backward pass.
    private var gate: Tensor?

    package init(
        _ parameters: Parameters, _ name: String, heads: [DetectorShape.Head], channels: Int,
        hidden: Int, mapSize: Int, synchronized: Bool
    ) {
        embeddings = heads.map { head in
            let prefix = "\(name).embeddings.\(head.name)"
            return Sequence([
                PointwiseConvolution.linear(parameters, prefix + ".hidden", head.outputs, hidden),
                LeakyReLULayer(),
                // On a map of one pixel this shift is the same everywhere, and goes with the mean.
                PointwiseConvolution.linear(
                    parameters, prefix + ".output", hidden, channels, biasIsRemoved: mapSize == 1),
                SpreadingConvolution(parameters, prefix + ".spread", channels, channels, size: mapSize),
            ])
        }
        let options = BatchNorm.Options(momentum: 0.1, epsilon: 1e-5, synchronized: synchronized)
        first = ConcatenatedPointwise(
            parameters, name + ".mix.0", [Int](repeating: channels, count: heads.count + 1), channels,
            bias: true, biasIsRemoved: true)
        rest = Sequence([
            BatchNorm(parameters, name + ".mix.0_bn", channels, activation: .relu, options: options),
            PointwiseConvolution(
                parameters, name + ".mix.1", channels, channels, bias: true, biasIsRemoved: true),
            BatchNorm(parameters, name + ".mix.1_bn", channels, activation: .relu, options: options),
            Convolution(
                parameters, name + ".mix.2", channels, channels, kernel: 3,
                padding: .symmetric(kernel: 3), bias: true),
        ])
    }

    /// Takes over `logits` (one tensor per head, `[n, 1, 1, outputs]`); reads `features` and leaves
    /// them to the caller.
    package func forward(_ features: Tensor, logits: [Tensor], _ context: Context) throws -> Tensor {
        let arena = context.arena
        var maps = try zip(embeddings, logits).map { try $0.forward($1, context) }
        arena.retain(features)
        maps.append(features)
        let gate = try rest.forward(first.forward(maps, context), context)
        let y = arena.allocate(n: features.n, h: features.h, w: features.w, c: features.c)
        context.pool.forRanges(y.count, grain: 1 << 13) { range in
            let start = range.lowerBound
            bw_sigmoid_gate_forward(features.data + start, gate.data + start, y.data + start, range.count)
        }
        if context.keepsActivations {
            arena.retain(features)
            self.features = features
            self.gate = gate
        } else {
            arena.release(gate)
        }
        return y
    }

    /// Adds to `dFeatures`; returns dL/dlogits of each head.
    package func backward(_ dy: Tensor, into dFeatures: Tensor, _ context: Context) throws -> [Tensor] {
        let arena = context.arena
        let (features, gate) = (features!, gate!)
        (self.features, self.gate) = (nil, nil)
        context.pool.forRanges(dy.count, grain: 1 << 13) { range in
            let start = range.lowerBound
            bw_sigmoid_gate_backward(
                features.data + start, gate.data + start, dy.data + start, dFeatures.data + start,
                range.count)
        }
        arena.release(features)
        arena.release(gate)
        let dMixed = try rest.backward(dy, context)
        let wanted = [Bool](repeating: true, count: embeddings.count + 1)
        var maps = try first.backward(dMixed, wanted: wanted, context).compactMap { $0 }
        let last = maps.removeLast()
        bw_add_scaled(dFeatures.data, last.data, last.count, 1)
        arena.release(last)
        return try zip(embeddings, maps).map { try $0.backward($1, context) }
    }
}
