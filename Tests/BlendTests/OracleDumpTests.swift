// OracleDumpTests.swift — writes blends for benchmarks/blend_oracle.py to check against OpenCV.
//
// Does nothing unless BLENDWAY_BLEND_DUMP names a folder; the script says how it is run.

import Blend
import Foundation
import Imaging
import Testing

/// One case of the oracle's input; pictures and masks lie beside it.
private struct OracleCase: Codable {
    var kind: String
    var landmarks: [[Float]]
    var recipe: BlendRecipe
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
}
