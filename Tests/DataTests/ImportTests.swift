// ImportTests.swift — from lists and folders to a dataset file, with good and with bad material.

import Data
import Foundation
import Imaging
import Store
import Tensor
import TestSupport
import Testing

@Suite struct ImportTests {
    private static let description = DatasetDescription(dataset: "FF-DF", split: "train")

    /// Imports the one list of a layout.
    private func importLayout(
        _ layout: PublishedLayout, to path: String?, frames: Int? = nil, threads: Int = 2, size: Int? = nil,
        maxSkipped: Double = 0
    ) throws -> ImportReport {
        let root = try FolderFrames(root: layout.root, followsLinks: false)
        let choice = ImportPlan.Choice(split: "train", frames: frames)
        let (plan, compression) = try ImportPlan.ofLists([VideoList(layout.list)], choice, root: root)
        #expect(compression == "c23")
        var importer = FrameImporter(store: root, plan: plan)
        importer.maxSkipped = maxSkipped
        importer.size = size
        return try importer.run(to: path, description: Self.description, pool: ThreadPool(threads: threads))
    }

    @Test func aListBecomesADatasetWithTargetsPeopleAndNeighbours() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb")
            let report = try importLayout(layout, to: "\(folder)/out.h5", frames: 8)
            #expect(report.planned == 48 && report.frames == 48 && report.skipped.isEmpty)
            #expect(report.methods.map(\.method) == ["original", "Deepfakes"])
            let file = try DatasetFile("\(folder)/out.h5")
            #expect(file.contentHash == report.contentHash)
            try file.verifyContentHash()
            #expect(file.videos.map(\.name) == ["000", "001", "002", "000_001", "001_002", "002_000"])
            #expect(file.videos.map(\.target) == [-1, -1, -1, 0, 1, 2])
            #expect(file.videos[3].identity == "FF++ 000" && file.videos[3].donor == "FF++ 001")
            // Evenly over 12 frames that are numbered by threes.
            #expect(Array(file.frameIndices.prefix(8)) == [0, 3, 9, 12, 18, 21, 27, 30])
            #expect(try file.readImage(2) == PublishedLayout.picture(32, seed: 3).pixels)
            let face = PublishedLayout.face(81, size: 32, turn: 3.0 / 50).map(Float.init)
            #expect(Array(file.landmarks(of: 2)) == face)
            let near = try #require(file.neighbours).neighbours(of: 0)
            #expect(!near.isEmpty && near.allSatisfy { file.video(of: Int($0)).identity != "FF++ 000" })
        }
    }

    @Test func theBytesDoNotDependOnThreads() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb")
            var hashes: Set<String?> = []
            for threads in [1, 2, 5] {
                hashes.insert(try importLayout(layout, to: "\(folder)/\(threads).h5", threads: threads).contentHash)
            }
            #expect(hashes.count == 1)
            let check = try importLayout(layout, to: nil)
            #expect(check.contentHash == nil && check.frames == 72)
            #expect(try names(in: folder).filter { $0.hasSuffix(".h5") }.count == 3)
        }
    }

    /// What can be wrong with a frame, and a word of the reason that is given.
    @Test(arguments: [
        ("missing picture", "no such file"), ("empty picture", "an empty file"), ("cut picture", "damaged"),
        ("bomb", "promises"), ("text", "a web page"), ("missing landmarks", "no such file"),
        ("five landmarks", "shape"), ("infinite landmarks", "finite"), ("far landmarks", "far outside"),
        ("dot", "no face"), ("oblong", "square"), ("folder", "no file"), ("pipe", "no file"),
    ])
    func aBadFrameIsLeftOutWithItsReasonAndNothingElse(kind: String, reason: String) throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2, frames: 4)
            let (picture, landmarks) = (layout.frame("000_001", 1), layout.landmarks("000_001", 1))
            func points(_ value: (Int) -> Double) -> [UInt8] { PublishedLayout.npy((0..<162).map(value)) }
            switch kind {
            case "missing picture": try FileManager.default.removeItem(atPath: picture)
            case "empty picture": try PublishedLayout.write(picture, [])
            case "cut picture": try PublishedLayout.write(picture, Array(PNG.encode(Image(width: 32, height: 32)).dropLast(20)))
            case "bomb":
                // A header of 100,000 by 100,000 pixels with a correct checksum.
                try PublishedLayout.write(picture, Self.bomb)
            case "text": try PublishedLayout.write(picture, Array("<html>404</html>".utf8))
            case "missing landmarks": try FileManager.default.removeItem(atPath: landmarks)
            case "five landmarks": try PublishedLayout.write(landmarks, PublishedLayout.npy((0..<10).map(Double.init)))
            case "infinite landmarks": try PublishedLayout.write(landmarks, points { $0 == 7 ? .infinity : 3 })
            case "far landmarks": try PublishedLayout.write(landmarks, points { Double($0) * 10 })
            case "dot": try PublishedLayout.write(landmarks, points { _ in 16 })
            case "oblong": try PublishedLayout.write(picture, PNG.encode(Image(width: 32, height: 30)))
            case "folder":
                try FileManager.default.removeItem(atPath: picture)
                try FileManager.default.createDirectory(atPath: picture, withIntermediateDirectories: true)
            default:
                try FileManager.default.removeItem(atPath: picture)
                #expect(mkfifo(picture, 0o600) == 0)
            }
            let report = try importLayout(layout, to: "\(folder)/out.h5", maxSkipped: 0.1)
            #expect(report.frames == 15 && report.skipped.count == 1)
            let skipped = try #require(report.skipped.first)
            #expect(skipped.reason.contains(reason), "\(skipped)")
            #expect(skipped.video == "Deepfakes/000_001" && skipped.frame == 3)
            let file = try DatasetFile("\(folder)/out.h5")
            #expect(file.frameCount == 15)
            // No other frame has taken its place.
            let kept = (0..<15).filter { file.video(of: $0).name == "000_001" }.map { file.frameIndices[$0] }
            #expect(kept == [0, 6, 9])

            // Above the limit nothing is written, and what was there stays.
            #expect { try importLayout(layout, to: "\(folder)/out.h5", maxSkipped: 0.01) } throws: {
                if case .tooManySkipped = $0 as? ImportError { true } else { false }
            }
            #expect(try DatasetFile("\(folder)/out.h5").contentHash == report.contentHash)
            // A check lists it and goes on.
            #expect(try importLayout(layout, to: nil).skipped == report.skipped)
        }
    }

    private static let bomb: [UInt8] = {
        var chunk: [UInt8] = Array("IHDR".utf8) + [0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0, 8, 2, 0, 0, 0]
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in chunk {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        crc = ~crc
        chunk += (0..<4).map { UInt8(truncatingIfNeeded: crc >> (24 - 8 * UInt32($0))) }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + chunk
            + [0, 0, 0, 4] + Array("IDAT".utf8) + [0, 0, 0, 0, 0, 0, 0, 0]
    }()

    @Test func framesOfAnotherSizeAreRefusedOrScaled() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2, frames: 3)
            try PublishedLayout.write(layout.frame("001", 2), PNG.encode(PublishedLayout.picture(64, seed: 1)))
            try PublishedLayout.write(
                layout.landmarks("001", 2), PublishedLayout.npy(PublishedLayout.face(81, size: 64, turn: 0)))
            #expect { try importLayout(layout, to: "\(folder)/out.h5") } throws: {
                "\($0)".contains("64×64") && "\($0)".contains("--size")
            }
            #expect(try names(in: folder) == ["rgb"])
            let report = try importLayout(layout, to: "\(folder)/out.h5", size: 32)
            #expect(report.frames == 12 && report.width == 32)
            let file = try DatasetFile("\(folder)/out.h5")
            let points = file.landmarks(of: 5)
            let first = Float(PublishedLayout.face(81, size: 64, turn: 0)[0])
            #expect(abs(points[points.startIndex] - ((first + 0.5) * 0.5 - 0.5)) < 1e-4)
        }
    }

    @Test func linksOutOfTheRootAreFollowedOnRequestOnly() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2, frames: 3)
            let video = URL(fileURLWithPath: layout.frame("001", 0)).deletingLastPathComponent().path
            try FileManager.default.moveItem(atPath: video, toPath: "\(folder)/elsewhere")
            try FileManager.default.createSymbolicLink(atPath: video, withDestinationPath: "\(folder)/elsewhere")
            #expect { try importLayout(layout, to: "\(folder)/out.h5") } throws: {
                if case .escapes = $0 as? ImportError { true } else { false }
            }
            let root = try FolderFrames(root: layout.root, followsLinks: true)
            let (plan, _) = try ImportPlan.ofLists(
                [VideoList(layout.list)], ImportPlan.Choice(split: "train"), root: root)
            let report = try FrameImporter(store: root, plan: plan).run(
                to: "\(folder)/out.h5", description: Self.description, pool: ThreadPool(threads: 1))
            #expect(report.frames == 12)
            // A link to a single file is refused as that frame.
            let frame = layout.frame("000", 0)
            try FileManager.default.moveItem(atPath: frame, toPath: "\(folder)/one.png")
            try FileManager.default.createSymbolicLink(atPath: frame, withDestinationPath: "\(folder)/one.png")
            let check = FrameImporter(store: try FolderFrames(root: layout.root, followsLinks: false), plan: plan)
            #expect { try check.run(to: nil, description: Self.description, pool: ThreadPool(threads: 1)) } throws: {
                if case .escapes = $0 as? ImportError { true } else { false }
            }
        }
    }

    @Test func oneListsDatasetsOwnFolderIsARootToo() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2, frames: 2)
            let root = try FolderFrames(root: "\(layout.root)/FaceForensics++", followsLinks: false)
            let (plan, _) = try ImportPlan.ofLists([VideoList(layout.list)], ImportPlan.Choice(split: "train"), root: root)
            let report = try FrameImporter(store: root, plan: plan).run(
                to: nil, description: Self.description, pool: ThreadPool(threads: 1))
            #expect(report.frames == 8)
        }
    }

    // MARK: Lists

    private func list(_ text: String) throws -> VideoList { try VideoList(bytes: Array(text.utf8), file: "x.json") }

    @Test(arguments: [
        "", "{", "[]", "null", "42", "{\"a\": 1}", "{\"a\": {\"b\": []}}", "{\"a\": {}}", "not json",
        "{\"a\":{\"b\":{\"train\":{\"v\":{\"frames\":[1,2]}}}}}", "{\"a\":{\"b\":{\"train\":{\"v\":{\"frames\":null}}}}}",
    ])
    func brokenListsAreErrorsWithASentence(text: String) {
        #expect { try list(text) } throws: {
            if case .badList = $0 as? ImportError { "\($0)".hasPrefix("x.json") } else { false }
        }
    }

    @Test func aDeeplyNestedListIsAnErrorNotACrash() {
        let deep = String(repeating: "{\"a\":", count: 100_000) + "1" + String(repeating: "}", count: 100_000)
        #expect(throws: ImportError.self) { try list(deep) }
    }

    @Test func unknownLabelsAreRefusedUntilDeclared() throws {
        try withTemporaryFolder { folder in
            let root = try FolderFrames(root: folder, followsLinks: false)
            let lists = [try list("{\"Ours\":{\"ours\":{\"test\":{\"v\":{\"label\":\"ours\",\"frames\":[\"v/0.png\"]}}}}}")]
            #expect { try ImportPlan.ofLists(lists, ImportPlan.Choice(split: "test"), root: root) } throws: {
                "\($0)".contains("ours=fake") && "\($0)".contains("--names-as")
            }
            let choice = ImportPlan.Choice(split: "test", labels: try LabelDeclarations(labels: ["ours=fake"], namesAs: []))
            let plan = try ImportPlan.ofLists(lists, choice, root: root).plan
            #expect(plan.videos.map(\.video.isFake) == [true])
            #expect { try ImportPlan.ofLists(lists, ImportPlan.Choice(split: "train"), root: root) } throws: {
                "\($0)".contains("there are: test")
            }
        }
    }

    @Test func aSplitThatIsNoSplitIsNotedAndTheRestRead() throws {
        // DFDC's published list has a video where its validation videos should be.
        let list = try list(
            "{\"DFDC\":{\"DFDC_Real\":{\"test\":{\"a\":{\"label\":\"DFDC_Real\",\"frames\":[\"DFDC/test/frames/a/0.png\"]}},"
                + "\"val\":{\"label\":\"DFDC_Real\",\"frames\":[\"DFDC/test/frames/a/0.png\"]}}}}")
        #expect(list.videos.count == 1 && list.strange == ["DFDC_Real/val"])
    }

    // MARK: Folders

    @Test func plainFoldersBecomeADataset() throws {
        try withTemporaryFolder { folder in
            let root = "\(folder)/crops"
            for (video, seed) in [("real/anna/clip1", 1), ("real/ben/clip2", 2), ("fake/swap/clip1_ben", 3)] {
                for frame in 0..<3 {
                    try PublishedLayout.write("\(root)/\(video)/\(frame).png", PNG.encode(PublishedLayout.picture(32, seed: seed)))
                    try PublishedLayout.write(
                        "\(root)/\(video)/\(frame).npy",
                        PublishedLayout.npy(PublishedLayout.face(68, size: 32, turn: Double(seed))))
                }
            }
            let store = try FolderFrames(root: root, followsLinks: false)
            let plan = try ImportPlan.ofFolders(store, frames: nil)
            let report = try FrameImporter(store: store, plan: plan).run(
                to: "\(folder)/out.h5", description: Self.description, pool: ThreadPool(threads: 2))
            #expect(report.frames == 9 && report.landmarks == 68)
            let file = try DatasetFile("\(folder)/out.h5")
            #expect(file.videos.map(\.name) == ["anna/clip1", "ben/clip2", "clip1_ben"])
            #expect(file.videos.map(\.target) == [-1, -1, 0])
            #expect(file.videos[2].donor == "ben" && file.videos[2].identity == "anna" && file.videos[2].method == "swap")
            #expect(throws: ImportError.self) { try ImportPlan.ofFolders(FolderFrames(root: folder, followsLinks: false), frames: nil) }
        }
    }
}
