// ExtractionPlanTests.swift — what photos and videos are, by their folders, by official lists and by what the
// user says. No file is opened.

import Data
import Extraction
import Foundation
import TestSupport
import Testing

@Suite struct ExtractionPlanTests {
    private func files(_ paths: [String], in folder: String) throws {
        for path in paths { try PublishedLayout.write("\(folder)/\(path)", [1]) }
    }

    /// "method/name: target" of each item, real ones first.
    private func rows(_ plan: ExtractionPlan) -> [String] {
        plan.items.enumerated().map { row, item in
            let target = plan.target(of: row).map { plan.items[$0].video.name } ?? "none"
            return "\(item.video.method)/\(item.video.name)" + (item.video.isFake ? ": \(target)" : "")
        }
    }

    private func isContradiction(_ error: any Error, _ words: String...) -> Bool {
        guard case .contradiction = error as? ExtractionError else { return false }
        return words.allSatisfy { "\(error)".contains($0) }
    }

    @Test func filesWithoutALabelAreRefused() throws {
        try withTemporaryFolder { folder in
            try files(["x/clip.mp4"], in: folder)
            #expect { try ExtractionPlan(["\(folder)/x"], .init()) } throws: { "\($0)".contains("--label real") }
            #expect { try ExtractionPlan(["\(folder)/none"], .init()) } throws: { "\($0)".contains("not there") }
        }
    }

    // MARK: Folders

    @Test(arguments: ["real", "fake", "original_sequences/youtube", "Celeb-synthesis", "DF40/simswap/ff"])
    func foldersAboveTheInputNeverMatter(above: String) throws {
        try withTemporaryFolder { folder in
            try files(["\(above)/downloads/clip.mp4", "\(above)/downloads/more/two.mp4"], in: folder)
            for isFake in [true, false] {
                let declaration = ExtractionPlan.Declaration(isFake: isFake, method: "m", identity: "p")
                for input in ["\(folder)/\(above)/downloads", "\(folder)/\(above)/downloads/clip.mp4", "\(folder)/\(above)/downloads/."] {
                    let plan = try ExtractionPlan([input], declaration)
                    #expect(plan.items.allSatisfy { $0.video.isFake == isFake && $0.video.method == "m" && $0.video.identity == "p" })
                }
            }
            #expect { try ExtractionPlan(["\(folder)/\(above)/downloads"], .init()) } throws: { "\($0)".contains("nothing says") }
        }
    }

    @Test func treesOfRealAndFakeGiveTargetsAsImportDoes() throws {
        try withTemporaryFolder { folder in
            try files(
                ["in/real/anna/clip1.mp4", "in/real/ben/clip2.mp4", "in/fake/roop/clip1_ben.mp4", "in/fake/roop/other.mp4"], in: folder)
            let plan = try ExtractionPlan(["\(folder)/in"], .init())
            #expect(rows(plan) == ["real/anna/clip1", "real/ben/clip2", "roop/clip1_ben: anna/clip1", "roop/other: none"])
            #expect(plan.items[2].video.identity == "anna" && plan.items[2].video.donor == "ben")
            #expect(plan.items[0].video.identity == "anna" && plan.ambiguous.isEmpty)
            // The input's own name counts, and so do several inputs together.
            let apart = try ExtractionPlan(["\(folder)/in/real", "\(folder)/in/fake/"], .init())
            #expect(rows(apart) == rows(plan))
        }
    }

    @Test func oneNameOfTwoPeopleIsSaidToBeAmbiguous() throws {
        try withTemporaryFolder { folder in
            try files(
                ["real/anna/clip1.mp4", "real/carl/clip1.mp4", "fake/roop/clip1_ben.mp4", "fake/roop/carl_clip1_ben.mp4"], in: folder)
            let plan = try ExtractionPlan([folder], .init())
            #expect(rows(plan).suffix(2) == ["roop/carl_clip1_ben: carl/clip1", "roop/clip1_ben: none"])
            #expect(plan.ambiguous == [AmbiguousName(video: "roop/clip1_ben", candidates: ["anna/clip1", "carl/clip1"])])
        }
    }

