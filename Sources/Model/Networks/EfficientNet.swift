// EfficientNet.swift — the backbone: images to features. Neither classifier nor losses.

import Tensor

/// Images `[n, size, size, 3]` to F_raw `[n, h, w, featureChannels]`, h and w 1/32 of the size.
public final class EfficientNet: Layer {
    private let layers: Sequence
    /// For pictures of what the network looks at; nil in all other passes.
    var tap: LayerTap? {
        get { layers.tap }
        set { layers.tap = newValue }
    }

    /// - Parameters:
    ///   - imageSize: pixels a side; decides the padding under the rule `same`.
    ///   - stochasticDepth: probability of dropping the last block's branch; earlier blocks' grow
    ///     linearly towards it.
    public init(
        _ parameters: Parameters, _ name: String, _ architecture: Architecture, imageSize: Int,
        padding rule: PaddingRule, batchNorm: BatchNorm.Options, stochasticDepth: Float
    ) {
        var plan = PaddingPlan(
            rule: rule, inputSize: imageSize, nativeSize: architecture.nativeSize)
        var channels = architecture.stemChannels
        var layers: [any Layer] = [
            Convolution(
                parameters, name + ".stem", 3, channels, kernel: 3, stride: 2,
                padding: plan.next(kernel: 3, stride: 2), needsInputGradient: false),
            BatchNorm(parameters, name + ".stem_bn", channels, activation: .silu, options: batchNorm),
        ]
        let blocks = architecture.stages.reduce(0) { $0 + $1.repeats }
        var index = 0
        for stage in architecture.stages {
            for position in 0..<stage.repeats {
                let stride = position == 0 ? stage.stride : 1
                var shape = MBConv.Shape(
                    inChannels: channels, outChannels: stage.channels, expansion: stage.expansion,
                    kernel: stage.kernel, stride: stride,
                    padding: plan.next(kernel: stage.kernel, stride: stride), index: index,
                    dropProbability: stochasticDepth * Float(index) / Float(blocks))
                shape.feedsDepthwise = stage.expansion == 1 && position < stage.repeats - 1
                layers.append(
                    MBConv(parameters, "\(name).blocks.\(index)", shape, batchNorm: batchNorm))
                channels = stage.channels
                index += 1
            }
        }
        layers += [
            PointwiseConvolution(parameters, name + ".head", channels, architecture.featureChannels),
            BatchNorm(
                parameters, name + ".head_bn", architecture.featureChannels, activation: .silu,
                options: batchNorm),
        ]
        self.layers = Sequence(layers)
    }

    public func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
        try layers.forward(x, context)
    }

    public func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        try layers.backward(dy, context)
    }
}
