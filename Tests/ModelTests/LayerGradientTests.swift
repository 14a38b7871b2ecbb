// LayerGradientTests.swift — every layer's backward pass against central differences.

import Model
import Tensor
import Testing

@Suite struct LayerGradientTests {
    static let batchNorm = BatchNorm.Options(momentum: 0.01, epsilon: 1e-3, synchronized: true)

    @Test(arguments: [1, 2]) func pointwiseConvolution(threads: Int) throws {
        let check = GradientCheck()
        let layer = PointwiseConvolution(check.parameters, "layer", 5, 7, bias: true)
        check.parameters.allocate(seed: 1)
        try check.run(check.context(.training, threads: threads), n: 2, h: 3, w: 4, c: 5, layer)
    }

    @Test(arguments: [(3, 1), (3, 2), (5, 1), (5, 2)], [8, 13, 24])
    func depthwiseConvolution(geometry: (kernel: Int, stride: Int), channels: Int) throws {
        for padding in [AxisPadding.symmetric(kernel: geometry.kernel), .init(before: 0, after: 1)] {
            let check = GradientCheck()
            let layer = DepthwiseConvolution(
                check.parameters, "layer", channels: channels, kernel: geometry.kernel,
                stride: geometry.stride, padding: padding)
            check.parameters.allocate(seed: 1)
            try check.run(check.context(.training, threads: 2), n: 2, h: 9, w: 12, c: channels, layer)
        }
    }

    @Test(arguments: [1, 2]) func convolution(stride: Int) throws {
        let check = GradientCheck()
        let layer = Convolution(
            check.parameters, "layer", 3, 6, kernel: 3, stride: stride,
            padding: .init(before: 0, after: 1), bias: true)
        check.parameters.allocate(seed: 1)
        try check.run(check.context(.training, threads: 2), n: 3, h: 7, w: 8, c: 3, layer)
    }

    @Test(arguments: [BatchNorm.Activation.none, .silu, .relu], [Context.Mode.training, .frozen])
    func batchNorm(activation: BatchNorm.Activation, mode: Context.Mode) throws {
        var check = GradientCheck()
        // A step across the kink of ReLU is an error of the differences, not of the gradient.
        check.step = activation == .relu ? 1e-3 : 1e-2
        let layer = BatchNorm(
            check.parameters, "layer", 70, activation: activation, options: Self.batchNorm)
        check.parameters.allocate(seed: 1)
        try check.run(check.context(mode, threads: 2), n: 3, h: 3, w: 5, c: 70, layer)
    }

    @Test func squeezeExcite() throws {
        let check = GradientCheck()
        let layer = SqueezeExcite(check.parameters, "layer", channels: 9, squeezed: 4)
        check.parameters.allocate(seed: 1)
        try check.run(check.context(.training), n: 3, h: 3, w: 2, c: 9, layer)
    }

    @Test(arguments: Enlargement.Kind.allCases) func enlargement(kind: Enlargement.Kind) throws {
        let check = GradientCheck()
        check.parameters.allocate(seed: 1)
        try check.run(check.context(.training, threads: 2), n: 3, h: 3, w: 4, c: 8, Enlargement(kind))
    }

    @Test func leakyReLU() throws {
        var check = GradientCheck()
        check.step = 1e-3
        try check.run(check.context(.training), n: 3, c: 9, LeakyReLULayer())
    }

    @Test func spreadingConvolution() throws {
        let check = GradientCheck()
        let layer = SpreadingConvolution(check.parameters, "layer", 5, 3, size: 2)
        check.parameters.allocate(seed: 1)
        // In training the bias is removed by what follows, and gets no gradient.
        try check.run(check.context(.frozen), n: 3, c: 5, layer)
    }

    @Test(arguments: [(1, 8, 8, 1), (4, 8, 16, 2), (4, 8, 8, 1)])
    func invertedBottleneck(expansion: Int, inChannels: Int, outChannels: Int, stride: Int) throws {
        let check = GradientCheck()
        var shape = MBConv.Shape(
            inChannels: inChannels, outChannels: outChannels, expansion: expansion, kernel: 3,
            stride: stride, padding: .symmetric(kernel: 3), index: 3, dropProbability: 0.5)
        // Here no batch norm follows: the shift is felt.
        shape.feedsDepthwise = true
        let layer = MBConv(check.parameters, "layer", shape, batchNorm: Self.batchNorm)
        check.parameters.allocate(seed: 1)
        let context = try check.context(.training, threads: 2)
        context.sampleKeys = [3, 1, 4, 5].map { SampleKey(epoch: 0, sample: $0) }
        try check.run(context, n: 4, h: 6, w: 6, c: inChannels, layer)
    }

    @Test func invertedBottleneckWhoseShiftABatchNormRemoves() throws {
        let check = GradientCheck()
        let shape = MBConv.Shape(
            inChannels: 8, outChannels: 8, expansion: 4, kernel: 3, stride: 1,
            padding: .symmetric(kernel: 3), index: 3, dropProbability: 0.5)
        let network = Sequence([
            MBConv(check.parameters, "block", shape, batchNorm: Self.batchNorm),
            PointwiseConvolution(check.parameters, "head", 8, 12),
            BatchNorm(check.parameters, "head_bn", 12, activation: .silu, options: Self.batchNorm),
        ])
        check.parameters.allocate(seed: 1)
        let context = try check.context(.training, threads: 2)
        context.sampleKeys = [3, 1, 4, 5].map { SampleKey(epoch: 0, sample: $0) }
        try check.run(context, n: 4, h: 6, w: 6, c: 8, network)
    }

    @Test func tinyBackbone() throws {
        var check = GradientCheck()
        check.probes = 2
        check.tolerance = 5e-2
        check.noiseFloor = 1e-2
        check.step = 3e-3
        let network = EfficientNet(
            check.parameters, "net", .tiny, imageSize: 64, padding: .symmetric,
            batchNorm: Self.batchNorm, stochasticDepth: 0)
        check.parameters.allocate(seed: 1)
        let context = try check.context(.training, threads: 2)
        try check.run(context, n: 3, h: 64, w: 64, c: 3, inputGradient: false, network)
    }
}
