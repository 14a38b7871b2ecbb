// OracleDumpTests.swift — writes blends for benchmarks/blend_oracle.py to check against OpenCV.
//
// Does nothing unless BLENDWAY_BLEND_DUMP names a folder; the script says how it is run.

import Blend
import Foundation
import Imaging
import Testing

/// One blend to be made by both; pictures and masks lie beside it.
struct OracleCase: Codable {
    /// "self" or "cross".
    var kind: String
    var landmarks: [[Float]]
    var recipe: BlendRecipe

    var points: Landmarks { Landmarks(points: landmarks.map { .init(x: $0[0], y: $0[1]) }) }
}

@Suite struct OracleDumpTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["BLENDWAY_BLEND_DUMP"] != nil))
    func writeCases() throws {
        let environment = ProcessInfo.processInfo.environment
        let folder = URL(fileURLWithPath: environment["BLENDWAY_BLEND_DUMP"]!)
        let count = environment["BLENDWAY_BLEND_COUNT"].flatMap { Int($0) } ?? 40
        var random = testRandom(90)
        for number in 0..<count {
            // Mostly the real size, sometimes others.
            let size = [256, 256, 256, 128, 64][number % 5]
            let case_ = folder.appendingPathComponent("case\(String(format: "%04d", number))")
            try FileManager.default.createDirectory(at: case_, withIntermediateDirectories: true)
            func path(_ name: String) -> String { case_.appendingPathComponent(name).path }
            let face = TestFace.picture(width: size, height: size, using: &random)
            let other = TestFace.picture(width: size, height: size, using: &random)
            let landmarks = TestFace.random(count: number % 2 == 0 ? 68 : 81, size: size, using: &random)
            let recipes = QuadrupleRecipe.draw(seed: 4, epoch: 0, sample: number)
            let cross = number % 3 == 2
            let mask: BlendMask
            try PNG.write(face, path("face.png"))
            if cross {
                let made = try CrossBlend.apply(
                    background: face, landmarks: landmarks, foreground: other,
                    recipe: recipes.crossBlend, scratch: BlendWorkspace())
                mask = made.mask
                try PNG.write(other, path("foreground.png"))
                try PNG.write(made.blended, path("blended.png"))
            } else {
                let made = try SelfBlend.apply(
                    face: face, landmarks: landmarks, recipe: recipes.selfBlend,
                    scratch: BlendWorkspace())
                mask = made.mask
                try PNG.write(made.real, path("real.png"))
                try PNG.write(made.blended, path("blended.png"))
            }
            let recipe = cross ? recipes.crossBlend : recipes.selfBlend
            try PNG.write(
                BlendMask.drawn(landmarks, recipe, width: size, height: size).image, path("drawn.png"))
            try mask.values.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: path("mask.f32")))
            let entry = OracleCase(
                kind: cross ? "cross" : "self", landmarks: landmarks.points.map { [$0.x, $0.y] },
                recipe: recipe)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(entry).write(to: URL(fileURLWithPath: path("case.json")))
        }
    }

    /// The input of benchmarks/blend_golden; `blend_oracle.py --golden` adds what OpenCV makes of it.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["BLENDWAY_BLEND_GOLDEN"] != nil))
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
