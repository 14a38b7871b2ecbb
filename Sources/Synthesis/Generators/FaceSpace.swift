// FaceSpace.swift — faces as sums of a few pictures: a mean and its principal components.
//
// Turk and Pentland, "Eigenfaces for recognition", Journal of Cognitive Neuroscience 1991.

/// A low-rank linear model of face cut-outs.
package struct FaceSpace: Equatable, Sendable {
    /// Values of a cut-out.
    package static let dimension = FaceCrop.side * FaceCrop.side * 3
    package static let components = 48

    /// `dimension` values of 0…255.
    private let mean: [Float]
    /// `[components, dimension]`, rows orthonormal to rounding.
    private let basis: [Float]

    package init(mean: [Float], basis: [Float]) {
        precondition(
            mean.count == Self.dimension && basis.count == Self.components * Self.dimension,
            "FaceSpace: \(mean.count) and \(basis.count) values")
        self.mean = mean
        self.basis = basis
    }

    /// The nearest face in the space. Cost: 2 · components · dimension multiplications, 2 ms.
    package func projected(_ face: Plane) -> Plane {
        var rest = [Float](repeating: 0, count: Self.dimension)
        for pixel in face.pixels.indices {
            for channel in 0..<3 {
                let index = 3 * pixel + channel
                rest[index] = face.pixels[pixel][channel] - mean[index]
            }
        }
        var output = mean
        for row in 0..<Self.components {
            let first = row * Self.dimension
            // Eight sums in a fixed order: vectors without an order of the compiler's own.
            var sums = SIMD8<Float>()
            for block in stride(from: 0, to: Self.dimension, by: 8) {
                var (a, b) = (SIMD8<Float>(), SIMD8<Float>())
                for lane in 0..<8 {
                    a[lane] = rest[block + lane]
                    b[lane] = basis[first + block + lane]
                }
                sums += a * b
            }
            var share: Float = 0
            for lane in 0..<8 { share += sums[lane] }
            for index in 0..<Self.dimension { output[index] += share * basis[first + index] }
        }
        return Plane(
            side: face.side,
            pixels: face.pixels.indices.map { pixel in
                let value = SIMD3(output[3 * pixel], output[3 * pixel + 1], output[3 * pixel + 2])
                return GeneratorShape.inRange(value)
            })
    }
}