    @Test func filesInTheFoldersThemselvesAreLabelledToo() throws {
        try withTemporaryFolder { folder in
            try files(["real/a.mp4", "fake/a_b.mp4"], in: folder)
            let plan = try ExtractionPlan([folder], .init())
            #expect(rows(plan) == ["real/a", "fake/a_b: a"])
        }
    }

    @Test func treesOfPublishedVideosSayWhatTheyAre() throws {
        try withTemporaryFolder { folder in
            let root = "\(folder)/FaceForensics++"
            try files(
                [
                    "original_sequences/youtube/c23/videos/000.mp4", "original_sequences/youtube/c40/videos/000.mp4",
                    "manipulated_sequences/Deepfakes/c23/videos/000_003.mp4",
                    "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__a_b__CODE.mp4",
                    "original_sequences/actors/c23/videos/01__a_b.mp4",
                ], in: root)
            let plan = try ExtractionPlan([root], .init(), compression: "c23")
            #expect(rows(plan) == ["actors/01__a_b", "original/000", "DeepFakeDetection/01_02__a_b__CODE: 01__a_b", "Deepfakes/000_003: 000"])
            #expect(plan.items[3].video.donor == "FF++ 003")
            #expect { try ExtractionPlan([root], .init()) } throws: { "\($0)".contains("one compression") }
        }
    }

