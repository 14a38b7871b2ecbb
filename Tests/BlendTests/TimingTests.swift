// TimingTests.swift — how much of one core's time a blend takes.
//
// Does nothing unless BLENDWAY_BLEND_TIMING is set:
//     BLENDWAY_BLEND_TIMING=all swift test -c release --filter TimingTests
// or to the first word of one line of its output.

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
        func seconds() -> Double {
            var now = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
            return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
        }
        func time(_ name: String, _ body: (Int) throws -> Void) rethrows {
            let wanted = ProcessInfo.processInfo.environment["BLENDWAY_BLEND_TIMING"]!
            guard wanted == "all" || name.hasPrefix(wanted) else { return }
            var times: [Double] = []
            for i in 0..<256 {
                let start = seconds()
                try body(i % 64)
                times.append(1000 * (seconds() - start))
            }
            times.sort()
            print(String(format: "%@: median %.3f ms, least %.3f ms", name, times[128], times[0]))
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
