// PropertyTests.swift — what holds for every blend, over thousands of random faces.

import Blend
import Imaging
import Tensor
import Testing

@Suite struct PropertyTests {
    @Test(arguments: [68, 81])
    func masksAreFilledAndTheirOutsideIsUntouched(count: Int) throws {
        let scratch = BlendWorkspace()
        var random = testRandom(40 + count)
        let size = 64
        let pictures = (0..<8).map { _ in TestFace.picture(width: size, height: size, using: &random) }
        var refused = 0
        for sample in 0..<1500 {
            let recipe = QuadrupleRecipe.draw(seed: 77, epoch: count, sample: sample)
            let landmarks = TestFace.random(count: count, size: size, using: &random)
            let (face, other) = (pictures[sample % 8], pictures[(sample + 3) % 8])
            do {
                let own = try SelfBlend.apply(
                    face: face, landmarks: landmarks, recipe: recipe.selfBlend, scratch: scratch)
                check(own.blended, over: own.real, own.mask, ratio: recipe.selfBlend.ratio)
                if recipe.selfBlend.recoloring!.side == .source { #expect(own.real == face) }
                let cross = try CrossBlend.apply(
                    background: face, landmarks: landmarks, foreground: other,
                    recipe: recipe.crossBlend, scratch: scratch)
                check(cross.blended, over: face, cross.mask, ratio: recipe.crossBlend.ratio)
            } catch {
                refused += 1
                guard case .emptyMask = error else { throw error }
            }
        }
        // Only faces that the affine step pushes over the edge may be refused.
        #expect(refused <= 15)
    }

    /// What is left out because it cannot be seen changes nothing: watched, all is made.
    @Test func beingWatchedChangesNothing() throws {
        let (scratch, watched) = (BlendWorkspace(), BlendWorkspace())
        var stages: [BlendStage] = []
        watched.onStage = { stage, _ in stages.append(stage) }
        var random = testRandom(54)
        var made = 0
        for sample in 0..<200 {
            let (width, height) = (48 + random.integer(below: 90), 48 + random.integer(below: 90))
            let face = TestFace.picture(width: width, height: height, using: &random)
            let other = TestFace.picture(width: width, height: height, using: &random)
            let landmarks = TestFace.random(count: 81, size: min(width, height), using: &random)
            var recipe = QuadrupleRecipe.draw(seed: 78, epoch: 0, sample: sample)
            // Odd ones too: small soft masks reach far, and great displacements go round the edges.
            if sample % 3 == 1 { recipe.crossBlend.softMask.width = 16 + random.integer(below: 100) }
            if sample % 5 == 2 { recipe.selfBlend.elastic.amplitude = 900 }
            func make(_ scratch: BlendWorkspace) throws(BlendError) -> Quadruple {
                try Quadruple.apply(
                    recipe, real: face, realLandmarks: landmarks, fake: nil, foreground: other,
                    anchors: [.selfBlended, .crossBlended], scratch: scratch)
            }
            guard let plain = try? make(scratch) else { continue }
            let same = try make(watched)
            #expect(plain.selfBlended == same.selfBlended && plain.crossBlended == same.crossBlended)
            #expect(plain.real == same.real && plain.selfMask == same.selfMask && plain.crossMask == same.crossMask)
            made += 1
        }
        #expect(made > 150 && Set(stages) == Set(BlendStage.allCases))
    }

    private func check(_ blended: Image, over real: Image, _ mask: BlendMask, ratio: Float) {
        var (largest, wrong): (Float, Int) = (0, 0)
        for (pixel, weight) in mask.values.enumerated() {
            largest = max(largest, weight)
            if !(weight >= 0 && weight <= 1) { wrong += 1 }
            if weight == 0 {
                for c in 0..<3 where blended.pixels[3 * pixel + c] != real.pixels[3 * pixel + c] {
                    wrong += 1
                }
            }
        }
        #expect(wrong == 0)
        #expect(largest > 0 && largest <= ratio * 1.000001)
        #expect(blended != real)
    }

    /// Nothing but a blend or a `BlendError` comes of points that are no face.
    @Test func scatteredPointsNeverCrash() {
        let scratch = BlendWorkspace()
        var random = testRandom(45)
        var made = 0
        for sample in 0..<600 {
            let (width, height) = (16 + random.integer(below: 60), 16 + random.integer(below: 60))
            let face = TestFace.picture(width: width, height: height, using: &random)
            let reach = [20, 100, 5000, 65536][random.integer(below: 4)] as Float
            let points = Landmarks(
                points: (0..<(sample % 2 == 0 ? 68 : 81)).map { _ in
                    .init(x: random.uniform(-reach, reach), y: random.uniform(-reach, reach))
                })
            if let quadruple = try? Quadruple.make(
                real: face, realLandmarks: points, fake: face.flippedHorizontally(), foreground: face, seed: 8, epoch: 0,
                sample: sample, scratch: scratch)
            {
                made += 1
                #expect(quadruple.selfMask!.values.allSatisfy { $0 >= 0 && $0 <= 1 })
            }
        }
        #expect(made > 100)
    }

    /// With the whole picture as mask, the result is the moved and recoloured copy itself.
    @Test func aSaturatedMaskOfRatioOneGivesTheSource() throws {
        var random = testRandom(50)
        let (face, other) = (
            TestFace.picture(width: 128, height: 128, using: &random),
            TestFace.picture(width: 128, height: 128, using: &random)
        )
        let everywhere = TestFace.landmarks(count: 81, centre: (64, 64), size: 900)
        for sample in 0..<20 {
            var recipe = BlendRecipe.draw(.selfBlend, seed: sample)
            (recipe.maskShape, recipe.cutTo68, recipe.ratio) = (.hull, false, 1)
            recipe.affine = .init(unmoved: ())
            recipe.recoloring!.side = .source
            let own = try SelfBlend.apply(
                face: face, landmarks: everywhere, recipe: recipe, scratch: BlendWorkspace())
            #expect(own.mask.values.allSatisfy { $0 == 1 })
            recipe.recoloring!.side = .target
            let changed = try SelfBlend.apply(
                face: face, landmarks: everywhere, recipe: recipe, scratch: BlendWorkspace())
            // The source of the one is the target of the other.
            #expect(own.blended == changed.real && changed.blended == face && own.real == face)
            let cross = try CrossBlend.apply(
                background: face, landmarks: everywhere, foreground: other, recipe: recipe,
                scratch: BlendWorkspace())
            #expect(cross.mask.values.allSatisfy { $0 == 1 })
            let mean = { (image: Image) in
                Double(image.pixels.reduce(0) { $0 + Int($1) }) / Double(image.pixels.count)
            }
            #expect(abs(mean(cross.blended) - mean(face)) < 1)
        }
    }

    @Test func aBlendOfAPictureWithItselfUnmovedTransfersNothing() {
        var random = testRandom(51)
        let face = TestFace.picture(width: 64, height: 64, using: &random)
        var recipe = BlendRecipe.draw(.crossBlend, seed: 1)
        recipe.affine = .init(unmoved: ())
        #expect(throws: BlendError.nothingChanged) {
            try CrossBlend.apply(
                background: face, landmarks: TestFace.landmarks(centre: (32, 32), size: 25),
                foreground: face, recipe: recipe, scratch: BlendWorkspace())
        }
    }

