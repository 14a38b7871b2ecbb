// NetworkCost.swift — multiplications of a forward pass, counted from the shapes. No times.

/// Multiply-adds of convolutions and linear layers; what goes over single numbers is not counted.
package enum NetworkCost {
    /// Of the backbone, an image.
    package static func backbone(_ architecture: Architecture, imageSize: Int, padding: PaddingRule) -> Double {
        backbone(BackboneLayout(architecture, imageSize: imageSize, padding: padding, stochasticDepth: 0))
    }

    /// Of the whole network with bridges and transitions, a quadruple of four images.
    package static func quadruple(_ shape: DetectorShape) -> Double {
        let layout = BackboneLayout(shape)
        let d = Double(shape.featureChannels)
        let pixels = Double(layout.mapSize * layout.mapSize)
        let heads = Double(shape.heads.count)
        let hidden = Double(shape.headChannels)
        let neck = pixels * Double(shape.architecture.featureChannels) * d
        // Each head, the final one too, is D → hidden → outputs; its logits go through hidden → D → the map.
        let perMap = (heads + 1) * hidden * d + heads * (hidden * d + d * d * pixels)
            + pixels * d * d * (heads + 1 + 1 + 9)
        let transitions = Double(shape.transitions.count)
        let transition = pixels * d * d * (9 + 9 + 2 + 9)
        let bridges = transitions
        return 4 * (backbone(layout) + neck) + (4 + bridges) * perMap + transitions * transition
    }

    private static func backbone(_ layout: BackboneLayout) -> Double {
        var size = layout.stemPadding.output(size: layout.imageSize, kernel: 3, stride: 2)
        var sum = Double(size * size * 27 * layout.architecture.stemChannels)
        for block in layout.blocks {
            let wide = block.inChannels * block.expansion
            if block.expansion > 1 { sum += Double(size * size * block.inChannels * wide) }
            size = block.padding.output(size: size, kernel: block.kernel, stride: block.stride)
            sum += Double(size * size * wide * (block.kernel * block.kernel + block.outChannels))
            sum += Double(2 * wide * max(1, block.inChannels / 4))
        }
        return sum + Double(size * size * layout.blocks.last!.outChannels * layout.architecture.featureChannels)
    }
}
