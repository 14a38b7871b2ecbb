// QuadrupleTests.swift — whole training samples.

import Blend
import Imaging
import Tensor
import Testing

@Suite struct QuadrupleTests {
    private let real, fake, foreground: Image
    private let landmarks = TestFace.landmarks(count: 81, centre: (48, 50), size: 38)

    init() {
        var random = testRandom(60)
        real = TestFace.picture(width: 96, height: 96, using: &random)
        fake = TestFace.picture(width: 96, height: 96, using: &random)
        foreground = TestFace.picture(width: 96, height: 96, using: &random)
    }

    private func make(
        _ sample: Int, anchors: Quadruple.Anchors = .all, augment: Bool = true,
        scratch: BlendWorkspace = BlendWorkspace()
    ) throws -> Quadruple {
        try Quadruple.make(
            real: real, realLandmarks: landmarks, fake: fake, foreground: foreground,
            anchors: anchors, augment: augment, seed: 11, epoch: 2, sample: sample, scratch: scratch)
    }

    @Test func theSameKeyGivesTheSameBytesOnAnyThread() async throws {
        let scratch = BlendWorkspace()
        // Another size in between leaves its traces in the workspace.
        var random = testRandom(61)
        let large = TestFace.picture(width: 200, height: 150, using: &random)
        _ = try Quadruple.make(
            real: large, realLandmarks: TestFace.landmarks(centre: (90, 70), size: 60), fake: nil,
            foreground: nil, anchors: .selfBlended, seed: 1, epoch: 0, sample: 0, scratch: scratch)
        let expected = try (0..<16).map { try pictures(make($0, scratch: scratch)) }
        try await withThrowingTaskGroup(of: (Int, [Image?]).self) { group in
            for sample in 0..<16 {
                group.addTask { (sample, pictures(try make(sample))) }
            }
            for try await (sample, made) in group { #expect(made == expected[sample]) }
        }
    }

    private func pictures(_ quadruple: Quadruple) -> [Image?] {
        [quadruple.real, quadruple.selfBlended, quadruple.crossBlended, quadruple.deepfake]
    }

    @Test func allFourShareFlipAndAugmentation() throws {
        for sample in 0..<24 {
            let plain = try make(sample, augment: false)
            let full = try make(sample)
            let flipped = plain.recipe.flip
            #expect(plain.deepfake == (flipped ? fake.flippedHorizontally() : fake))
            #expect(plain.landmarks == (flipped ? try landmarks.flippedHorizontally(width: 96) : landmarks))
            for (before, after) in zip(pictures(plain), pictures(full)) {
                #expect(try Augmentation.apply(before!, full.recipe.augmentation) == after)
            }
        }
    }

    @Test func theRealPictureIsTheSelfBlendsTargetAndTheCrossBlendsBackground() throws {
        for sample in 0..<24 {
            let made = try make(sample, augment: false)
            for (picture, mask) in [(made.selfBlended!, made.selfMask!), (made.crossBlended!, made.crossMask!)] {
                for (pixel, weight) in mask.values.enumerated() where weight == 0 {
                    #expect(picture.pixels[3 * pixel] == made.real.pixels[3 * pixel])
                }
                #expect(picture != made.real)
            }
        }
    }

    @Test func aDeepfakeThatIsTheRealPictureIsRefused() {
        #expect(throws: BlendError.deepfakeIsReal) {
            try Quadruple.make(
                real: real, realLandmarks: landmarks, fake: real, foreground: nil, anchors: .deepfake, seed: 1,
                epoch: 0, sample: 0, scratch: BlendWorkspace())
        }
    }

    @Test func onlyWantedAnchorsAreMade() throws {
        let none = try make(3, anchors: [], augment: false)
        #expect(none.selfBlended == nil && none.crossBlended == nil && none.deepfake == nil)
        #expect(none.real == (none.recipe.flip ? real.flippedHorizontally() : real))
        let all = try make(3)
        let fakes = try make(3, anchors: [.selfBlended, .crossBlended])
        #expect(fakes.deepfake == nil && fakes.selfBlended == all.selfBlended)
        #expect(fakes.crossBlended == all.crossBlended && fakes.real == all.real)
    }

    @Test func aRecipeFromJSONMakesTheSameSample() throws {
        let made = try make(7)
        let again = try Quadruple.apply(
            made.recipe, real: real, realLandmarks: landmarks, fake: fake, foreground: foreground,
            scratch: BlendWorkspace())
        #expect(pictures(again) == pictures(made))
    }

    @Test func augmentationStepsDoWhatTheySay() throws {
        var random = testRandom(62)
        let image = TestFace.picture(width: 40, height: 24, using: &random)
        #expect(try Augmentation.apply(image, AugmentationRecipe()) == image)
        let shifted = try Augmentation.apply(image, AugmentationRecipe(rgbShift: [10.4, -3, 0]))
        #expect(shifted[5, 5, 0] == UInt8(min(255, Int(image[5, 5, 0]) + 10)))
        #expect(shifted[5, 5, 1] == image[5, 5, 1] - 3 && shifted[5, 5, 2] == image[5, 5, 2])
        let brighter = try Augmentation.apply(
            image, AugmentationRecipe(contrast: .init(brightness: 0.1, contrast: -0.5)))
        #expect(abs(Double(brighter[3, 3, 0]) - (0.5 * Double(image[3, 3, 0]) + 25.5)) <= 0.5)
        let compressed = try Augmentation.apply(image, AugmentationRecipe(jpegQuality: 40))
        #expect(try compressed == JPEG.decode(JPEG.encode(image, quality: 40)))
        #expect(throws: BlendError.codec(.badQuality(0))) {
            try Augmentation.apply(image, AugmentationRecipe(jpegQuality: 0))
        }
    }
}
