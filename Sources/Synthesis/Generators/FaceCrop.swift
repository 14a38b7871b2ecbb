// FaceCrop.swift — the square, upright cut-out of a face that generators see and give back.
//
// Not the frame's own crop: that one belongs to the dataset, this one to whoever makes the fakes.

import Imaging

/// The similarity between a frame and its face's cut-out of `side`×`side` pixels, in which the eyes are level.
package struct FaceCrop: Equatable, Sendable {
    package static let side = 64
    /// Pixels of the cut-out between the eyes' middles in a frontal view.
    private static let eyeDistance: Float = 30
    /// Where the point half-way between eyes and mouth comes to lie.
    private static let middle = SIMD2<Float>(31.5, 27.5)

    private let center: SIMD2<Float>
    /// Frame pixels per cut-out pixel, along the cut-out's axes.
    private let across: SIMD2<Float>
    private let down: SIMD2<Float>
    private let scale: Float

    package init(_ landmarks: Landmarks) {
        func mean(_ range: ClosedRange<Int>) -> SIMD2<Float> {
            range.reduce(SIMD2()) { $0 + landmarks.vector($1) } / Float(range.count)
        }
        let (left, right, mouth) = (mean(36...41), mean(42...47), mean(48...59))
        let eyes = right - left
        let distance = max((eyes * eyes).sum().squareRoot(), 1)
        let drop = mouth - (left + right) / 2
        // A turned head brings the eyes together, a raised one eyes and mouth: the longer one tells the size.
        scale = max(distance, (drop * drop).sum().squareRoot()) / Self.eyeDistance
        across = eyes / distance * scale
        down = SIMD2(-across.y, across.x)
        center = (left + right) / 2 + drop / 2
    }

    /// The cut-out of a frame, values as the frame's.
    package func cut(_ canvas: Canvas) -> Plane {
        var smooth = canvas
        // Where the cut-out is coarser than the frame.
        smooth.blur(sigma: 0.4 * (scale - 1))
        let plane = Plane(smooth)
        var pixels: [SIMD3<Float>] = []
        pixels.reserveCapacity(Self.side * Self.side)
        for row in 0..<Self.side {
            for column in 0..<Self.side {
                let d = SIMD2(Float(column), Float(row)) - Self.middle
                let place = center + across * d.x + down * d.y
                pixels.append(plane.sample(place.x, place.y))
            }
        }
        return Plane(side: Self.side, pixels: pixels)
    }

    /// A frame of `side` pixels with the cut-out in its place; the cut-out's edges repeat outside of it.
    package func placed(_ face: Plane, side: Int) -> Canvas {
        precondition(face.side == Self.side, "FaceCrop: a cut-out of \(face.side) pixels")
        var values: [Float] = []
        values.reserveCapacity(side * side * 3)
        for row in 0..<side {
            for column in 0..<side {
                let d = (SIMD2(Float(column), Float(row)) - center) / (scale * scale)
                let place = SIMD2((d * across).sum(), (d * down).sum()) + Self.middle
                let pixel = face.sample(place.x, place.y)
                values.append(pixel.x)
                values.append(pixel.y)
                values.append(pixel.z)
            }
        }
        return Canvas(side: side, values: values)
    }
}
