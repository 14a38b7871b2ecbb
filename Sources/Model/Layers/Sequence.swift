// Sequence.swift — layers one after the other.

import Tensor

/// Feeds each layer's output to the next. The backward pass goes the other way.
public final class Sequence: Layer {
    private let layers: [any Layer]
    /// Sees what passes between the layers.
    var tap: LayerTap?

    public init(_ layers: [any Layer]) {
        self.layers = layers
    }

    public func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        guard let tap else { return try layers.reduce(x) { try $1.forward($0, context) } }
        return try layers.enumerated().reduce(x) { x, layer in
            let y = try layer.element.forward(x, context)
            tap.passes(y, layer: layer.offset)
            return y
        }
    }

    public func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        guard let tap else { return try layers.reversed().reduce(dy) { try $1.backward($0, context) } }
        return try layers.enumerated().reversed().reduce(dy) { dy, layer in
            tap.passesBack(dy, layer: layer.offset)
            return try layer.element.backward(dy, context)
        }
    }
}
