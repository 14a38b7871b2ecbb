// DatasetTests.swift — what is packed is read, and a file that breaks a rule does not open.

import Foundation
import Store
import Testing

/// A small dataset in memory: 2 real videos of different identities and 2 fakes of the first, 3
/// frames each, frame f of video v having the number 10 f.
struct SampleDataset {
    var videos = [
        DatasetVideo(name: "000", method: "original", isFake: false, identity: "a", source: "videos/000.mp4"),
        DatasetVideo(name: "000_003", method: "Deepfakes", isFake: true, identity: "", target: 0),
        DatasetVideo(name: "000_003", method: "FaceSwap", isFake: true, identity: "", target: 0),
        DatasetVideo(name: "Größe", method: "original", isFake: false, identity: "b"),
    ]
    var description = DatasetDescription(
        dataset: "FaceForensics++", split: "train", compression: "c23", landmarkDetector: "dlib 19.24, 68",
        creationCommand: "blendway import …")
    var height = 6
    var width = 5
    var landmarkCount = 68
    var deflate: Int?
    var framesPerVideo = 3
    /// Rows for the real frames 0–2 and 9–11.
    var neighbourFrames: [Int32] = [0, 1, 2, 9, 10, 11]
    var neighbours: [Int32] = [9, 10, 11, -1, 9, 10, 0, 1, 1, 2, 2, -1]
    var distances: [Float] = [1, 2, 0, -1, 3, 3, 0.5, 0.5, 1, 1.5, 2, -1]

    func image(_ frame: Int) -> [UInt8] {
        (0..<height * width * 3).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ frame &* 31) }
    }

    func landmarks(_ frame: Int) -> [Float] { (0..<landmarkCount * 2).map { Float($0) / 4 - Float(frame) } }

    func makeWriter(_ path: String) throws -> DatasetWriter {
        try DatasetWriter(
            path, description: description, height: height, width: width, landmarkCount: landmarkCount,
            deflate: deflate)
    }

    func addFrames(_ writer: DatasetWriter) throws {
        for video in videos {
            let row = writer.addVideo(video)
            for index in 0..<framesPerVideo {
                let frame = Int(row) * framesPerVideo + index
                try writer.addFrame(
                    image: image(frame), landmarks: landmarks(frame), video: row, index: Int64(index * 10))
            }
        }
    }

    @discardableResult
    func write(to path: String) throws -> String {
        let writer = try makeWriter(path)
        try addFrames(writer)
        if !neighbourFrames.isEmpty {
            try writer.addNeighbours(
                frames: neighbourFrames, count: 2, neighbours: neighbours, distances: distances)
        }
        return try writer.finish()
    }
}

@Suite struct DatasetTests {
    let folder = TemporaryFolder()

    @Test(arguments: [(68, nil), (81, 4)] as [(Int, Int?)])
    func whatIsPackedIsRead(landmarkCount: Int, deflate: Int?) throws {
        var sample = SampleDataset()
        sample.landmarkCount = landmarkCount
        sample.deflate = deflate
        let path = folder.file("d.h5")
        let hash = try sample.write(to: path)
        let dataset = try DatasetFile(path)
        #expect(dataset.description == sample.description)
        #expect(dataset.videos == sample.videos)
        #expect(dataset.frameCount == 12)
        #expect((dataset.height, dataset.width, dataset.landmarkCount) == (6, 5, landmarkCount))
        #expect(dataset.frameVideos == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
        #expect(dataset.frameIndices == [0, 10, 20, 0, 10, 20, 0, 10, 20, 0, 10, 20])
        for frame in 0..<12 {
            #expect(try dataset.readImage(frame) == sample.image(frame))
            #expect(Array(dataset.landmarks(of: frame)) == sample.landmarks(frame))
        }
        #expect(dataset.video(of: 4).method == "Deepfakes")
        let neighbours = try #require(dataset.neighbours)
        #expect(neighbours.count == 2)
        #expect(neighbours.frames == sample.neighbourFrames)
        #expect(neighbours.neighbours == sample.neighbours)
        #expect(neighbours.distances == sample.distances)
        #expect(Array(neighbours.neighbours(of: 1)) == [11])
        #expect(Array(neighbours.neighbours(of: 10)) == [1, 2])
        #expect(neighbours.neighbours(of: 4).isEmpty)
        #expect(dataset.contentHash == hash)
        try dataset.verifyContentHash()
        #expect(folder.names == ["d.h5"])
    }

