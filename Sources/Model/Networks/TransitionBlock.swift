// TransitionBlock.swift — predicts the features of an anchor from those of the anchor before it.

import Tensor

/// T(noise, F) = 3×3(1×1(concat(3×3(3×3(noise)), F))), leaky ReLU after each convolution.
/// In training only. Cost: about 29·D² multiplications per pixel.
package final class TransitionBlock {
    private let noiseLayers: Sequence
    private let join: ConcatenatedPointwise
    private let output: Sequence

    package init(_ parameters: Parameters, _ name: String, channels: Int) {
        func convolution(_ part: String, needsInputGradient: Bool = true) -> Convolution {
            Convolution(
                parameters, "\(name).\(part)", channels, channels, kernel: 3,
                padding: .symmetric(kernel: 3), bias: true, needsInputGradient: needsInputGradient)
        }
        noiseLayers = Sequence([
            convolution("noise.0", needsInputGradient: false), LeakyReLULayer(),
            convolution("noise.1"), LeakyReLULayer(),
        ])
        join = ConcatenatedPointwise(
            parameters, name + ".join", [channels, channels], channels, bias: true)
        output = Sequence([LeakyReLULayer(), convolution("output"), LeakyReLULayer()])
    }

    /// Takes over `noise`, both `[n, h, w, D]`; reads `features` and leaves them to the caller.
    package func forward(noise: Tensor, features: Tensor, _ context: Context) throws -> Tensor {
        let shaped = try noiseLayers.forward(noise, context)
        context.arena.retain(features)
        return try output.forward(join.forward([shaped, features], context), context)
    }

    /// dL/dfeatures.
    package func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        let joined = try output.backward(dy, context)
        let parts = try join.backward(joined, wanted: [true, true], context)
        context.arena.release(try noiseLayers.backward(parts[0]!, context))
        return parts[1]!
    }
}
