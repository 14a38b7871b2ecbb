// LayerShapes.swift — the distinct shapes of a backbone's convolutions and of the maps between them, for benchmarks of the kernels.

/// Each shape with the number of layers that have it, in the network's order.
package struct LayerShapes {
    /// A 1×1 convolution of maps of `size`×`size` pixels.
    package struct Pointwise: Hashable, Sendable {
        package let size: Int
        package let inputs: Int
        package let outputs: Int
    }

    package struct Depthwise: Hashable, Sendable {
        package let size: Int
        package let outputSize: Int
        package let channels: Int
        package let kernel: Int
        package let stride: Int
        package let padding: Int
    }

    /// A map that only passes by channel go over.
    package struct Map: Hashable, Sendable {
        package let size: Int
        package let channels: Int
    }

    package private(set) var pointwise: [(shape: Pointwise, layers: Int)] = []
    package private(set) var depthwise: [(shape: Depthwise, layers: Int)] = []
    /// Outputs of the depthwise convolutions, which squeeze-excite gates.
    package private(set) var gated: [(shape: Map, layers: Int)] = []
    /// Outputs of the blocks.
    package private(set) var projected: [(shape: Map, layers: Int)] = []

    package init(_ architecture: Architecture, imageSize: Int) {
        let layout = BackboneLayout(architecture, imageSize: imageSize, padding: .symmetric, stochasticDepth: 0)
        var size = layout.stemPadding.output(size: imageSize, kernel: 3, stride: 2)
        for block in layout.blocks {
            let wide = block.inChannels * block.expansion
            if block.expansion > 1 {
                Self.count(Pointwise(size: size, inputs: block.inChannels, outputs: wide), in: &pointwise)
            }
            let output = block.padding.output(size: size, kernel: block.kernel, stride: block.stride)
            Self.count(
                Depthwise(
                    size: size, outputSize: output, channels: wide, kernel: block.kernel, stride: block.stride,
                    padding: block.padding.before),
                in: &depthwise)
            size = output
            Self.count(Map(size: size, channels: wide), in: &gated)
            Self.count(Pointwise(size: size, inputs: wide, outputs: block.outChannels), in: &pointwise)
            Self.count(Map(size: size, channels: block.outChannels), in: &projected)
        }
        Self.count(
            Pointwise(
                size: size, inputs: layout.blocks.last!.outChannels, outputs: architecture.featureChannels),
            in: &pointwise)
    }

    private static func count<Shape: Hashable>(_ shape: Shape, in list: inout [(shape: Shape, layers: Int)]) {
        if let place = list.firstIndex(where: { $0.shape == shape }) {
            list[place].layers += 1
        } else {
            list.append((shape, 1))
        }
    }
}
