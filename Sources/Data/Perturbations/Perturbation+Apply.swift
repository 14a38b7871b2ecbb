// Perturbation+Apply.swift — perturbations done to pixels: pure functions of picture and key.

import CKernels
import Foundation
import Imaging
import Tensor

extension Perturbation {
    /// The perturbed picture.
    ///
    /// A pure function: equal arguments give equal bytes on any rank, thread and machine. One sample's
    /// draws are the same at every level of a kind, so that a higher level is more of the same damage.
    ///
    /// - Parameters:
    ///   - image: RGB.
    ///   - seed: another seed, other draws.
    ///   - sample: the picture's number in its dataset.
    /// - Throws: `ImagingError` if JPEG fails.
    public func apply(to image: Image, seed: UInt64, sample: Int) throws -> Image {
        var random = Philox(
            seed: seed, stream: .perturbation, key: SampleKey(epoch: 0, sample: sample),
            variant: kind.rawValue)
        let scale = Double(min(image.width, image.height)) / 256
        switch kind {
        case .masking:
            return Self.masked(image, blocks: Int(amount), side: max(1, Int((8 * scale).rounded())), &random)
        case .noise: return Self.noisy(image, deviation: Float(amount), &random)
        case .shifting: return Self.shifted(image, by: amount, &random)
        case .jpeg: return try JPEG.decode(JPEG.encode(image, quality: Int(amount)))
        case .blur: return Self.blurred(image, sigma: amount * scale)
        }
    }

    private static func masked(_ image: Image, blocks: Int, side: Int, _ random: inout Philox) -> Image {
        var image = image
        for _ in 0..<blocks {
            let x = random.integer(below: max(1, image.width - side + 1))
            let y = random.integer(below: max(1, image.height - side + 1))
            image.fillRectangle(x: x, y: y, width: side, height: side, Image.Color(128, 128, 128))
        }
        return image
    }

    private static func noisy(_ image: Image, deviation: Float, _ random: inout Philox) -> Image {
        var image = image
        image.pixels.withUnsafeMutableBufferPointer { pixels in
            for i in pixels.indices {
                let value = Float(pixels[i]) + deviation * random.normal()
                pixels[i] = UInt8(min(max(value, 0), 255) + 0.5)
            }
        }
        return image
    }

    private static func shifted(_ image: Image, by share: Double, _ random: inout Philox) -> Image {
        let angle = 2 * Double.pi * Double(random.uniform())
        let dx = Int((cos(angle) * share * Double(image.width)).rounded())
        let dy = Int((sin(angle) * share * Double(image.height)).rounded())
        var moved = image
        for y in 0..<image.height {
            let fromY = min(max(y - dy, 0), image.height - 1)
            for x in 0..<image.width {
                let fromX = min(max(x - dx, 0), image.width - 1)
                for c in 0..<image.channels { moved[x, y, c] = image[fromX, fromY, c] }
            }
        }
        return moved
    }

    private static func blurred(_ image: Image, sigma: Double) -> Image {
        // Beyond three sigma there is less than half a grey level.
        let radius = max(1, Int((3 * sigma).rounded(.up)))
        let heights = (0...radius).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
        let sum = heights[0] + 2 * heights[1...].reduce(0, +)
        let weights = heights.map { Float($0 / sum) }
        let (width, height) = (image.width, image.height)
        var plane = [Float](repeating: 0, count: width * height)
        var room = [Float](repeating: 0, count: bw_filter_scratch(width, height, radius))
        var blurred = image
        for c in 0..<image.channels {
            for i in plane.indices { plane[i] = Float(image.pixels[i * image.channels + c]) }
            plane.withUnsafeMutableBufferPointer { plane in
                room.withUnsafeMutableBufferPointer { room in
                    bw_filter_symmetric_f32(
                        plane.baseAddress!, plane.baseAddress!, width, height, weights, radius,
                        BW_REFLECT_101, room.baseAddress!)
                }
            }
            for i in plane.indices {
                blurred.pixels[i * image.channels + c] = UInt8(min(max(plane[i], 0), 255) + 0.5)
            }
        }
        return blurred
    }
}
