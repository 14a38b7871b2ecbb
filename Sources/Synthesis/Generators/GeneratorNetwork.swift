// GeneratorNetwork.swift — a trained generator at work: one face at a time, same bytes on every machine.

import CKernels

/// Swaps the face in one cut-out. See `GeneratorShape`.
package struct GeneratorNetwork: Sendable {
    package let shape: GeneratorShape
    /// Layer by layer: `[9, in, out]`, then biases `[out]`.
    private let weights: [Float]

    /// - Parameter weights: `shape.weightCount` numbers.
    package init(_ shape: GeneratorShape, weights: [Float]) {
        precondition(weights.count == shape.weightCount, "GeneratorNetwork: \(weights.count) of \(shape.weightCount) weights")
        self.shape = shape
        self.weights = weights
    }

    /// The source's face as the target's. Cost: about 45 million multiplications, 10 ms.
    package func swap(source: Plane, target: Plane) -> Plane {
        var map = FeatureMap(side: FaceCrop.side, channels: 6)
        for pixel in source.pixels.indices {
            let (a, b) = (source.pixels[pixel] / 127.5 - 1, target.pixels[pixel] / 127.5 - 1)
            for channel in 0..<3 {
                map.values[6 * pixel + channel] = a[channel]
                map.values[6 * pixel + 3 + channel] = b[channel]
            }
        }
        var offset = 0
        func apply(_ layer: Int, _ x: FeatureMap, slope: Float = GeneratorShape.slope) -> FeatureMap {
            let convolution = shape.convolutions[layer]
            var y = FeatureMap(side: (x.side - 1) / convolution.stride + 1, channels: convolution.outChannels)
            weights.withUnsafeBufferPointer { weights in
                let first = weights.baseAddress! + offset
                bw_portable_conv3(
                    x.values, first, first + 9 * convolution.inChannels * convolution.outChannels, &y.values,
                    Int32(x.side), Int32(x.side), Int32(convolution.inChannels), Int32(convolution.outChannels),
                    Int32(convolution.stride), slope)
            }
            offset += convolution.weightCount
            return y
        }

        var handedAcross: [FeatureMap] = []
        for layer in 0..<GeneratorShape.encoderCount {
            map = apply(layer, map)
            handedAcross.append(map)
        }
        handedAcross.removeLast()
        map = apply(GeneratorShape.encoderCount, map)
        for stage in 0..<GeneratorShape.decoderCount {
            let layer = GeneratorShape.encoderCount + 1 + stage
            switch shape.upsampling {
            case .transposed: map = apply(layer, map.spread(), slope: 1)
            case .bilinear: map = apply(layer, map.enlarged(), slope: 1)
            case .shuffle: map = apply(layer, map, slope: 1).shuffled()
            }
            if let other = handedAcross.popLast() { map.add(other) }
            map.leakyReLU()
        }
        map = apply(shape.convolutions.count - 1, map, slope: 1)
        return Plane(
            side: map.side,
            pixels: (0..<map.side * map.side).map { pixel in
                let value = SIMD3(map.values[3 * pixel], map.values[3 * pixel + 1], map.values[3 * pixel + 2])
                return GeneratorShape.inRange((value + 1) * 127.5)
            })
    }
}
