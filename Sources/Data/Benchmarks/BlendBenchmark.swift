// BlendBenchmark.swift — what making blendfakes costs one core. What `blendway bench blend` runs.

import Blend
import Foundation
import Imaging
import Synthesis
import Tensor

/// Times blends of drawn faces, one recipe after the other, on the calling thread.
///
/// Faces come from the built-in world and are ready in memory: reading and decoding files is not in it.
/// Times are those of the thread's processor time, which others on the machine disturb least.
public struct BlendBenchmark {
    public struct Result: Codable, Sendable {
        /// Medians over the recipes. A self-blended pair is the fake and its real picture.
        public var selfBlendMs: Double
        public var crossBlendMs: Double
        /// The final augmentation of four pictures: every colour step, and JPEG there and back.
        public var augmentMs: Double
        /// All of it: mirroring by the recipe, both blends, all augmentations and four JPEG passes.
        public var quadrupleMs: Double
        /// The same with augmentations as often as training draws them; the mean.
        public var drawnQuadrupleMs: Double
        public var quadruplesPerSecond: Double
        /// Of the four medians above: (third quartile − first) / median, the largest.
        public var spread: Double
        public var size: Int
        public var recipes: Int
        public var isa: String

        public var sentence: String {
            String(
                format: "%d pixels, one core, %d recipes: self-blended pair %.2f ms, cross-blend %.2f ms, augmentation of "
                    + "four %.2f ms; whole quadruple %.2f ms with all augmentations and four JPEG passes, "
                    + "%.2f ms as training draws them; %.0f quadruples/s; spread %.0f %%; %@\n",
                size, recipes, selfBlendMs, crossBlendMs, augmentMs, quadrupleMs, drawnQuadrupleMs,
                quadruplesPerSecond, 100 * spread, isa)
        }
    }

    /// - Parameters:
    ///   - size: pixels a side, 64 to 256.
    ///   - recipes: how many different ones, at least 4.
    public static func run(size: Int, recipes count: Int) throws -> Result {
        let world = try SyntheticWorld(
            seed: 1, size: size, identities: SyntheticWorld.minimumIdentities, videosPerIdentity: 1,
            framesPerVideo: 1)
        let videos = world.videos(of: .train)
        let real = videos.filter { $0.label == 0 }
        guard let fake = videos.first(where: { $0.label == 1 }), real.count >= 2 else {
            preconditionFailure("BlendBenchmark: the smallest world has \(videos.count) videos")
        }
        let face = try world.frames(of: real[0]).frame(0)
        let (other, made) = (try world.frames(of: real[1]).frame(0), try world.frames(of: fake).frame(0))
        let scratch = BlendWorkspace()
        let drawn = (0..<count).map { QuadrupleRecipe.draw(seed: 1, epoch: 0, sample: $0) }
        let full = drawn.enumerated().map { number, recipe in
            var recipe = recipe
            recipe.augmentation = AugmentationRecipe(
                rgbShift: [7, -4, 11], hsvShift: [0.1, 0.2, -0.2], contrast: .init(brightness: 0.05, contrast: -0.1),
                jpegQuality: 40 + number % 61)
            return recipe
        }
        func quadruple(_ recipe: QuadrupleRecipe) throws {
            _ = try Quadruple.apply(
                recipe, real: face.image, realLandmarks: face.landmarks, fake: made.image, foreground: other.image,
                scratch: scratch)
        }
        func milliseconds(_ body: (Int) throws -> Void) rethrows -> [Double] {
            var times: [Double] = []
            for number in 0..<count {
                let start = threadSeconds()
                try body(number)
                times.append(1000 * (threadSeconds() - start))
            }
            return times.sorted()
        }
        // Once for nothing, to have memory and caches as in the middle of a run.
        for recipe in full.prefix(4) { try quadruple(recipe) }
        let selfBlend = try milliseconds {
            _ = try SelfBlend.apply(
                face: face.image, landmarks: face.landmarks, recipe: drawn[$0].selfBlend, scratch: scratch)
        }
        let crossBlend = try milliseconds {
            _ = try CrossBlend.apply(
                background: face.image, landmarks: face.landmarks, foreground: other.image,
                recipe: drawn[$0].crossBlend, scratch: scratch)
        }
        let augmentation = try milliseconds {
            for image in [face.image, other.image, made.image, face.image] {
                _ = try Augmentation.apply(image, full[$0].augmentation)
            }
        }
        let quadruples = try milliseconds { try quadruple(full[$0]) }
        let asDrawn = try milliseconds { try quadruple(drawn[$0]) }
        func spread(_ times: [Double]) -> Double { (times[count * 3 / 4] - times[count / 4]) / times[count / 2] }
        return Result(
            selfBlendMs: selfBlend[count / 2], crossBlendMs: crossBlend[count / 2], augmentMs: augmentation[count / 2],
            quadrupleMs: quadruples[count / 2], drawnQuadrupleMs: asDrawn.reduce(0, +) / Double(count),
            quadruplesPerSecond: 1000 / quadruples[count / 2],
            spread: [selfBlend, crossBlend, augmentation, quadruples].map(spread).max() ?? 0, size: size,
            recipes: count, isa: OpenBLASCore.instructionSet)
    }

    private static func threadSeconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }
}