    @Test func aDatasetWithoutNeighboursOpens() throws {
        var sample = SampleDataset()
        sample.neighbourFrames = []
        try sample.write(to: folder.file("d.h5"))
        #expect(try DatasetFile(folder.file("d.h5")).neighbours == nil)
    }

    @Test func moreFramesThanOneLandmarkChunkComeBack() throws {
        var sample = SampleDataset()
        (sample.height, sample.width, sample.framesPerVideo) = (2, 2, 600)
        sample.neighbourFrames = []
        let path = folder.file("d.h5")
        try sample.write(to: path)
        let dataset = try DatasetFile(path)
        #expect(dataset.frameCount == 2400)
        for frame in [0, 1023, 1024, 2047, 2048, 2399] {
            #expect(Array(dataset.landmarks(of: frame)) == sample.landmarks(frame))
            #expect(try dataset.readImage(frame) == sample.image(frame))
        }
        try dataset.verifyContentHash()
    }

    @Test func theHashIsOfTheContentNotOfItsStorage() throws {
        var sample = SampleDataset()
        let plain = try sample.write(to: folder.file("a.h5"))
        sample.deflate = 9
        sample.description.creationCommand = "another"
        #expect(try sample.write(to: folder.file("b.h5")) == plain)
        sample.videos[0].identity = "c"
        #expect(try sample.write(to: folder.file("c.h5")) != plain)
    }

    @Test func equalDatasetsAreEqualBytes() throws {
        try SampleDataset().write(to: folder.file("a.h5"))
        try SampleDataset().write(to: folder.file("b.h5"))
        #expect(hasBytes(folder.file("a.h5"), bytes(folder.file("b.h5"))))
    }

