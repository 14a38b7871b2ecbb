// FaceTests.swift — drawn faces: the same every time, different from each other, landmarks in place.

import Imaging
import Synthesis
import Testing

@Suite struct FaceTests {
    @Test func equalKeysGiveEqualPixelsAndLandmarks() {
        let first = draw(identity: 3, scene: 4, frame: 2)
        let second = draw(identity: 3, scene: 4, frame: 2)
        #expect(first.canvas == second.canvas)
        #expect(first.landmarks == second.landmarks)
    }

    @Test func framesDoNotDependOnTheOrderTheyAreDrawnIn() {
        let person = SyntheticIdentity(seed: 5, id: 1)
        let scene = SyntheticScene(seed: 5, id: 9)
        let forward = FaceRenderer(person, size: 64)
        let first = forward.render(scene, frame: 0).canvas
        let last = forward.render(scene, frame: 6).canvas
        let backward = FaceRenderer(person, size: 64)
        #expect(backward.render(scene, frame: 6).canvas == last)
        #expect(backward.render(scene, frame: 0).canvas == first)
        #expect(meanDifference(first.values, last.values) > 0.5)
    }

    /// Holds on every machine, as nothing but IEEE basic operations makes these pixels. When it has
    /// to change, `SyntheticWorld.version` has to as well.
    @Test func aSeedGivesTheSamePicturesFromReleaseToRelease() {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in draw(identity: 0, scene: 0, size: 64).canvas.image.pixels {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        #expect(SyntheticWorld.version == 2)
        #expect(hash == 7_189_968_033_121_513_725, "the pictures' hash is now \(hash)")
    }

    @Test func anotherSeedGivesAnotherPersonAndAnotherScene() {
        #expect(SyntheticIdentity(seed: 1, id: 0) != SyntheticIdentity(seed: 2, id: 0))
        #expect(SyntheticScene(seed: 1, id: 0) != SyntheticScene(seed: 2, id: 0))
    }

    @Test func landmarksLieInsideTheFrameAndFillMostOfIt() {
        for id in 0..<40 {
            let points = draw(identity: id, scene: id, size: 64).landmarks.points
            #expect(points.count == 81)
            let xs = points.map(\.x)
            let ys = points.map(\.y)
            #expect(xs.min()! > 0 && xs.max()! < 63, "identity \(id): x \(xs.min()!)…\(xs.max()!)")
            #expect(ys.min()! > 0 && ys.max()! < 63, "identity \(id): y \(ys.min()!)…\(ys.max()!)")
            let share = (ys.max()! - ys.min()!) / 64
            #expect(share > 0.55 && share < 0.9, "identity \(id): the face takes \(share) of the height")
        }
    }

    /// Pairs of points that mirror each other, left one first, in the iBUG order.
    @Test func landmarksStandInTheirOrderFromLeftToRight() {
        let pairs = [
            (0, 16), (4, 12), (7, 9), (17, 26), (21, 22), (31, 35), (36, 45), (39, 42), (37, 44),
            (41, 46), (48, 54), (50, 52), (59, 55), (60, 64), (67, 65), (68, 80), (72, 76),
        ]
        for id in 0..<20 {
            let points = draw(identity: id, scene: id + 100, size: 64).landmarks.points
            for (left, right) in pairs {
                #expect(points[left].x < points[right].x, "identity \(id): points \(left) and \(right)")
            }
            // Downwards: forehead, brows, eyes, nose, mouth, chin.
            let column = [74, 19, 37, 33, 51, 57, 8].map { points[$0].y }
            #expect(column == column.sorted(), "identity \(id): \(column)")
            for lid in [(37, 41), (38, 40), (43, 47), (44, 46), (62, 66)] {
                #expect(points[lid.0].y <= points[lid.1].y + 0.01, "identity \(id): lids \(lid)")
            }
        }
    }

    @Test func aFaceSeenFromTheFrontHasMirroredLandmarks() {
        var scene = SyntheticScene(seed: 5, id: 0)
        let still = SyntheticScene.Swing(base: 0, amplitude: 0, rate: 1, phase: 0)
        scene.yaw = still
        scene.pitch = still
        scene.roll = still
        scene.offset = SIMD2()
        let points = FaceRenderer(SyntheticIdentity(seed: 5, id: 8), size: 101)
            .render(scene, frame: 0).landmarks.points
        for index in 0..<81 {
            let partner = points[Landmarks.mirrorPartner[index]]
            #expect(abs(points[index].x + partner.x - 100) < 0.05, "point \(index)")
            #expect(abs(points[index].y - partner.y) < 0.05, "point \(index)")
        }
    }

    /// The pupil is darker than the white beside it, which only holds if landmarks sit on the eye.
    @Test func eyeLandmarksEncloseADarkPupilInABrightEye() {
        var scene = SyntheticScene(seed: 5, id: 0)
        let still = SyntheticScene.Swing(base: 0, amplitude: 0, rate: 1, phase: 0)
        scene.yaw = still
        scene.gazeX = still
        scene.blinkPhase = 1.8
        scene.blur = 0
        var seen = 0
        for id in 0..<12 where SyntheticIdentity(seed: 5, id: id).glasses == nil {
            let face = FaceRenderer(SyntheticIdentity(seed: 5, id: id), size: 192).render(scene, frame: 0)
            func light(_ x: Float, _ y: Float) -> Float {
                face.canvas.values[(Int(y + 0.5) * 192 + Int(x + 0.5)) * 3 + 1]
            }
            for corners in [(36, 39), (42, 45)] {
                let a = face.landmarks.points[corners.0]
                let b = face.landmarks.points[corners.1]
                let middle = light((a.x + b.x) / 2, (a.y + b.y) / 2 + 1)
                let outer = corners.0 == 36 ? a : b
                let inner = corners.0 == 36 ? b : a
                let white = light(outer.x * 0.78 + inner.x * 0.22, outer.y * 0.78 + inner.y * 0.22)
                #expect(middle < white, "identity \(id), eye \(corners.0)")
            }
            seen += 1
        }
        #expect(seen > 6)
    }

    @Test func openingTheMouthMovesTheLowerLipAndTheChinDown() {
        var scene = SyntheticScene(seed: 5, id: 3)
        scene.talk = .init(base: 0, amplitude: 0, rate: 1, phase: 0)
        let renderer = FaceRenderer(SyntheticIdentity(seed: 5, id: 3), size: 128)
        let closed = renderer.render(scene, frame: 0).landmarks.points
        scene.talk.base = 0.2
        let open = renderer.render(scene, frame: 0).landmarks.points
        #expect(open[66].y - open[62].y > closed[66].y - closed[62].y + 3)
        #expect(open[8].y > closed[8].y + 2)
        #expect(abs(open[39].y - closed[39].y) < 0.01)
    }

    @Test func twoHundredPeopleAreAllDistinct() {
        // Under one scene, so that nothing but the person differs.
        let faces = (0..<200).map { draw(identity: $0, scene: 0, size: 32) }
        var closest = (distance: Float.infinity, pair: (0, 0))
        for a in 0..<faces.count {
            for b in 0..<a {
                let distance = meanDifference(faces[a].canvas.values, faces[b].canvas.values)
                if distance < closest.distance { closest = (distance, (a, b)) }
                let shape =
                    zip(faces[a].landmarks.points, faces[b].landmarks.points)
                    .map { abs($0.x - $1.x) + abs($0.y - $1.y) }.reduce(0, +) / 81
                #expect(shape > 0.1, "landmarks of \(a) and \(b) differ by \(shape) pixels of 32")
            }
        }
        #expect(closest.distance > 3, "\(closest.pair) differ by \(closest.distance) grey levels")
    }
}
