// TimingTests.swift — how long a blend takes on one core; run it alone, on a quiet machine.
//
// Does nothing unless BLENDWAY_BLEND_TIMING is set:
//     BLENDWAY_BLEND_TIMING=1 swift test -c release --filter TimingTests

import Blend
import Foundation
import Imaging
import Testing

@Suite struct TimingTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["BLENDWAY_BLEND_TIMING"] != nil))
    func reportMillisecondsOf256PixelFaces() throws {
        var random = testRandom(99)
        let (face, other) = (
            TestFace.picture(width: 256, height: 256, using: &random),
            TestFace.picture(width: 256, height: 256, using: &random)
        )
        let landmarks = TestFace.landmarks(count: 81, centre: (128, 128), size: 100)
        let scratch = BlendWorkspace()
        let recipes = (0..<64).map { QuadrupleRecipe.draw(seed: 1, epoch: 0, sample: $0) }
        // The median of many blends: other work on the machine lengthens single ones.
        func time(_ name: String, _ body: (Int) throws -> Void) rethrows {
            var times: [Duration] = []
            for i in 0..<256 {
                times.append(try ContinuousClock().measure { try body(i % 64) })
            }
            times.sort()
            func milliseconds(_ d: Duration) -> String { String(format: "%.3f", d / .milliseconds(1)) }
            print("\(name): median \(milliseconds(times[128])) ms, least \(milliseconds(times[0])) ms")
        }
        try time("self-blended pair") {
            _ = try SelfBlend.apply(
                face: face, landmarks: landmarks, recipe: recipes[$0].selfBlend, scratch: scratch)
        }
        try time("cross-blend") {
            _ = try CrossBlend.apply(
                background: face, landmarks: landmarks, foreground: other,
                recipe: recipes[$0].crossBlend, scratch: scratch)
        }
        try time("quadruple as drawn") {
            _ = try Quadruple.apply(
                recipes[$0], real: face, realLandmarks: landmarks, fake: other, foreground: other,
                scratch: scratch)
        }
        try time("quadruple with all augmentations and JPEG") {
            var recipe = recipes[$0]
            recipe.augmentation = AugmentationRecipe(
                rgbShift: [3, -4, 5], hsvShift: [0.1, 0.2, -0.2],
                contrast: .init(brightness: 0.1, contrast: 0.1), jpegQuality: 75)
            _ = try Quadruple.apply(
                recipe, real: face, realLandmarks: landmarks, fake: other, foreground: other,
                scratch: scratch)
        }
    }
}
