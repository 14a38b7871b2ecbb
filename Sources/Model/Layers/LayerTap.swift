// LayerTap.swift — a look at one layer's output and at the loss's gradient by it, without changing either.

import Tensor

/// Copies what passes the last layer whose map is large enough. For pictures: it costs memory and time
/// that a training step must not pay.
final class LayerTap {
    /// Least side of the map that is wanted.
    let least: Int
    /// Number of the layer, found in the forward pass.
    private(set) var layer: Int?
    /// `[n, h, w, c]`.
    private(set) var output: [Float] = []
    private(set) var gradient: [Float] = []
    private(set) var shape = (n: 0, h: 0, w: 0, c: 0)

    init(least: Int) {
        self.least = least
    }

    func passes(_ y: Tensor, layer: Int) {
        // The first one is taken in any case: a small picture has no larger map.
        guard self.layer == nil || min(y.h, y.w) >= least else { return }
        self.layer = layer
        shape = (y.n, y.h, y.w, y.c)
        output = Array(y.buffer)
    }

    func passesBack(_ dy: Tensor, layer: Int) {
        if layer == self.layer { gradient = Array(dy.buffer) }
    }
}
