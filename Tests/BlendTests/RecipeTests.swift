// RecipeTests.swift — drawing recipes, and recipes as JSON.

import Blend
import Foundation
import Imaging
import Tensor
import Testing

@Suite struct RecipeTests {
    @Test func recipesSurviveJSONExactly() throws {
        for sample in 0..<500 {
            let recipe = QuadrupleRecipe.draw(seed: 3, epoch: 1, sample: sample)
            let data = try JSONEncoder().encode(recipe)
            #expect(try JSONDecoder().decode(QuadrupleRecipe.self, from: data) == recipe)
        }
    }

    @Test func drawsStayWithinTheMethodsRangesAndReachThem() {
        let recipes = (0..<4000).map { QuadrupleRecipe.draw(seed: 9, epoch: 0, sample: $0) }
        func share(_ condition: (QuadrupleRecipe) -> Bool) -> Double {
            Double(recipes.filter(condition).count) / Double(recipes.count)
        }
        func spans(_ range: ClosedRange<Float>, _ value: (QuadrupleRecipe) -> Float?) -> Bool {
            let values = recipes.compactMap(value)
            let (low, high) = (values.min()!, values.max()!)
            let width = range.upperBound - range.lowerBound
            return low >= range.lowerBound && high <= range.upperBound
                && low < range.lowerBound + 0.05 * width && high > range.upperBound - 0.05 * width
        }
        #expect(abs(share { $0.flip } - 0.5) < 0.03)
        #expect(abs(share { $0.selfBlend.cutTo68 } - 0.25) < 0.03)
        #expect(abs(share { $0.selfBlend.recoloring?.side == .source } - 0.5) < 0.03)
        #expect(abs(share { $0.selfBlend.recoloring?.rgbShift != nil } - 0.3) < 0.03)
        #expect(abs(share { $0.selfBlend.ratio == 1 } - 0.5) < 0.03)
        #expect(abs(share { $0.augmentation.jpegQuality != nil } - 0.5) < 0.03)
        #expect(abs(share { $0.augmentation.hsvShift != nil } - 0.3) < 0.03)
        #expect(abs(share { $0.augmentation.contrast != nil } - 0.3) < 0.03)
        for shape in BlendRecipe.MaskShape.allCases {
            #expect(abs(share { $0.crossBlend.maskShape == shape } - 0.25) < 0.03)
        }
        #expect(recipes.allSatisfy { $0.crossBlend.recoloring == nil && $0.selfBlend.recoloring != nil })
        #expect(spans(-0.03...0.03) { $0.selfBlend.affine.translateX })
        #expect(spans(-0.015...0.015) { $0.selfBlend.affine.translateY })
        #expect(spans(0.95...(1 / 0.95)) { $0.crossBlend.affine.scaleX })
        #expect(spans(-20...20) { $0.selfBlend.recoloring?.rgbShift?.y })
        #expect(spans(-0.3...0.3) { $0.selfBlend.recoloring?.hsvShift.x })
        #expect(spans(-0.1...0.1) { $0.selfBlend.recoloring?.contrast })
        #expect(spans(192...256) { Float($0.selfBlend.softMask.width) })
        #expect(spans(5...25) { Float($0.selfBlend.softMask.firstKernel) })
        #expect(spans(5...45) { $0.selfBlend.softMask.secondSigma })
        #expect(spans(-0.3...0.3) { $0.augmentation.contrast?.brightness })
        #expect(spans(40...100) { $0.augmentation.jpegQuality.map(Float.init) })
    }

    @Test func eachPartOfTheKeyMatters() {
        let base = QuadrupleRecipe.draw(seed: 1, epoch: 2, sample: 3)
        #expect(QuadrupleRecipe.draw(seed: 1, epoch: 2, sample: 3) == base)
        #expect(QuadrupleRecipe.draw(seed: 2, epoch: 2, sample: 3) != base)
        #expect(QuadrupleRecipe.draw(seed: 1, epoch: 3, sample: 3) != base)
        #expect(QuadrupleRecipe.draw(seed: 1, epoch: 2, sample: 4) != base)
    }

    @Test func impossibleRecipesAreRefused() {
        var random = testRandom(20)
        let face = TestFace.picture(width: 64, height: 64, using: &random)
        let landmarks = TestFace.landmarks(centre: (32, 32), size: 25)
        let good = QuadrupleRecipe.draw(seed: 1, epoch: 0, sample: 0).selfBlend
        let spoil: [(inout BlendRecipe) -> Void] = [
            { $0.ratio = 0 }, { $0.ratio = .nan }, { $0.softMask.firstKernel = 4 },
            { $0.softMask.width = 0 }, { $0.softMask.secondSigma = 0 }, { $0.affine.scaleX = 0 },
            { $0.affine.translateX = .infinity }, { $0.elastic.sigma = .nan },
            { $0.elastic.amplitude = -1 }, { $0.recoloring = nil },
            { $0.recoloring!.brightness = .nan }, { $0.recoloring!.detail = .downscale(factor: 0) },
            { $0.recoloring!.detail = .sharpen(alpha: 2, lightness: 0) },
            { $0.recoloring!.rgbShift = [0, .nan, 0] },
        ]
        for change in spoil {
            var recipe = good
            change(&recipe)
            let error = #expect(throws: BlendError.self) {
                try SelfBlend.apply(
                    face: face, landmarks: landmarks, recipe: recipe, scratch: BlendWorkspace())
            }
            guard case .badRecipe = error else {
                Issue.record("expected badRecipe, got \(String(describing: error))")
                continue
            }
        }
    }
}
