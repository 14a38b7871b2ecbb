// LeakyReLU.swift — x where x > 0, else slope · x; in place.

import CKernels
import Tensor

/// The slope is the same everywhere in the method. Since it is positive the output's sign tells the
/// input's, so the layer in front keeps nothing but the output.
enum LeakyReLU {
    static let slope: Float = 0.01

    static func forward(_ x: Tensor) {
        bw_leaky_relu_forward(x.data, x.count, slope)
    }

    /// `y` is what `forward` left; `dy` becomes dL/dx.
    static func backward(output y: Tensor, _ dy: Tensor) {
        bw_leaky_relu_backward(y.data, dy.data, dy.count, slope)
    }
}

/// Leaky ReLU as a layer: keeps a reference to its output for the backward pass.
package final class LeakyReLULayer: Layer {
    private var output: Tensor?

    package init() {}

    package func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        LeakyReLU.forward(x)
        if context.keepsActivations {
            context.arena.retain(x)
            output = x
        }
        return x
    }

    package func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        LeakyReLU.backward(output: output!, dy)
        context.arena.release(output!)
        output = nil
        return dy
    }
}
