// MBConv.swift — EfficientNet's block: expand, depthwise, squeeze-excite, project, residual
// (Sandler et al., "MobileNetV2", CVPR 2018; Tan and Le, "EfficientNet", ICML 2019).

import CKernels
import Tensor

/// One inverted bottleneck. With stride 1 and equal widths the input is added to the output; in
/// training the added branch is dropped for whole samples with probability `dropProbability`
/// (stochastic depth, Huang et al., ECCV 2016), and scaled up where it is kept.
public final class MBConv: Layer {
    package struct Shape {
        var inChannels: Int
        var outChannels: Int
        var expansion: Int
        var kernel: Int
        var stride: Int
        var padding: AxisPadding
        /// Place among the blocks: keys the draws of stochastic depth.
        var index: Int
        var dropProbability: Float
        /// Whether a depthwise convolution without a batch norm in front takes the output.
        package var feedsDepthwise = false

        package init(
            inChannels: Int, outChannels: Int, expansion: Int, kernel: Int, stride: Int,
            padding: AxisPadding, index: Int, dropProbability: Float
        ) {
            self.inChannels = inChannels
            self.outChannels = outChannels
            self.expansion = expansion
            self.kernel = kernel
            self.stride = stride
            self.padding = padding
            self.index = index
            self.dropProbability = dropProbability
        }

        var isResidual: Bool { stride == 1 && inChannels == outChannels }

    }

    private let shape: Shape
    private let body: Sequence
    private let lastNorm: BatchNorm
    private var isResidual: Bool { shape.isResidual }

    package init(_ parameters: Parameters, _ name: String, _ shape: Shape, batchNorm: BatchNorm.Options) {
        self.shape = shape
        let wide = shape.inChannels * shape.expansion
        var layers: [any Layer] = []
        if shape.expansion != 1 {
            layers += [
                PointwiseConvolution(parameters, name + ".expand", shape.inChannels, wide),
                BatchNorm(parameters, name + ".expand_bn", wide, activation: .silu, options: batchNorm),
            ]
        }
        layers += [
            DepthwiseConvolution(
                parameters, name + ".depthwise", channels: wide, kernel: shape.kernel,
                stride: shape.stride, padding: shape.padding),
            BatchNorm(parameters, name + ".depthwise_bn", wide, activation: .silu, options: batchNorm),
            SqueezeExcite(
                parameters, name + ".se", channels: wide, squeezed: max(1, shape.inChannels / 4)),
            PointwiseConvolution(parameters, name + ".project", wide, shape.outChannels),
        ]
        // A convolution that pads with zeros would feel the shift of this one.
        lastNorm = BatchNorm(
            parameters, name + ".project_bn", shape.outChannels, activation: .none,
            options: batchNorm, shiftIsRemoved: !shape.feedsDepthwise)
        body = Sequence(layers + [lastNorm])
    }

    /// The factor of the branch for one sample of the batch: 1, or 0 or 1/(1 − p) in training.
    private func branchFactor(_ sample: Int, _ context: Context) -> Float {
        guard context.mode == .training && shape.dropProbability > 0 else { return 1 }
        var random = Philox(
            seed: context.seed, stream: .stochasticDepth, key: context.sampleKeys[sample],
            variant: shape.index)
        return random.chance(shape.dropProbability) ? 0 : 1 / (1 - shape.dropProbability)
    }

    public func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        guard isResidual else { return try body.forward(x, context) }
        context.arena.retain(x)
        let y = try body.forward(x, context)
        forSamples(x, context.pool) { sample, pixels, channels in
            bw_mix(
                y.sample(sample), branchFactor(sample, context), y.sample(sample), 1, x.sample(sample),
                Int(pixels) * Int(channels))
        }
        context.arena.release(x)
        return y
    }

    public func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        guard isResidual else { return try body.backward(dy, context) }
        let branch = context.arena.allocate(n: dy.n, h: dy.h, w: dy.w, c: dy.c)
        forSamples(dy, context.pool) { sample, pixels, channels in
            bw_scale(
                branch.sample(sample), dy.sample(sample), Int(pixels) * Int(channels),
                branchFactor(sample, context))
        }
        addShiftGradient(dy, context)
        let dx = try body.backward(branch, context)
        context.pool.forRanges(dx.count, grain: 1 << 14) { range in
            bw_add_scaled(dx.data + range.lowerBound, dy.data + range.lowerBound, range.count, 1)
        }
        context.arena.release(dy)
        return dx
    }

    /// The gradient of the branch's shift β where stochastic depth drops the branch in some samples.
    ///
    /// What follows removes a shift of all samples, so Σ dy over all of them is zero, and the sum over
    /// those that keep the branch is minus that over the others. Taken over the others it is exactly
    /// zero where none is dropped: see Note [Shifts that the next batch norm removes].
    private func addShiftGradient(_ dy: Tensor, _ context: Context) {
        guard context.mode == .training, shape.dropProbability > 0, !shape.feedsDepthwise else { return }
        var sums = [Double](repeating: 0, count: dy.c)
        for sample in 0..<dy.n where branchFactor(sample, context) == 0 {
            let values = dy.sample(sample)
            for pixel in 0..<dy.h * dy.w {
                for c in 0..<dy.c { sums[c] += Double(values[pixel * dy.c + c]) }
            }
        }
        let gradient = context.parameters.gradient(lastNorm.beta)
        for c in 0..<dy.c { gradient[c] -= Float(sums[c] / Double(1 - shape.dropProbability)) }
    }
}
