// DegenerateTests.swift — samples that can't be blended must say so.

import Blend
import Imaging
import Testing

@Suite struct DegenerateTests {
    private let face: Image
    private let recipe = QuadrupleRecipe.draw(seed: 5, epoch: 0, sample: 0)
    private let scratch = BlendWorkspace()

    init() {
        var random = testRandom(30)
        face = TestFace.picture(width: 96, height: 96, using: &random)
    }

    private func blend(_ landmarks: Landmarks, _ face: Image? = nil) throws(BlendError) {
        let face = face ?? self.face
        for shape in BlendRecipe.MaskShape.allCases {
            var recipe = self.recipe.selfBlend
            recipe.maskShape = shape
            _ = try SelfBlend.apply(face: face, landmarks: landmarks, recipe: recipe, scratch: scratch)
        }
    }

    @Test func pointsInOnePlaceOrOnALineAreNoFace() {
        for count in [68, 81] {
            let one = Landmarks(points: Array(repeating: .init(x: 40, y: 40), count: count))
            #expect(throws: BlendError.degenerateLandmarks) { try blend(one) }
            let line = Landmarks(points: (0..<count).map { .init(x: Float($0), y: Float($0)) })
            #expect(throws: BlendError.degenerateLandmarks) { try blend(line) }
        }
    }

    @Test func wrongCountsAreRefused() {
        for count in [0, 1, 67, 69, 82] {
            let points = Landmarks(points: (0..<count).map { .init(x: Float($0), y: Float($0 * $0)) })
            #expect(throws: BlendError.badLandmarkCount(count)) { try blend(points) }
        }
    }

    @Test func numbersThatAreNoPlaceAreRefused() {
        for bad: Float in [.nan, .infinity, -.infinity, 1e30] {
            var landmarks = TestFace.landmarks(centre: (48, 48), size: 40)
            landmarks.points[17].y = bad
            let error = #expect(throws: BlendError.self) { try blend(landmarks) }
            guard case .badLandmark(17, _, _) = error else {
                Issue.record("expected badLandmark, got \(String(describing: error))")
                continue
            }
            #expect(error?.isBadSample == true)
        }
    }

    @Test func aFaceBesideThePictureGivesAnEmptyMask() {
        for centre in [(-500.0, 48.0), (48.0, 1000.0), (160.0, 160.0), (3000.0, -3000.0)] {
            let landmarks = TestFace.landmarks(count: 81, centre: centre, size: 40)
            let error = #expect(throws: BlendError.self) { try blend(landmarks) }
            guard case .emptyMask = error else {
                Issue.record("expected emptyMask, got \(String(describing: error))")
                continue
            }
        }
    }

    @Test func picturesOfOddKindsAreRefused() {
        let landmarks = TestFace.landmarks(centre: (0, 0), size: 1)
        for (width, height, channels) in [(1, 1, 3), (15, 96, 3), (96, 96, 1)] {
            #expect(throws: BlendError.badImage(width: width, height: height, channels: channels)) {
                try blend(landmarks, Image(width: width, height: height, channels: channels))
            }
        }
    }

    @Test func oblongPicturesAreFine() throws {
        var random = testRandom(31)
        for (width, height) in [(16, 300), (300, 16), (97, 61), (512, 200)] {
            let picture = TestFace.picture(width: width, height: height, using: &random)
            let centre = (Double(width) / 2, Double(height) / 2)
            try blend(TestFace.landmarks(centre: centre, size: Double(min(width, height)) * 0.45), picture)
        }
    }

    @Test func aBlackPictureIsNeverCalledFake() {
        let landmarks = TestFace.landmarks(centre: (48, 48), size: 40)
        let black = Image(width: 96, height: 96)
        var recipe = recipe.selfBlend
        recipe.recoloring!.brightness = -0.05
        recipe.recoloring!.rgbShift = nil
        recipe.recoloring!.hsvShift = [0, 0, -0.2]
        #expect(throws: BlendError.nothingChanged) {
            try SelfBlend.apply(face: black, landmarks: landmarks, recipe: recipe, scratch: scratch)
        }
        #expect(throws: BlendError.nothingChanged) {
            try CrossBlend.apply(
                background: black, landmarks: landmarks, foreground: black, recipe: recipe,
                scratch: scratch)
        }
    }

    @Test func aFlatForegroundIsOnlyMoved() throws {
        let landmarks = TestFace.landmarks(centre: (48, 48), size: 40)
        let flat = Image(width: 96, height: 96, fill: 90)
        var recipe = recipe.crossBlend
        recipe.affine = .init(unmoved: ())
        let result = try CrossBlend.apply(
            background: face, landmarks: landmarks, foreground: flat, recipe: recipe, scratch: scratch)
        #expect(result.blended != face)
    }

    @Test func sizesMustMatch() {
        let landmarks = TestFace.landmarks(centre: (48, 48), size: 40)
        let other = Image(width: 96, height: 95)
        let error = #expect(throws: BlendError.self) {
            try Quadruple.make(
                real: face, realLandmarks: landmarks, fake: other, foreground: face, seed: 1, epoch: 0,
                sample: 0, scratch: scratch)
        }
        #expect(error?.isBadSample == true && "\(error!)".contains("96×95"))
    }

    @Test func wantedAnchorsNeedTheirPictures() {
        let landmarks = TestFace.landmarks(centre: (48, 48), size: 40)
        for (fake, foreground) in [(nil, face), (face, nil)] as [(Image?, Image?)] {
            let error = #expect(throws: BlendError.self) {
                try Quadruple.make(
                    real: face, realLandmarks: landmarks, fake: fake, foreground: foreground, seed: 1,
                    epoch: 0, sample: 0, scratch: scratch)
            }
            #expect(error?.isBadSample == false)
        }
    }
}

extension BlendRecipe.Affine {
    /// No movement at all.
    init(unmoved: Void) {
        self = BlendRecipe.draw(.crossBlend, seed: 0).affine
        (translateX, translateY, scaleX, scaleY) = (0, 0, 1, 1)
    }
}