    @Test func aFlippedByteInAnImageIsFoundWhenItIsRead() throws {
        let path = folder.file("d.h5")
        let sample = SampleDataset()
        try sample.write(to: path)
        flipByte(in: path, at: try #require(offset(of: sample.image(4), in: path)) + 3)
        let dataset = try DatasetFile(path)
        _ = try dataset.readImage(3)
        let expected = StoreError.corrupt(
            file: path, object: "/frames/image", detail: "its checksum does not match its data")
        #expect(storeError { _ = try dataset.readImage(4) } == expected)
        #expect(storeError { try dataset.verifyContentHash() } == expected)
        // The next image is not the worse for it.
        #expect(try dataset.readImage(5) == sample.image(5))
    }

    @Test func aDroppedOrDiscardedWriterLeavesNothing() throws {
        let sample = SampleDataset()
        try sample.write(to: folder.file("d.h5"))
        let before = bytes(folder.file("d.h5"))
        do { try sample.addFrames(sample.makeWriter(folder.file("d.h5"))) }
        let writer = try sample.makeWriter(folder.file("d.h5"))
        try sample.addFrames(writer)
        writer.discard()
        #expect(folder.names == ["d.h5"])
        #expect(hasBytes(folder.file("d.h5"), before))
    }

    // MARK: Rules

    /// One way to break the sample, and what the error has to say.
    struct Defect: Sendable, CustomTestStringConvertible {
        let message: String
        let apply: @Sendable (inout SampleDataset) -> Void
        var testDescription: String { message }
    }

    static let defects = [
        Defect(message: "/videos/name: video 3 has no name") { $0.videos[3].name = "" },
        Defect(message: "'000_003' of method 'Deepfakes' is there twice") { $0.videos[2].method = "Deepfakes" },
        Defect(message: "the real video '000' has target 3, not -1") { $0.videos[0].target = 3 },
        Defect(message: "'000_003' has target 4, but there are 4 videos") { $0.videos[1].target = 4 },
        Defect(message: "'000_003' has target -2, but there are 4 videos") { $0.videos[1].target = -2 },
        Defect(message: "the target of '000_003' is not a real video") { $0.videos[1].target = 2 },
        Defect(message: "/frames: the dataset has no frames") { ($0.framesPerVideo, $0.neighbourFrames) = (0, []) },
        Defect(message: "row 2 is about frame 3, which is no real frame") { $0.neighbourFrames[2] = 3 },
        Defect(message: "row 2 is about frame 12, which is no real frame") { $0.neighbourFrames[2] = 12 },
        Defect(message: "frame 0 has two rows") { $0.neighbourFrames[2] = 0 },
        Defect(message: "frame 0 has neighbour 3, which is no real frame") { $0.neighbours[0] = 3 },
        Defect(message: "frame 0 has neighbour -2, which is no real frame") { $0.neighbours[0] = -2 },
        Defect(message: "frame 0 has neighbour 2 of its own identity") { $0.neighbours[0] = 2 },
        Defect(message: "the distances of frame 0 are not finite and ascending") { $0.distances[0] = 2.5 },
        Defect(message: "the distances of frame 0 are not finite and ascending") { $0.distances[1] = .nan },
        Defect(message: "frame 1 has a distance beside a -1") { $0.distances[3] = 0 },
        Defect(message: "there are 5 rows for 6 real frames") {
            $0.neighbourFrames.removeLast()
            $0.neighbours.removeLast(2)
            $0.distances.removeLast(2)
        },
    ]

    @Test(arguments: defects)
    func theWriterRefusesWhatTheReaderWould(defect: Defect) throws {
        var sample = SampleDataset()
        defect.apply(&sample)
        let error = try #require(storeError { try sample.write(to: folder.file("d.h5")) })
        #expect("\(error)".contains(defect.message))
        #expect(folder.names == [])
    }

    @Test(arguments: defects)
    func theReaderRefusesFilesThatOthersMade(defect: Defect) throws {
        var sample = SampleDataset()
        defect.apply(&sample)
        let path = folder.file("d.h5")
        try writeRaw(sample, to: path)
        let error = try #require(storeError { _ = try DatasetFile(path) })
        #expect("\(error)".contains(defect.message))
    }

    @Test func framesAreChecked() throws {
        let sample = SampleDataset()
        let writer = try sample.makeWriter(folder.file("d.h5"))
        let video = writer.addVideo(sample.videos[0])
        func message(_ image: [UInt8], _ landmarks: [Float], _ video: Int32) -> String {
            "\(storeError { try writer.addFrame(image: image, landmarks: landmarks, video: video, index: 0) }!)"
        }
        #expect(message([1, 2, 3], sample.landmarks(0), video).contains("has 3 bytes where 6×5×3 are needed"))
        #expect(message(sample.image(0), [1, 2], video).contains("needs 68 finite landmarks and has 1"))
        var points = sample.landmarks(0)
        points[5] = .nan
        #expect(message(sample.image(0), points, video).contains("not finite"))
        #expect(message(sample.image(0), sample.landmarks(0), 1).contains("of video 1, but there are 1"))
        // Out of the picture is allowed: the sample is judged when it is used.
        points[5] = -1000
        try writer.addFrame(image: sample.image(0), landmarks: points, video: video, index: 0)
        try writer.addFrame(image: sample.image(0), landmarks: points, video: video, index: 0)
        #expect("\(storeError { _ = try writer.finish() }!)".contains("number 0 of video '000' is there twice"))
        #expect(storeError { _ = try SampleDataset(landmarkCount: 5).makeWriter(folder.file("e.h5")) } != nil)
        #expect(storeError { _ = try SampleDataset(deflate: 10).makeWriter(folder.file("e.h5")) } != nil)
    }

    @Test func structureIsCheckedOnOpening() throws {
        let path = folder.file("d.h5")
        func message(_ change: @escaping (inout RawChange) -> Void) throws -> String {
            try? FileManager.default.removeItem(atPath: path)
            try writeRaw(SampleDataset(), to: path, change)
            return "\(try #require(storeError { _ = try DatasetFile(path) }))"
        }
        #expect(try message { $0.skip = "frames/landmarks" }.contains("/frames/landmarks is missing"))
        #expect(try message { $0.skip = "videos/target" }.contains("/videos/target is missing"))
        #expect(try message { $0.skip = "neighbours/distance" }.contains("/neighbours/distance is missing"))
        #expect(try message { $0.skip = "@split" }.contains("/@split is missing"))
        #expect(try message { $0.labels[1] = 2 }.contains("'000_003' has label 2; labels are 0 (real) and 1 (fake)"))
        #expect(try message { $0.frameVideos[5] = 4 }.contains("frame 5 is of video 4, but there are 4"))
        #expect(try message { $0.frameVideos.removeLast() }.contains("/frames/video has shape [11] where [12] is needed"))
        #expect(try message { $0.labels.removeLast() }.contains("/videos/label has shape [3] where [4] is needed"))
        #expect(try message { $0.landmarks[68 * 2 * 7] = .infinity }.contains("frame 7 has a landmark that is not finite"))
        #expect(
            try message { $0.landmarkShape = [12, 136, 1] }
                .contains("/frames/landmarks has shape [12, 136, 1] where [12, any, 2] is needed"))
        #expect(try message { $0.imageShape = [12, 6, 15, 1] }.contains("/frames/image has shape [12, 6, 15, 1]"))
        #expect(try message { $0.format = "blendway-checkpoint" }.contains("expected a blendway-dataset file"))
        #expect(try message { $0.version = FormatVersion(major: 3, minor: 0) }.contains("newer than 2.0"))
    }

