// FaceChoiceTests.swift — which frames are taken of fakes and their real films, and which face of a frame. No film of
// people is needed.

#if BLENDWAY_EXTRACT
import Extraction
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct FaceChoiceTests {
    private func box(_ left: Int, _ top: Int, _ side: Int) -> FaceBox {
        FaceBox(left: left, top: top, right: left + side - 1, bottom: top + side - 1)
    }

    @Test func aRealFilmGivesTheFramesOfItsFakes() throws {
        try withTemporaryFolder { folder in
            let root = "\(folder)/FaceForensics++"
            let real = "\(root)/original_sequences/youtube/c23/videos"
            let fakes = "\(root)/manipulated_sequences"
            for (path, frames) in [
                ("\(real)/000.mp4", 30), ("\(real)/001.mp4", 12), ("\(fakes)/Deepfakes/c23/videos/000_003.mp4", 20),
                ("\(fakes)/Face2Face/c23/videos/000_003.mp4", 30),
            ] {
                try FileManager.default.createDirectory(
                    atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
                try SmallVideo.write(path, container: "mp4", frames: frames)
            }
            let plan = try ExtractionPlan([root], .init())
            let pairs = PairedFrames(plan)
            var taken: [String: FrameChoice] = [:]
            for (item, planned) in plan.items.enumerated() {
                taken["\(planned.video.method)/\(planned.video.name)"] = try pairs.choice(of: item, frames: 4)
            }
            // 20 frames: 0, 5, 10, 15; 30 frames: 0, 7, 15, 22.
            #expect(taken["original/000"] == .numbers([0, 5, 7, 10, 15, 22]), "\(taken)")
            #expect(taken["original/001"] == .evenly(4) && taken["Deepfakes/000_003"] == .evenly(4))
        }
    }

    @Test func facesAreFollowedByTheirPlaces() {
        var tracks = FaceTracks()
        #expect(tracks.follow([box(0, 0, 100), box(300, 0, 80)]) == [0, 1])
        // The second is the larger one now, and a third comes.
        #expect(tracks.follow([box(305, 2, 110), box(4, 0, 90), box(600, 0, 50)]) == [1, 0, 2])
        // The first is gone for a frame, and comes again.
        #expect(tracks.follow([box(310, 2, 100)]) == [1])
        #expect(tracks.follow([box(6, 2, 100), box(900, 2, 40)]) == [0, 3])
        #expect(tracks.count == 4)
    }

    @Test func oneFaceIsFollowedAndAChangeIsSaid() {
        var chooser = FaceChooser()
        let (anna, ben) = (box(0, 0, 100), box(300, 0, 90))
        #expect(chooser.choose([anna, ben], frame: 0, width: 640, height: 360, mask: nil) == 0)
        // Ben comes nearer: the largest is he, but Anna is followed.
        #expect(chooser.choose([box(300, 0, 140), box(3, 0, 100)], frame: 10, width: 640, height: 360, mask: nil) == 1)
        #expect(chooser.changes.isEmpty)
        // She leaves.
        #expect(chooser.choose([box(300, 0, 140)], frame: 20, width: 640, height: 360, mask: nil) == 0)
        #expect(chooser.changes == [20])
    }

    @Test func theMaskDecidesBeforeTheSize() {
        // Half as large as the frame, bright at the right.
        var image = Image(width: 320, height: 180)
        for y in 20..<60 { for x in 160..<200 { for channel in 0..<3 { image[x, y, channel] = 255 } } }
        var chooser = FaceChooser()
        let boxes = [box(0, 0, 200), box(310, 30, 100)]
        #expect(chooser.choose(boxes, frame: 0, width: 640, height: 360, mask: ManipulationMask(image: image)) == 1)
        // Nothing is marked: the one that was taken before.
        let empty = ManipulationMask(image: Image(width: 320, height: 180))
        #expect(chooser.choose(boxes, frame: 5, width: 640, height: 360, mask: empty) == 1)
    }

    @Test func masksAreFoundByTheFakesNames() throws {
        try withTemporaryFolder { folder in
            for path in [
                "Deepfakes/masks/videos/000_003.mp4", "Face2Face/masks/videos/000_003.mp4", "FFIW/masks/clip7/00012.png",
                "more/clip9_mask.avi", "more/readme.txt",
            ] { try PublishedLayout.write("\(folder)/\(path)", [1]) }
            let masks = try MaskFolder(folder)
            #expect(masks.file(of: "000_003", method: "Face2Face") == "\(folder)/Face2Face/masks/videos/000_003.mp4")
            #expect(masks.file(of: "000_003", method: "NeuralTextures") == nil)
            #expect(masks.file(of: "clip9", method: "x") == "\(folder)/more/clip9_mask.avi")
            #expect(masks.file(of: "a/clip7", method: "x") == "\(folder)/FFIW/masks/clip7" && masks.file(of: "none", method: "x") == nil)
        }
    }

    @Test func whatLiesOutsideThePictureIsCounted() throws {
        let points = [(x: 10.0, y: 10.0), (x: 60.0, y: 10.0), (x: 35.0, y: 40.0), (x: 15.0, y: 70.0), (x: 55.0, y: 70.0)]
        let template = FaceAlignment.template(size: 256, scale: 1.3)
        let tight = try #require(FaceAlignment(points, to: template))
        #expect(tight.outside(width: 70, height: 80, size: 256) > 0.3)
        let inside = try #require(FaceAlignment(points.map { (x: $0.x + 200, y: $0.y + 200) }, to: template))
        #expect(inside.outside(width: 500, height: 500, size: 256) == 0)
    }
}
#endif