    /// One recipe covers about the same share of the face at every size. Pixels that the mask
    /// covers only in part are lost to it, and weigh more in small pictures.
    @Test func masksLookTheSameAtOtherSizes() throws {
        var random = testRandom(52)
        for sample in 0..<24 {
            let recipe = BlendRecipe.draw(.selfBlend, seed: sample)
            let shares = try [64, 128, 256].map { size in
                let face = TestFace.picture(width: size, height: size, using: &random)
                let half = Double(size) / 2
                let result = try SelfBlend.apply(
                    face: face,
                    landmarks: TestFace.landmarks(count: 81, centre: (half, half), size: 0.8 * half),
                    recipe: recipe, scratch: BlendWorkspace())
                return result.mask.values.reduce(0) { $0 + Double($1) } / Double(size * size)
            }
            #expect(abs(shares[0] / shares[2] - 1) < 0.25 && abs(shares[1] / shares[2] - 1) < 0.12, "\(shares)")
        }
    }

    @Test func withoutElasticNoiseTheKeyDoesNotMatter() throws {
        var random = testRandom(53)
        let face = TestFace.picture(width: 96, height: 96, using: &random)
        let landmarks = TestFace.landmarks(centre: (48, 48), size: 36)
        func mask(amplitude: Float, key: UInt64) throws -> BlendMask {
            var recipe = BlendRecipe.draw(.selfBlend, seed: 4)
            (recipe.elastic.amplitude, recipe.elastic.key) = (amplitude, key)
            return try SelfBlend.apply(
                face: face, landmarks: landmarks, recipe: recipe, scratch: BlendWorkspace()).mask
        }
        #expect(try mask(amplitude: 0, key: 1) == mask(amplitude: 0, key: 2))
        #expect(try mask(amplitude: 50, key: 1) != mask(amplitude: 50, key: 2))
    }
}
