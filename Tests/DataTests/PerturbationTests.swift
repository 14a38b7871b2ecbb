// PerturbationTests.swift — perturbations are pure functions, and a higher level is more of the same.

import Data
import Foundation
import Imaging
import Testing

@Suite struct PerturbationTests {
    /// Smooth colours with an edge.
    private static func picture(_ size: Int = 64) -> Image {
        var image = Image(width: size, height: size)
        for y in 0..<size {
            for x in 0..<size {
                image[x, y, 0] = UInt8(255 * x / size)
                image[x, y, 1] = UInt8(255 * y / size)
                image[x, y, 2] = x > y ? 200 : 30
            }
        }
        return image
    }

    private static func distance(_ a: Image, _ b: Image) -> Double {
        (zip(a.pixels, b.pixels).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) } / Double(a.pixels.count)).squareRoot()
    }

    @Test(arguments: Perturbation.Kind.allCases)
    func higherLevelsChangeMoreAndEqualArgumentsGiveEqualBytes(kind: Perturbation.Kind) throws {
        let picture = Self.picture()
        var last = 0.0
        for level in Perturbation.levels {
            let perturbation = Perturbation(kind, level: level)
            let once = try perturbation.apply(to: picture, seed: 1, sample: 5)
            #expect(try perturbation.apply(to: picture, seed: 1, sample: 5) == once)
            let changed = Self.distance(once, picture)
            #expect(changed > last, "\(kind.name) at level \(level): \(changed), before \(last)")
            last = changed
            let other = try perturbation.apply(to: picture, seed: 1, sample: 6)
            let isRandom = kind == .masking || kind == .noise
            if isRandom { #expect(other != once, "each sample has draws of its own") }
        }
        #expect(Perturbation.all.count == 25)
    }

    @Test func aLevelsBlocksAreAmongThoseOfTheNext() throws {
        let picture = Self.picture()
        let few = try Perturbation(.masking, level: 1).apply(to: picture, seed: 1, sample: 2)
        let more = try Perturbation(.masking, level: 2).apply(to: picture, seed: 1, sample: 2)
        for i in few.pixels.indices where few.pixels[i] != picture.pixels[i] { #expect(more.pixels[i] == few.pixels[i]) }
    }

    @Test func noiseHasTheDeviationThatItSays() throws {
        let grey = Image(width: 128, height: 128, fill: 128)
        let noisy = try Perturbation(.noise, level: 5).apply(to: grey, seed: 1, sample: 0)
        #expect(abs(Self.distance(noisy, grey) - 16) < 0.4)
    }

    @Test func blurIsTheGaussianThatItSays() throws {
        var dot = Image(width: 256, height: 256)
        for c in 0..<3 { dot[128, 128, c] = 255 }
        let blurred = try Perturbation(.blur, level: 1).apply(to: dot, seed: 1, sample: 0)
        // sigma 2: the centre of a two-dimensional Gaussian is 1/(2πσ²), and one step away e^(−1/8) of it.
        let centre = 255 / (2 * Double.pi * 4)
        #expect(abs(Double(blurred[128, 128, 0]) - centre) <= 1)
        #expect(abs(Double(blurred[129, 128, 1]) - centre * exp(-1.0 / 8)) <= 1)
        let flat = Image(width: 64, height: 64, fill: 77)
        #expect(try Perturbation(.blur, level: 5).apply(to: flat, seed: 1, sample: 0) == flat)
    }

    @Test func aShiftRepeatsTheEdge() throws {
        let picture = Self.picture(100)
        let moved = try Perturbation(.shifting, level: 5).apply(to: picture, seed: 1, sample: 3)
        let matches = (-10...10).contains { dx in
            (-10...10).contains { dy in
                (0..<100).allSatisfy { y in
                    (0..<100).allSatisfy { x in
                        moved[x, y, 0] == picture[min(max(x - dx, 0), 99), min(max(y - dy, 0), 99), 0]
                    }
                } && abs((Double(dx * dx + dy * dy)).squareRoot() - 10) < 1
            }
        }
        #expect(matches)
    }
}
