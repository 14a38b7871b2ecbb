// TestFace.swift — plausible faces for the tests: landmarks by formula, pictures by noise.

import Blend
import Imaging
import Tensor

import Glibc

enum TestFace {
    /// 68 or 81 landmarks of an upright face; its eyes are `2 · 0.3 · size` apart at most, its chin
    /// lies `size` below its centre.
    static func landmarks(
        count: Int = 68, centre: (x: Double, y: Double), size: Double, angle: Double = 0,
        wobble: (() -> Double)? = nil
    ) -> Landmarks {
        var points: [(Double, Double)] = []
        func arc(_ n: Int, _ x: Double, _ y: Double, _ rx: Double, _ ry: Double, from: Double, to: Double) {
            for i in 0..<n {
                let t = (from + (to - from) * (n == 1 ? 0 : Double(i) / Double(n - 1))) * .pi
                points.append((x + rx * cos(t), y + ry * sin(t)))
            }
        }
        arc(17, 0, -0.1, 0.8, 1.1, from: 1, to: 0)  // jaw, from the left ear by the chin
        arc(5, -0.38, -0.38, 0.26, 0.14, from: 1, to: 2)  // brows
        arc(5, 0.38, -0.38, 0.26, 0.14, from: 1, to: 2)
        for i in 0..<4 { points.append((0.01 * Double(i), -0.3 + 0.15 * Double(i))) }  // nose
        arc(5, 0, 0.25, 0.16, 0.06, from: 1, to: 0)
        for x in [-0.36, 0.36] {  // eyes, round from the outer or inner left corner
            for i in [6, 8, 10, 12, 14, 16] {
                points.append((x + 0.15 * cos(Double(i) / 6 * .pi), -0.28 + 0.07 * sin(Double(i) / 6 * .pi)))
            }
        }
        arc(12, 0, 0.55, 0.32, 0.14, from: 1, to: 1 + 11.0 / 6)  // mouth
        arc(8, 0, 0.55, 0.22, 0.07, from: 1, to: 1 + 7.0 / 4)
        if count == 81 { arc(13, 0, -0.4, 0.78, 0.65, from: 1, to: 2) }
        precondition(points.count == count)
        return Landmarks(
            points: points.map { x, y in
                let (px, py) = (x + (wobble?() ?? 0), y + (wobble?() ?? 0))
                return .init(
                    x: Float(centre.x + size * (px * cos(angle) - py * sin(angle))),
                    y: Float(centre.y + size * (px * sin(angle) + py * cos(angle))))
            })
    }

    /// Landmarks of a random face that lies at least partly inside a `size`-pixel picture.
    static func random(count: Int, size: Int, using random: inout Philox) -> Landmarks {
        let side = Double(size)
        var generator = random
        let centre = (
            side * Double(generator.uniform(0.1, 0.9)), side * Double(generator.uniform(0.1, 0.9))
        )
        let radius = side * Double(generator.uniform(0.25, 0.6))
        let angle = Double(generator.uniform(-0.9, 0.9))
        let face = landmarks(count: count, centre: centre, size: radius, angle: angle) {
            Double(generator.uniform(-0.03, 0.03))
        }
        random = generator
        return face
    }

    /// A smooth random pattern with some fine grain, so that every change shows.
    static func picture(width: Int, height: Int, using random: inout Philox) -> Image {
        var image = Image(width: width, height: height)
        let waves = (0..<9).map { _ in
            (random.uniform(0, 0.15), random.uniform(0, 0.15), random.uniform(0, 6), random.uniform(10, 40))
        }
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 {
                    var value = 128 + random.uniform(-6, 6)
                    for (fx, fy, phase, height) in waves[(3 * c)..<(3 * c + 3)] {
                        value += height * Float(sin(Double(fx * Float(x) + fy * Float(y) + phase)))
                    }
                    image[x, y, c] = UInt8(min(max(value, 0), 255))
                }
            }
        }
        return image
    }
}

/// This file's own random numbers.
func testRandom(_ sample: Int) -> Philox {
    Philox(seed: 2024, stream: .test, sample: sample)
}

extension BlendRecipe {
    /// Some recipe of the kind.
    static func draw(_ kind: Kind, seed: Int) -> BlendRecipe {
        var random = testRandom(1_000_000 + seed)
        return draw(kind, using: &random)
    }
}
