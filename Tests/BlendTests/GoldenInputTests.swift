// GoldenInputTests.swift — writes the input of benchmarks/blend_golden, when BLENDWAY_BLEND_GOLDEN names
// that folder; benchmarks/blend_oracle.py says how it is run.

import Blend
import Foundation
import Imaging
import Testing

/// One blend to be made by both; pictures lie beside it.
struct OracleCase: Codable {
    /// "self" or "cross".
    var kind: String
    var landmarks: [[Float]]
    var recipe: BlendRecipe

    var points: Landmarks { Landmarks(points: landmarks.map { .init(x: $0[0], y: $0[1]) }) }
}

@Suite struct GoldenInputTests {
    /// The input of benchmarks/blend_golden; `blend_oracle.py --golden` adds what OpenCV makes of it.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["BLENDWAY_BLEND_GOLDEN"] != nil,
            "writes the input of benchmarks/blend_golden, and only when BLENDWAY_BLEND_GOLDEN names that folder"))
    func writeGoldenInput() throws {
        let folder = ProcessInfo.processInfo.environment["BLENDWAY_BLEND_GOLDEN"]!
        var random = testRandom(91)
        try PNG.write(TestFace.picture(width: 64, height: 64, using: &random), folder + "/face.png")
        try PNG.write(TestFace.picture(width: 64, height: 64, using: &random), folder + "/foreground.png")
        var cases: [OracleCase] = []
        for (number, shape) in BlendRecipe.MaskShape.allCases.enumerated() {
            let recipes = QuadrupleRecipe.draw(seed: 5, epoch: 0, sample: number)
            for (kind, drawn) in [("self", recipes.selfBlend), ("cross", recipes.crossBlend)] {
                var recipe = drawn
                recipe.maskShape = shape
                let face = TestFace.landmarks(
                    count: number % 2 == 0 ? 68 : 81, centre: (31, 34), size: 24,
                    angle: 0.3 * Double(number) - 0.5)
                cases.append(
                    OracleCase(kind: kind, landmarks: face.points.map { [$0.x, $0.y] }, recipe: recipe))
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try encoder.encode(cases).write(to: URL(fileURLWithPath: folder + "/cases.json"))
    }
}
