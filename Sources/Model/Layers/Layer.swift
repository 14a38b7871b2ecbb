// Layer.swift — what a layer is, and what it is given to work with. No layers.
//
// Note [Who releases a tensor]
// `forward` and `backward` take over the tensor that they are given: the layer releases it when it
// no longer needs it, and the caller owns the result. Whoever wants to go on using a tensor that it
// passes on retains it first. In training a layer keeps what its backward pass needs in itself, and
// the backward pass releases that; each forward pass in training is followed by one backward pass,
// in reverse order, or by `discard`.
//
// Note [Work for the time of a sum]
// Batch norm over all ranks stops the backward pass at each norm until every rank's sums are there: as
// long as the slowest rank and the network take, which may be full of gradients. Nothing in the pass
// waits for a weight's gradient, so a layer may leave it to `later`, in pieces: one is done during each of the
// next such sums. What one layer leaves is done before the next leaves something, so that few maps stay alive.

import CKernels
import Tensor

/// Everything outside of the layer that a pass needs.
public final class Context {
    public enum Mode: Sendable {
        /// Batch statistics, running averages updated, activations kept for the backward pass.
        case training
        /// Running statistics, nothing kept.
        case evaluation
        /// Running statistics, but activations kept: gradients of the evaluated function.
        case frozen
    }

    public let arena: Arena
    public let pool: ThreadPool
    public let parameters: Parameters
    /// Sums over the whole cluster: batch norm, anchor statistics, counts.
    public let reducer: any SumReducer
    public var mode: Mode = .training
    /// Whether the backward pass computes the expanded maps again instead of keeping them: the same
    /// numbers, about half the memory, one product more for each block.
    public var recomputes = false
    /// How the products of layers are computed that gain by it: see Note [What is worth rounding].
    public var products = Products.float32
    /// Key of this step's random draws.
    public var seed: UInt64 = 0
    /// Of each sample of the batch, in the batch's order.
    public var sampleKeys: [SampleKey] = []
    /// Told the index of each parameter as soon as the backward pass has completed its gradient.
    public var gradientReady: (Int) throws -> Void = { _ in }

    /// See Note [Work for the time of a sum].
    private var waiting: [() throws -> Void] = []

    /// Memory for partial sums; grows once.
    private var scratchStorage = UnsafeMutableBufferPointer<Double>(start: nil, count: 0)

    public init(
        arena: Arena = Arena(), pool: ThreadPool = ThreadPool(), parameters: Parameters,
        reducer: any SumReducer = LocalReducer()
    ) {
        self.arena = arena
        self.pool = pool
        self.parameters = parameters
        self.reducer = reducer
    }

    deinit { scratchStorage.deallocate() }

    /// Whether activations are kept for a backward pass.
    public var keepsActivations: Bool { mode != .evaluation }

    /// Leaves pieces of work for the next calls of `sumOverRanks`, in order; first does what was left before. They
    /// ask for no sums and use no `scratch`. See Note [Work for the time of a sum].
    func later(_ pieces: [() throws -> Void]) throws {
        try doWaitingWork()
        waiting = pieces
    }

    /// Does all that still waits for a sum: at the end of a backward pass.
    func doWaitingWork() throws {
        while !waiting.isEmpty { try waiting.removeFirst()() }
    }

    /// After a pass that failed: what it left must not be done in another.
    func forgetWaitingWork() { waiting = [] }

    /// The reducer's sum, and meanwhile a piece of what was left.
    func sumOverRanks(_ values: UnsafeMutableBufferPointer<Double>) throws {
        let piece = waiting.isEmpty ? nil : waiting.removeFirst()
        try reducer.sum(values) { try piece?() }
    }

    /// At least `count` doubles, all zero, valid until the next call.
    func scratch(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
        if scratchStorage.count < count {
            scratchStorage.deallocate()
            scratchStorage = .allocate(capacity: count)
        }
        let part = UnsafeMutableBufferPointer(rebasing: scratchStorage[0..<count])
        part.initialize(repeating: 0)
        return part
    }

    /// [Σ first, Σ second, rows] of two sums per channel over a map, part by part and added in order.
    /// Valid until the next call of this or `scratch`.
    /// - Parameters:
    ///   - floats: working memory that `body` gets.
    ///   - body: adds a part's sums to its second and third argument.
    func sums(
        _ parts: MapParts, channels: Int, floats: Int = 0,
        _ body: (
            MapParts.Part, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>,
            UnsafeMutablePointer<Float>
        ) -> Void
    ) -> UnsafeMutableBufferPointer<Double> {
        let width = 2 * channels
        let all = scratch(width * (parts.count + 1) + 1)
        let total = all.baseAddress!
        pool.run(tasks: parts.count, floats: floats) { index, memory in
            let start = total + width * (index + 1) + 1
            body(parts[index], start, start + channels, memory)
        }
        bw_add_parts(total, total + width + 1, Int32(parts.count), width)
        total[width] = Double(parts.rows)
        return UnsafeMutableBufferPointer(rebasing: all[0...width])
    }
}

// Note [What is worth rounding]
// Products of bfloat16 numbers are up to twice as fast, and cost a passage of both operands to round them. Every
// convolution on maps gains, even of 24 channels (benchmarks/bf16_chunks.c). So they are for layers on maps: a fully connected layer sees one row a sample and is bound by reading its
// weights, of which each is used a few times. Forward pass and both gradients of a layer are computed alike,
// so the rule looks at the layer alone; never at the batch, so that a sample's results do not depend on others.

extension Context {
    /// How a layer's products are computed, by the pixels that its output has.
    func products(pixels: Int) -> Products { pixels > 1 ? products : .float32 }
}

/// One differentiable step from a tensor to a tensor. See Note [Who releases a tensor].
public protocol Layer: AnyObject {
    /// - Throws: only what the context's reducer throws.
    func forward(_ x: Tensor, _ context: Context) throws -> Tensor
    /// Adds to the gradients of the layer's parameters and returns dL/dx for the last forward pass.
    func backward(_ dy: Tensor, _ context: Context) throws -> Tensor
}

/// Fixed number of parts into which sums over rows are cut, whatever the thread count: partial sums
/// are added in order, so that a result does not depend on who computed what.
let reductionParts = 8
