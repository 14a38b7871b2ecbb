// MBConv.swift — EfficientNet's block: expand, depthwise, squeeze-excite, project, residual
// (Sandler et al., "MobileNetV2", CVPR 2018; Tan and Le, "EfficientNet", ICML 2019). Here are its
// layers one after the other; how it trains is in MBConv+Forward.swift and MBConv+Backward.swift.

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

    let shape: Shape
    let expand: PointwiseConvolution?
    let expandNorm: BatchNorm?
    let depthwise: DepthwiseConvolution
    let depthwiseNorm: BatchNorm
    let squeeze: SqueezeExcite
    let project: PointwiseConvolution
    let projectNorm: BatchNorm
    /// What the backward pass needs of the last forward pass.
    var kept: Kept?

    package init(_ parameters: Parameters, _ name: String, _ shape: Shape, batchNorm: BatchNorm.Options) {
        self.shape = shape
        let wide = shape.inChannels * shape.expansion
        if shape.expansion != 1 {
            expand = PointwiseConvolution(parameters, name + ".expand", shape.inChannels, wide)
            expandNorm = BatchNorm(
                parameters, name + ".expand_bn", wide, activation: .silu, options: batchNorm)
        } else {
            (expand, expandNorm) = (nil, nil)
        }
        depthwise = DepthwiseConvolution(
            parameters, name + ".depthwise", channels: wide, kernel: shape.kernel,
            stride: shape.stride, padding: shape.padding)
        depthwiseNorm = BatchNorm(
            parameters, name + ".depthwise_bn", wide, activation: .silu, options: batchNorm)
        squeeze = SqueezeExcite(
            parameters, name + ".se", channels: wide, squeezed: max(1, shape.inChannels / 4))
        project = PointwiseConvolution(parameters, name + ".project", wide, shape.outChannels)
        // A convolution that pads with zeros would feel the shift of this one.
        projectNorm = BatchNorm(
            parameters, name + ".project_bn", shape.outChannels, activation: .none,
            options: batchNorm, shiftIsRemoved: !shape.feedsDepthwise)
    }

    /// The factor of the branch for one sample of the batch: 1, or 0 or 1/(1 − p) in training.
    func branchFactor(_ sample: Int, _ context: Context) -> Float {
        guard context.mode == .training && shape.dropProbability > 0 else { return 1 }
        var random = Philox(
            seed: context.seed, stream: .stochasticDepth, key: context.sampleKeys[sample],
            variant: shape.index)
        return random.chance(shape.dropProbability) ? 0 : 1 / (1 - shape.dropProbability)
    }

    public func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        guard !context.keepsActivations else { return try forwardKeeping(x, context) }
        if shape.isResidual { context.arena.retain(x) }
        let layers: [(any Layer)?] = [
            expand, expandNorm, depthwise, depthwiseNorm, squeeze, project, projectNorm,
        ]
        let y = try layers.reduce(x) { try $1?.forward($0, context) ?? $0 }
        guard shape.isResidual else { return y }
        context.pool.forRanges(y.count, grain: 1 << 14) { range in
            bw_add_scaled(y.data + range.lowerBound, x.data + range.lowerBound, range.count, 1)
        }
        context.arena.release(x)
        return y
    }

    /// The gradient of the branch's shift β where stochastic depth drops the branch in some samples.
    ///
    /// What follows removes a shift of all samples, so Σ dy over all of them is zero, and the sum over
    /// those that keep the branch is minus that over the others. Taken over the others it is exactly
    /// zero where none is dropped: see Note [Shifts that the next batch norm removes].
    func addShiftGradient(_ dy: Tensor, _ context: Context) {
        guard context.mode == .training, shape.isResidual, shape.dropProbability > 0, !shape.feedsDepthwise
        else { return }
        var sums = [Double](repeating: 0, count: dy.c)
        for sample in 0..<dy.n where branchFactor(sample, context) == 0 {
            let values = dy.sample(sample)
            for pixel in 0..<dy.h * dy.w {
                for c in 0..<dy.c { sums[c] += Double(values[pixel * dy.c + c]) }
            }
        }
        let gradient = context.parameters.gradient(projectNorm.beta)
        for c in 0..<dy.c { gradient[c] -= Float(sums[c] / Double(1 - shape.dropProbability)) }
    }
}
