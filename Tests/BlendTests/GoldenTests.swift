// GoldenTests.swift — blends against OpenCV's, kept in benchmarks/blend_golden with the script that
// made them (benchmarks/blend_oracle.py).

import Blend
import Foundation
import Imaging
import Testing

@Suite struct GoldenTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("benchmarks/blend_golden").path

    @Test(arguments: 0..<8)
    func blendsEqualOpenCVs(number: Int) throws {
        func picture(_ name: String, channels: Int = 3) throws -> Image {
            try PNG.read("\(Self.folder)/\(name).png", channels: channels)
        }
        let cases = try JSONDecoder().decode(
            [OracleCase].self,
            from: Data(contentsOf: URL(fileURLWithPath: Self.folder + "/cases.json")))
        let given = cases[number]
        let face = try picture("face")

        // The same pixel by pixel; on the hull's anti-aliased edge by the weights' rounding.
        let isHull = given.recipe.maskShape == .hull
        let drawn = try BlendMask.drawn(given.points, given.recipe, width: 64, height: 64)
        let expectedDrawn = try picture("\(number)_drawn", channels: 1)
        for (value, expected) in zip(drawn.image.pixels, expectedDrawn.pixels) where value != expected {
            #expect(isHull && abs(Int(value) - Int(expected)) <= 2 && value < 255 && expected < 255)
        }

        let blended: Image, mask: BlendMask
        if given.kind == "cross" {
            (blended, mask) = try CrossBlend.apply(
                background: face, landmarks: given.points, foreground: picture("foreground"),
                recipe: given.recipe, scratch: BlendWorkspace())
        } else {
            let made = try SelfBlend.apply(
                face: face, landmarks: given.points, recipe: given.recipe, scratch: BlendWorkspace())
            (blended, mask) = (made.blended, made.mask)
            #expect(share(made.real, try picture("\(number)_real"), within: 1) >= 0.999)
        }
        #expect(share(blended, try picture("\(number)_blended"), within: 2) >= 0.995)
        #expect(share(mask.image, try picture("\(number)_mask", channels: 1), within: 3) >= 0.995)
    }

    /// How many of the values differ by at most `bound`.
    private func share(_ a: Image, _ b: Image, within bound: Int) -> Double {
        let near = zip(a.pixels, b.pixels).filter { abs(Int($0) - Int($1)) <= bound }
        return Double(near.count) / Double(a.pixels.count)
    }
}
