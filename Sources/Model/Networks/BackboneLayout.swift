// BackboneLayout.swift — the blocks of a backbone for one size of image: shapes and padding, no layers.

/// What training and inference build alike from an architecture.
struct BackboneLayout {
    let architecture: Architecture
    /// Pixels a side of the images.
    let imageSize: Int
    let stemPadding: AxisPadding
    let blocks: [MBConv.Shape]
    /// Pixels a side of the features' map; not positive if the images are too small.
    let mapSize: Int

    /// - Parameters:
    ///   - imageSize: decides the padding under the rule `same`.
    ///   - stochasticDepth: probability of dropping the last block's branch; earlier blocks' grow
    ///     linearly towards it.
    init(_ architecture: Architecture, imageSize: Int, padding rule: PaddingRule, stochasticDepth: Float) {
        self.architecture = architecture
        self.imageSize = imageSize
        var plan = PaddingPlan(rule: rule, inputSize: imageSize, nativeSize: architecture.nativeSize)
        stemPadding = plan.next(kernel: 3, stride: 2)
        var size = stemPadding.output(size: imageSize, kernel: 3, stride: 2)
        var channels = architecture.stemChannels
        let count = architecture.stages.reduce(0) { $0 + $1.repeats }
        var blocks: [MBConv.Shape] = []
        for stage in architecture.stages {
            for position in 0..<stage.repeats {
                let stride = position == 0 ? stage.stride : 1
                var shape = MBConv.Shape(
                    inChannels: channels, outChannels: stage.channels, expansion: stage.expansion,
                    kernel: stage.kernel, stride: stride,
                    padding: plan.next(kernel: stage.kernel, stride: stride), index: blocks.count,
                    dropProbability: stochasticDepth * Float(blocks.count) / Float(count))
                shape.feedsDepthwise = stage.expansion == 1 && position < stage.repeats - 1
                size = shape.padding.output(size: size, kernel: stage.kernel, stride: stride)
                channels = stage.channels
                blocks.append(shape)
            }
        }
        self.blocks = blocks
        mapSize = size
    }

    init(_ shape: DetectorShape) {
        self.init(
            shape.architecture, imageSize: shape.imageSize, padding: shape.padding,
            stochasticDepth: shape.stochasticDepth)
    }
}
