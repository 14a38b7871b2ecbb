// GeneratorShape.swift — the layers of the face generators. Values are GeneratorNetwork's, training
// is module Training's.

/// An encoder and decoder over face cut-outs of 64×64 pixels.
///
/// In: the source person's face bent onto the target's landmarks, and the target's face (3 + 3
/// channels, values in −1…1). Out: the source's face with the target's pose, expression and light. Three
/// convolutions halve the map, three upsamplings bring it back, maps of 16 and 32 pixels are handed across.
/// The families differ in how they upsample, which is what leaves the traces that detectors find.
package struct GeneratorShape: Equatable, Sendable {
    /// How a map is doubled.
    package enum Upsampling: Sendable, CaseIterable {
        /// Transposed 3×3 convolution of stride 2: taps overlap unevenly (Odena, Dumoulin, Olah,
        /// "Deconvolution and checkerboard artifacts", Distill 2016).
        case transposed
        /// Bilinear enlargement, then a 3×3 convolution.
        case bilinear
        /// A 3×3 convolution to four times the channels, shuffled into 2×2 pixels (Shi et al., "Real-time single
        /// image and video super-resolution using an efficient sub-pixel convolutional neural network", CVPR 2016).
        case shuffle
    }

    /// A 3×3 convolution with padding 1 and bias.
    package struct Convolution: Equatable, Sendable {
        package let inChannels, outChannels, stride: Int
        package var weightCount: Int { 9 * inChannels * outChannels + outChannels }
    }

    package let upsampling: Upsampling
    /// In the order of the forward pass: `encoderCount` that go down, one at the bottom, `decoderCount` that go
    /// up, and the one to RGB.
    package let convolutions: [Convolution]

    package static let encoderCount = 3
    package static let decoderCount = 3
    /// Slope of the leaky ReLU after each convolution but the last.
    package static let slope: Float = 0.01

    package init(_ upsampling: Upsampling) {
        self.upsampling = upsampling
        func up(_ from: Int, _ to: Int) -> Convolution {
            Convolution(inChannels: from, outChannels: upsampling == .shuffle ? 4 * to : to, stride: 1)
        }
        convolutions = [
            Convolution(inChannels: 6, outChannels: 24, stride: 2),
            Convolution(inChannels: 24, outChannels: 48, stride: 2),
            Convolution(inChannels: 48, outChannels: 64, stride: 2),
            Convolution(inChannels: 64, outChannels: 64, stride: 1),
            up(64, 48), up(48, 24), up(24, 16),
            Convolution(inChannels: 16, outChannels: 3, stride: 1),
        ]
    }

    /// Numbers in all layers together, biases included.
    package var weightCount: Int { convolutions.reduce(0) { $0 + $1.weightCount } }

    /// Display values, 0…255.
    @inline(__always)
    static func inRange(_ value: SIMD3<Float>) -> SIMD3<Float> {
        pointwiseMax(SIMD3(), pointwiseMin(SIMD3(repeating: 255), value))
    }
}