    /// What `writeRaw` writes, open to change.
    struct RawChange {
        var skip = ""
        var format = "blendway-dataset"
        var version = FormatVersion(major: 1, minor: 0)
        var labels: [Int32]
        var frameVideos: [Int32]
        var landmarks: [Float]
        var imageShape: [Int]
        var landmarkShape: [Int]
    }

    /// Writes the format with plain HDF5 and no check, as a user's own script would.
    private func writeRaw(
        _ sample: SampleDataset, to path: String, _ change: (inout RawChange) -> Void = { _ in }
    ) throws {
        let videoRows = 0..<sample.videos.count
        let frameVideos = videoRows.flatMap { [Int32](repeating: Int32($0), count: sample.framesPerVideo) }
        let frames = 0..<frameVideos.count
        var raw = RawChange(
            labels: sample.videos.map { $0.isFake ? 1 : 0 }, frameVideos: frameVideos,
            landmarks: frames.flatMap(sample.landmarks),
            imageShape: [frames.count, sample.height, sample.width, 3],
            landmarkShape: [frames.count, sample.landmarkCount, 2])
        change(&raw)

        let file = try HDF5File.create(path)
        try file.setFormat(raw.format, raw.version)
        for name in ["dataset", "split", "compression", "landmark_detector", "creation_command", "content_hash"]
        where raw.skip != "@\(name)" { try file.root.attributes.set(name, .string("x")) }
        func write<Element: HDF5Element>(_ name: String, _ values: [Element], _ shape: [Int]? = nil) throws {
            let parts = name.split(separator: "/").map(String.init)
            if name != raw.skip { try file.root.makeGroup(parts[0]).write(values, to: parts[1], shape: shape) }
        }
        func write(_ name: String, _ strings: [String]) throws {
            let parts = name.split(separator: "/").map(String.init)
            if name != raw.skip {
                try file.root.makeGroup(parts[0]).writeStrings(strings, to: parts[1], isVariable: true)
            }
        }
        try write("frames/image", frames.flatMap(sample.image), raw.imageShape)
        try write("frames/landmarks", raw.landmarks, raw.landmarkShape)
        try write("frames/video", raw.frameVideos)
        try write("frames/index", frames.map { Int32($0 % max(1, sample.framesPerVideo) * 10) })
        try write("videos/name", sample.videos.map(\.name))
        try write("videos/method", sample.videos.map(\.method))
        try write("videos/label", raw.labels)
        try write("videos/identity", sample.videos.map(\.identity))
        try write("videos/target", sample.videos.map(\.target))
        try write("videos/source", sample.videos.map(\.source))
        if !sample.neighbourFrames.isEmpty {
            let rows = sample.neighbourFrames.count
            try write("neighbours/frame", sample.neighbourFrames)
            try write("neighbours/neighbour", sample.neighbours, [rows, 2])
            try write("neighbours/distance", sample.distances, [rows, 2])
        }
        try file.close()
    }
}
