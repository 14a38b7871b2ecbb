// Sequence.swift — layers one after the other.

import Tensor

/// Feeds each layer's output to the next. The backward pass goes the other way.
public final class Sequence: Layer {
    private let layers: [any Layer]

    public init(_ layers: [any Layer]) {
        self.layers = layers
    }

    public func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        try layers.reduce(x) { try $1.forward($0, context) }
    }

    public func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        try layers.reversed().reduce(dy) { try $1.backward($0, context) }
    }
}
