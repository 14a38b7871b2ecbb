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
        let layout = BackboneLayout(
            architecture, imageSize: imageSize, padding: rule, stochasticDepth: stochasticDepth)
        let stemChannels = architecture.stemChannels
        var layers: [any Layer] = [
            Convolution(
                parameters, name + ".stem", 3, stemChannels, kernel: 3, stride: 2,
                padding: layout.stemPadding, needsInputGradient: false),
            BatchNorm(parameters, name + ".stem_bn", stemChannels, activation: .silu, options: batchNorm),
        ]
        for shape in layout.blocks {
            layers.append(MBConv(parameters, "\(name).blocks.\(shape.index)", shape, batchNorm: batchNorm))
        }
        let channels = layout.blocks.last!.outChannels
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
        defer { context.forgetWaitingWork() }
        let dx = try layers.backward(dy, context)
        try context.doWaitingWork()
        return dx
    }
}
