// BatchNorm.swift — batch norm over the global batch, fused with the activation behind it.
//
// Note [Batch norm over the global batch]
// Σx, Σx² and the count are summed over all ranks, so every rank normalises with the statistics of
// the whole batch; in the backward pass Σdz and Σdz·x̂ are summed likewise. Values and gradients are
// those of one process that holds the whole batch, to rounding, and an empty share adds zeros.

//
// Note [Shifts that the next batch norm removes]
// A per-channel shift that reaches the rest of the network only through 1×1 convolutions in front of
// batch norms changes nothing in training: its gradient is zero. Computed, it is rounding noise, and
// Adam, which divides by the gradient's own size, would turn the noise into steps of full length that
// differ between rank counts. Where the structure says so the gradient is set to zero, exactly.
// Behind stochastic depth only the samples that keep the branch are shifted: see MBConv.

import CKernels
import Tensor

/// y = act(γ · (x − μ) / √(σ² + ε) + β).
///
/// In training μ and σ² are those of the batch (over all ranks if `synchronized`), and the running
/// statistics move towards them by `momentum`, with the unbiased variance as PyTorch does it.
public final class BatchNorm: Layer {
    public enum Activation: Int32, Sendable {
        case none = 0
        case silu = 1
        case relu = 2
    }

    public struct Options: Equatable, Sendable {
        public var momentum: Float
        public var epsilon: Float
        /// Statistics over all ranks.
        public var synchronized: Bool
        public init(momentum: Float, epsilon: Float, synchronized: Bool) {
            self.momentum = momentum
            self.epsilon = epsilon
            self.synchronized = synchronized
        }
    }

    private let gamma: Int
    /// Index of β.
    let beta: Int
    private let runningMean: Int
    private let runningVariance: Int
    private let channels: Int
    private let activation: Activation
    private let options: Options
    private let shiftIsRemoved: Bool

    private var input: Tensor?
    /// Rows of scale, shift, mean and 1/σ, `[4, c]`, from forward to backward.
    private var coefficients: Tensor?
    private var globalCount = 0.0

    /// - Parameter shiftIsRemoved: then β gets no gradient here in training; see Note [Shifts that the
    ///   next batch norm removes].
    public init(
        _ parameters: Parameters, _ name: String, _ channels: Int, activation: Activation,
        options: Options, shiftIsRemoved: Bool = false
    ) {
        self.shiftIsRemoved = shiftIsRemoved
        self.channels = channels
        self.activation = activation
        self.options = options
        gamma = parameters.declare(name + ".weight", shape: [channels], .constant(1))
        beta = parameters.declare(name + ".bias", shape: [channels], .constant(0))
        runningMean = parameters.declareBuffer(name + ".running_mean", shape: [channels], value: 0)
        runningVariance = parameters.declareBuffer(name + ".running_var", shape: [channels], value: 1)
    }

