// SqueezeExcite.swift — scales each channel by a gate computed from the map's means
// (Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018).

import CKernels
import Tensor

/// y = x · sigmoid(W₂ · silu(W₁ · mean(x) + b₁) + b₂), the gate per sample and channel.
public final class SqueezeExcite: Layer {
    private let reduce: PointwiseConvolution
    private let expand: PointwiseConvolution
    private var input: Tensor?
    /// Before the SiLU, `[n, 1, 1, squeezed]`.
    private var hidden: Tensor?
    /// `[n, 1, 1, c]`.
    private var gate: Tensor?

    public init(_ parameters: Parameters, _ name: String, channels: Int, squeezed: Int) {
        reduce = PointwiseConvolution(parameters, name + ".reduce", channels, squeezed, bias: true)
        expand = PointwiseConvolution(parameters, name + ".expand", squeezed, channels, bias: true)
    }

    public func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        let arena = context.arena
        let pooled = arena.allocate(n: x.n, c: x.c)
        forSamples(x, context.pool) { bw_pool_forward(x.sample($0), pooled.sample($0), $1, $2) }
        let gate = try gateForward(pooled, context)
        let y = context.keepsActivations ? arena.allocate(n: x.n, h: x.h, w: x.w, c: x.c) : x
        forSamples(x, context.pool) {
            bw_channel_scale(x.sample($0), gate.sample($0), y.sample($0), $1, $2)
        }
        if context.keepsActivations {
            (input, self.gate) = (x, gate)
        } else {
            arena.release(gate)
        }
        return y
    }

    public func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        let (x, gate) = (input!, gate!)
        (input, self.gate) = (nil, nil)
        let arena = context.arena
        let dGate = arena.allocate(n: x.n, c: x.c)
        forSamples(x, context.pool) {
            bw_channel_scale_gradient(x.sample($0), dy.sample($0), dGate.sample($0), $1, $2)
        }
        arena.release(x)
        let dPooled = try gateBackward(dGate, gate, pixels: dy.pixels, context)
        forSamples(dy, context.pool) {
            bw_channel_scale_backward(dy.sample($0), gate.sample($0), dPooled.sample($0), $1, $2)
        }
        arena.release(gate)
        arena.release(dPooled)
        return dy
    }

    // MARK: The gate alone

    /// Takes over the means over the map, `[n, 1, 1, c]`; the caller owns the gate.
    func gateForward(_ pooled: Tensor, _ context: Context) throws -> Tensor {
        let hidden = try reduce.forward(pooled, context)
        let active = context.arena.allocate(n: pooled.n, c: hidden.c)
        bw_silu_forward(hidden.data, active.data, hidden.count)
        let gate = try expand.forward(active, context)
        bw_sigmoid_forward(gate.data, gate.count)
        if context.keepsActivations { self.hidden = hidden } else { context.arena.release(hidden) }
        return gate
    }

    /// Takes over `dGate`, leaves `gate` to the caller; returns what each pixel of the map gets through
    /// its mean, `[n, 1, 1, c]`.
    func gateBackward(_ dGate: Tensor, _ gate: Tensor, pixels: Int, _ context: Context) throws -> Tensor {
        bw_sigmoid_backward(gate.data, dGate.data, gate.count)
        let dHidden = try expand.backward(dGate, context)
        bw_silu_backward(hidden!.data, dHidden.data, hidden!.count)
        context.arena.release(hidden!)
        hidden = nil
        let dPooled = try reduce.backward(dHidden, context)
        bw_scale(dPooled.data, dPooled.data, dPooled.count, 1 / Float(pixels))
        return dPooled
    }
}

extension Tensor {
    /// Where sample `index` starts.
    func sample(_ index: Int) -> UnsafeMutablePointer<Float> { data + index * pixels * c }
}

/// Calls `body(sample, pixels, channels)` for every sample of `x`, shared out over the pool.
func forSamples(_ x: Tensor, _ pool: ThreadPool, _ body: (Int, Int32, Int32) -> Void) {
    pool.forRanges(x.n) { samples in
        for sample in samples { body(sample, Int32(x.pixels), Int32(x.c)) }
    }
}