    @Test func newerTreesAreKnown() throws {
        try withTemporaryFolder { folder in
            try files(
                [
                    "Celeb-DF-v3/Celeb-real/id0_0000.mp4", "Celeb-DF-v3/Celeb-synthesis/FaceSwap/SimSwap/id0_id1_0000.mp4",
                    "Celeb-DF-v3/Celeb-synthesis/FaceReenact/LIA/id0_id1_0000.mp4",
                    "FaceForensics++/original_sequences/youtube/c23/videos/000.mp4", "DF40/simswap/ff/000_003.mp4",
                    "DF40/fomm/ff/000_003.mp4", "DF40/heygen/real/x.mp4", "FFIW10K-v1-release/source/val/1.mp4",
                    "FFIW10K-v1-release/target/val/1.mp4", "DFDCP/original_videos/7/7_A.mp4",
                ], in: folder)
            let plan = try ExtractionPlan([folder], .init())
            #expect(
                rows(plan) == [
                    "Celeb-DF++-real/id0_0000", "DFDCP-real/7_A", "FFIW-real/1", "heygen-real/x", "original/000", "FFIW/1: none",
                    "LIA/id0_id1_0000: none", "SimSwap/id0_id1_0000: id0_0000", "fomm/000_003: none", "simswap/000_003: 000",
                ])
        }
    }

    // MARK: Contradictions

    @Test func whatTheUserSaysIsNeverIgnored() throws {
        try withTemporaryFolder { folder in
            try files(
                ["real/anna/clip1.mp4", "fake/roop/clip1_ben.mp4", "FaceForensics++/manipulated_sequences/FaceSwap/c23/videos/000_003.mp4"],
                in: folder)
            typealias Declaration = ExtractionPlan.Declaration
            func refuse(_ input: String, _ declaration: Declaration, _ words: String...) {
                #expect("\(input) \(declaration)") { try ExtractionPlan(["\(folder)/\(input)"], declaration) } throws: { error in
                    isContradiction(error) && words.allSatisfy { "\(error)".contains($0) }
                }
            }
            refuse("real", Declaration(isFake: true), "folder 'real/anna'", "--label says that it is fake")
            refuse("fake", Declaration(isFake: false), "folder 'fake/roop'", "--label says that it is real")
            refuse("fake", Declaration(method: "simswap"), "'roop'", "--method", "'simswap'")
            refuse("real", Declaration(identity: "ben"), "'anna'", "--identity", "'ben'")
            refuse("FaceForensics++", Declaration(isFake: false), "manipulated_sequences/FaceSwap", "--label")
            refuse("FaceForensics++", Declaration(identity: "me"), "FF++ 000", "'me'")
            refuse("FaceForensics++", Declaration(names: .celebDF), "FaceForensics++", "celeb-df")
            refuse(".", Declaration(isFake: true))
        }
    }

    @Test func whatTheUserSaysInAccordIsTaken() throws {
        try withTemporaryFolder { folder in
            try files(["real/anna/clip1.mp4", "fake/roop/clip1_ben.mp4"], in: folder)
            #expect(try ExtractionPlan(["\(folder)/real"], .init(isFake: false, method: "real", identity: "anna")).items.count == 1)
            #expect(try ExtractionPlan(["\(folder)/fake"], .init(isFake: true, method: "roop")).items.count == 1)
            let both = try ExtractionPlan([folder], .init(identity: "anna"))
            #expect(both.items.map(\.video.identity) == ["anna", "anna"])
        }
    }

    @Test func aFileBelowRealAndFakeIsRefused() throws {
        try withTemporaryFolder { folder in
            try files(["real/anna/fake/clip.mp4"], in: folder)
            #expect { try ExtractionPlan([folder], .init()) } throws: { isContradiction($0, "'real'", "'fake'") }
        }
    }

    @Test func namesAreReadAsTheUserSays() throws {
        try withTemporaryFolder { folder in
            try files(["real/zoe/id0_0000.mp4", "fake/ours/id0_id1_0000.mp4", "plain/000_003.mp4"], in: folder)
            #expect(rows(try ExtractionPlan(["\(folder)/real", "\(folder)/fake"], .init())).last == "ours/id0_id1_0000: none")
            let plan = try ExtractionPlan(["\(folder)/real", "\(folder)/fake"], .init(names: .celebDF))
            #expect(rows(plan).last == "ours/id0_id1_0000: zoe/id0_0000")
            let plain = try ExtractionPlan(["\(folder)/plain"], .init(isFake: true, method: "ours", names: .faceForensics))
            #expect(plain.items[0].video.identity == "FF++ 000" && plain.items[0].video.donor == "FF++ 003")
        }
    }

    // MARK: Official splits

    private func splits(_ lists: (String, String)...) throws -> OfficialSplits {
        try OfficialSplits(lists: lists.map { try SplitList(bytes: Array($0.1.utf8), file: $0.0) })
    }

    @Test func faceForensicsListsPartPlanAndTargets() throws {
        try withTemporaryFolder { folder in
            let root = "\(folder)/FaceForensics++"
            try files(["000", "003", "001", "002", "999"].map { "original_sequences/youtube/c23/videos/\($0).mp4" }, in: root)
            try files(["000_003", "002_001"].map { "manipulated_sequences/Deepfakes/c23/videos/\($0).mp4" }, in: root)
            let lists = try splits(("train.json", "[[\"000\",\"003\"]]"), ("test.json", "[[\"001\",\"002\"],[\"777\",\"778\"]]"))
            let plan = try ExtractionPlan([root], .init(), splits: lists)
            #expect(rows(try #require(try plan.only(split: "train"))) == ["original/000", "original/003", "Deepfakes/000_003: 000"])
            #expect(rows(try #require(try plan.only(split: "test"))) == ["original/001", "original/002", "Deepfakes/002_001: 002"])
            #expect(try plan.only(split: "val") == nil)
            #expect(plan.withoutSplit == ["\(root)/original_sequences/youtube/c23/videos/999.mp4"])
            #expect(plan.missing(in: lists).map(\.missing) == [0, 2])
        }
    }

    @Test func metadataSaysLabelSplitAndTarget() throws {
        try withTemporaryFolder { folder in
            try files(["dfdc_train_part_0/a.mp4", "dfdc_train_part_0/b.mp4"], in: folder)
            let lists = try splits(
                ("metadata.json", "{\"a.mp4\":{\"label\":\"FAKE\",\"split\":\"train\",\"original\":\"b.mp4\"},\"b.mp4\":{\"label\":\"REAL\",\"split\":\"train\"}}"))
            let plan = try ExtractionPlan(["\(folder)/dfdc_train_part_0"], .init(), splits: lists)
            #expect(rows(plan) == ["DFDC-real/b", "DFDC/a: b"])
            #expect(plan.items.map(\.video.identity) == ["", ""])
            #expect { try ExtractionPlan(["\(folder)/dfdc_train_part_0"], .init(isFake: true), splits: lists) } throws: {
                isContradiction($0, "--label says that it is fake")
                    || isContradiction($0, "metadata.json says that it is real")
            }
        }
    }
}
