// ManipulationTests.swift — fakes: changed in the face only, by every family differently, and
// treated like real frames afterwards.

import Imaging
import Synthesis
import Testing

@Suite struct ManipulationTests {
    private func swap(
        _ family: Manipulation, source: (canvas: Canvas, landmarks: Landmarks),
        target: (canvas: Canvas, landmarks: Landmarks)
    ) throws -> Canvas {
        IdentitySwap.apply(family, source: source, target: target, generators: try GeneratorWeights.shipped())
    }

    /// Without noise and compression, what is outside the mask is the target bit for bit.
    @Test(arguments: Manipulation.allCases)
    func aFakeDiffersFromItsTargetInsideTheFaceOnly(family: Manipulation) throws {
        let target = draw(identity: 1, scene: 6)
        let source = draw(identity: 2, scene: 7)
        let fake = try swap(family, source: source, target: target)
        let points = target.landmarks.points
        let low = (x: points.map(\.x).min()!, y: points.map(\.y).min()!)
        let high = (x: points.map(\.x).max()!, y: points.map(\.y).max()!)
        var changed = 0
        for y in 0..<96 {
            for x in 0..<96 {
                let index = (y * 96 + x) * 3
                guard fake.values[index..<index + 3] != target.canvas.values[index..<index + 3] else {
                    continue
                }
                changed += 1
                #expect(Float(x) > low.x && Float(x) < high.x && Float(y) > low.y && Float(y) < high.y)
            }
        }
        let face = (high.x - low.x) * (high.y - low.y)
        #expect(Float(changed) > 0.3 * face, "\(changed) of \(face) pixels changed")
        #expect(meanDifference(fake.values, target.canvas.values) > 0.5)
    }

    @Test func familiesLeaveDifferentTraces() throws {
        let target = draw(identity: 1, scene: 6)
        let source = draw(identity: 2, scene: 7)
        let fakes = try Manipulation.allCases.map {
            try swap($0, source: source, target: target).values
        }
        for a in 0..<fakes.count {
            for b in 0..<a { #expect(meanDifference(fakes[a], fakes[b]) > 0.05) }
        }
    }

    @Test func theSwappedFaceLooksMoreLikeTheSourceThanTheTargetDoes() throws {
        // Colours are matched, so compare structure: differences between neighbouring pixels.
        func gradient(_ canvas: Canvas, _ box: [Landmarks.Point]) -> [Float] {
            let rows = Int(box.map(\.y).min()!)...Int(box.map(\.y).max()!)
            let columns = Int(box.map(\.x).min()!)...Int(box.map(\.x).max()!)
            return rows.flatMap { y in
                columns.map { x in
                    let index = (y * 96 + x) * 3 + 1
                    return canvas.values[index + 3] - canvas.values[index]
                }
            }
        }
        func correlation(_ a: [Float], _ b: [Float]) -> Float {
            let dot = zip(a, b).map(*).reduce(0, +)
            return dot / (a.map { $0 * $0 }.reduce(0, +) * b.map { $0 * $0 }.reduce(0, +)).squareRoot()
        }
        var wins = 0
        for pair in 0..<6 {
            let target = draw(identity: 2 * pair, scene: pair)
            let source = draw(identity: 2 * pair + 1, scene: pair)
            let fake = try swap(.meshSwap, source: source, target: target)
            // The region of the eyes, in the target's frame for both.
            let eyes = Array(target.landmarks.points[36..<48])
            let warped = FaceWarp.bent(source.canvas, from: source.landmarks, to: target.landmarks)
            let own = gradient(fake, eyes)
            if correlation(own, gradient(warped, eyes)) > correlation(own, gradient(target.canvas, eyes)) {
                wins += 1
            }
        }
        #expect(wins == 6)
    }

    @Test func bendingBringsLandmarksOntoTheTarget() {
        // A picture whose red is x and whose green is y shows where each pixel came from.
        let side = 96
        var values: [Float] = []
        for y in 0..<side { for x in 0..<side { values += [Float(x), Float(y), 0] } }
        let map = Canvas(side: side, values: values)
        let from = draw(identity: 4, scene: 2).landmarks
        let to = draw(identity: 7, scene: 2).landmarks
        let bent = FaceWarp.bent(map, from: from, to: to)
        func error(_ canvas: Canvas) -> Float {
            (17..<68).map { index in
                let place = to.points[index]
                let pixel = (Int(place.y + 0.5) * side + Int(place.x + 0.5)) * 3
                return abs(canvas.values[pixel] - from.points[index].x)
                    + abs(canvas.values[pixel + 1] - from.points[index].y)
            }.reduce(0, +) / 51
        }
        #expect(error(bent) < 1.6)
        #expect(error(bent) < 0.6 * error(map))
    }

    @Test func bendingOntoItsOwnLandmarksChangesNothing() {
        let face = draw(identity: 1, scene: 1)
        let same = FaceWarp.bent(face.canvas, from: face.landmarks, to: face.landmarks)
        #expect(meanDifference(same.values, face.canvas.values) < 0.01)
    }

    @Test func realAndFakeGetTheSameNoiseAndCompression() throws {
        // Blocks of the codec that the paste didn't touch come out alike: same noise, same quality.
        let scene = SyntheticScene(seed: 5, id: 6)
        let target = draw(identity: 1, scene: 6)
        let fake = try swap(.decoder, source: draw(identity: 2, scene: 7), target: target)
        let real = try Sensor.develop(target.canvas, scene: scene, frame: 0)
        let made = try Sensor.develop(fake, scene: scene, frame: 0)
        var compared = 0
        for block in 0..<36 {
            let (top, left) = (block / 6 * 16, block % 6 * 16)
            let isTouched = (top..<top + 16).contains { y in
                let row = (y * 96 + left) * 3..<(y * 96 + left + 16) * 3
                return fake.values[row] != target.canvas.values[row]
            }
            guard !isTouched else { continue }
            // Smooth chroma reaches a little beyond its block.
            for y in top + 2..<top + 14 {
                for x in left + 2..<left + 14 {
                    for channel in 0..<3 { #expect(made[x, y, channel] == real[x, y, channel]) }
                }
            }
            compared += 1
        }
        #expect(compared > 8)
        #expect(made != real)
    }

    @Test func aFakeKeepsItsTargetsLandmarks() throws {
        let world = try smallWorld()
        let videos = world.videos(of: .train)
        let fake = videos.first { $0.label == 1 }!
        let real = try world.frames(of: videos[fake.target!]).frame(1)
        let made = try world.frames(of: fake).frame(1)
        #expect(made.landmarks == real.landmarks)
        #expect(made.image != real.image)
    }

    @Test func equalWorldsGiveEqualFrames() throws {
        let video = try smallWorld().videos(of: .testUnseen).last!
        let first = try smallWorld().frames(of: video).frame(1)
        let second = try smallWorld().frames(of: video).frame(1)
        #expect(first == second)
        #expect(first.image.width == 64 && first.image.channels == 3)
        #expect(first.landmarks.points.count == 81)
    }
}