    public func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        precondition(x.c == channels, "BatchNorm: \(x.c) channels for \(channels)")
        let coefficients = try forwardCoefficients(context) {
            localSums(context, rows: x.rows) { rows, sum, square in
                bw_bn_sums(x.data + rows.lowerBound * channels, rows.count, Int32(channels), sum, square)
            }
        }
        let (scale, shift) = (coefficients.data, coefficients.data + channels)
        // Without a backward pass the map is overwritten in place.
        let y = context.keepsActivations ? context.arena.allocate(n: x.n, h: x.h, w: x.w, c: x.c) : x
        context.pool.forRanges(x.rows, grain: 256) { rows in
            let offset = rows.lowerBound * channels
            bw_bn_forward(
                x.data + offset, y.data + offset, rows.count, Int32(channels), scale, shift,
                activation.rawValue)
        }
        if context.keepsActivations {
            input = x
            self.coefficients = coefficients
        } else {
            context.arena.release(coefficients)
        }
        return y
    }

    /// Rows of scale, shift, mean and 1/σ, `[4, c]`, to be released by the caller.
    /// - Parameter localSums: [Σx, Σx², rows] over this rank's share; asked for in training only.
    func forwardCoefficients(
        _ context: Context, localSums: () -> UnsafeMutableBufferPointer<Double>
    ) throws -> Tensor {
        let coefficients = context.arena.allocate(n: 4, c: channels)
        let (scale, shift) = (coefficients.data, coefficients.data + channels)
        let (mean, inverse) = (shift + channels, shift + 2 * channels)
        if context.mode == .training {
            try batchStatistics(localSums(), context, mean: mean, inverse: inverse)
        } else {
            let variance = context.parameters.buffer(runningVariance)
            for c in 0..<channels {
                mean[c] = context.parameters.buffer(runningMean)[c]
                inverse[c] = 1 / (variance[c] + options.epsilon).squareRoot()
            }
        }
        let (g, b) = (context.parameters.value(gamma), context.parameters.value(beta))
        for c in 0..<channels {
            scale[c] = g[c] * inverse[c]
            shift[c] = b[c] - mean[c] * scale[c]
        }
        return coefficients
    }

    /// The norm as the fused kernels take it.
    func kernelNorm(_ coefficients: Tensor) -> bw_norm {
        let start = coefficients.data
        return bw_norm(
            scale: start, shift: start + channels, mean: start + 2 * channels,
            invstd: start + 3 * channels, activation: activation.rawValue)
    }

    /// Mean and 1/σ of the batch; moves the running statistics.
    private func batchStatistics(
        _ sums: UnsafeMutableBufferPointer<Double>, _ context: Context,
        mean: UnsafeMutablePointer<Float>, inverse: UnsafeMutablePointer<Float>
    ) throws {
        if options.synchronized { try context.sumOverRanks(sums) }
        globalCount = sums[2 * channels]
        let count = max(globalCount, 1)
        let (m, v) = (context.parameters.buffer(runningMean), context.parameters.buffer(runningVariance))
        for c in 0..<channels {
            let average = sums[c] / count
            let variance = max(0, sums[channels + c] / count - average * average)
            mean[c] = Float(average)
            inverse[c] = Float(1 / (variance + Double(options.epsilon)).squareRoot())
            let unbiased = Float(variance * count / max(count - 1, 1))
            // One number that is not finite would stay in a running average for ever.
            guard globalCount > 0, mean[c].isFinite, unbiased.isFinite else { continue }
            m[c] += options.momentum * (mean[c] - m[c])
            v[c] += options.momentum * (unbiased - v[c])
        }
    }

    public func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        let x = input!
        let coefficients = coefficients!
        input = nil
        self.coefficients = nil
        let (scale, shift) = (coefficients.data, coefficients.data + channels)
        let (mean, inverse) = (shift + channels, shift + 2 * channels)

        let local = localSums(context, rows: x.rows) { rows, dz, dzx in
            let offset = rows.lowerBound * channels
            bw_bn_backward_sums(
                x.data + offset, dy.data + offset, rows.count, Int32(channels), scale, shift, mean,
                inverse, activation.rawValue, dz, dzx)
        }
        let apply = try backwardCoefficients(local, coefficients, context)
        let (a, b, d) = (apply.data, apply.data + channels, apply.data + 2 * channels)
        context.pool.forRanges(x.rows, grain: 256) { rows in
            let offset = rows.lowerBound * channels
            bw_bn_backward_apply(x.data + offset, dy.data + offset, rows.count, Int32(channels), a, b, d)
        }
        context.arena.release(apply)
        context.arena.release(coefficients)
        context.arena.release(x)
        return dy
    }

    /// Whether the backward pass waits for other ranks here.
    func waits(_ context: Context) -> Bool {
        options.synchronized && context.mode == .training && context.reducer.leavesTime
    }

    /// The input's gradient as a·dz + b·x + d: rows of a, b and d, `[3, c]`, to be released by the
    /// caller. Adds to the parameters' gradients.
    /// - Parameter local: [Σdz, Σdz·x̂, rows] over this rank's share.
    func backwardCoefficients(
        _ local: UnsafeMutableBufferPointer<Double>, _ coefficients: Tensor, _ context: Context
    ) throws -> Tensor {
        // The parameters' gradients are sums over the local rows; the all-reduce adds the others'.
        let (dGamma, dBeta) = (context.parameters.gradient(gamma), context.parameters.gradient(beta))
        for c in 0..<channels {
            if !(shiftIsRemoved && context.mode == .training) { dBeta[c] += Float(local[c]) }
            dGamma[c] += Float(local[channels + c])
        }
        try context.gradientReady(beta)
        try context.gradientReady(gamma)

        // With batch statistics dz = γ/σ · (dz − mean(dz) − x̂ · mean(dz·x̂)), as a·dz + b·x + d.
        let apply = context.arena.allocate(n: 3, c: channels)
        let (a, b, d) = (apply.data, apply.data + channels, apply.data + 2 * channels)
        let (scale, mean) = (coefficients.data, coefficients.data + 2 * channels)
        let inverse = mean + channels
        if context.mode == .training {
            if options.synchronized { try context.sumOverRanks(local) }
            let count = max(globalCount, 1)
            for c in 0..<channels {
                let meanDz = local[c] / count
                let meanDzx = local[channels + c] / count
                a[c] = scale[c]
                b[c] = -scale[c] * Float(meanDzx) * inverse[c]
                d[c] = scale[c] * Float(meanDzx * Double(mean[c]) * Double(inverse[c]) - meanDz)
            }
        } else {
            for c in 0..<channels { (a[c], b[c], d[c]) = (scale[c], 0, 0) }
        }
        return apply
    }

    /// [Σ first, Σ second, rows] of this rank, from parts that do not depend on the thread count.
    private func localSums(
        _ context: Context, rows: Int,
        _ body: (Range<Int>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    ) -> UnsafeMutableBufferPointer<Double> {
        let width = 2 * channels + 1
        let all = context.scratch(width * (reductionParts + 1))
        context.pool.run(tasks: reductionParts) { part in
            let range = rows * part / reductionParts..<rows * (part + 1) / reductionParts
            let start = all.baseAddress! + width * (part + 1)
            if !range.isEmpty { body(range, start, start + channels) }
        }
        for part in 1...reductionParts {
            for i in 0..<2 * channels { all[i] += all[width * part + i] }
        }
        all[2 * channels] = Double(rows)
        return UnsafeMutableBufferPointer(rebasing: all[0..<width])
    }
}
