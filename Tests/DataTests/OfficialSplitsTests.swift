// OfficialSplitsTests.swift — the lists by which datasets are split, read and asked.

import Data
import Testing

@Suite struct OfficialSplitsTests {
    private func list(_ text: String, _ file: String) throws -> SplitList { try SplitList(bytes: Array(text.utf8), file: file) }

    private func splits(_ lists: (String, String)...) throws -> OfficialSplits {
        try OfficialSplits(lists: lists.map { try list($0.1, $0.0) })
    }

    @Test func pairsOfFaceForensics() throws {
        let splits = try splits(("s/train.json", "[[\"071\",\"054\"],[\"087\",\"081\"]]"), ("s/test.json", "[[\"953\", \"974\"]]"))
        func split(_ file: String, _ dataset: PublishedDataset? = .faceForensics) throws -> String? {
            try splits.answer(folders: ["videos"], file: file, dataset: dataset)?.entry.split
        }
        #expect(try split("071.mp4") == "train" && split("054_071.mp4") == "train" && split("974_953.avi") == "test")
        #expect(try split("071_087.mp4") == nil && split("000.mp4") == nil)
        #expect(try split("071_M004.mp4", .deeperForensics) == "train" && split("071_M004.mp4") == nil)
        let answers = try ["071.mp4", "071_054.mp4", "953.mp4"].compactMap {
            try splits.answer(folders: [], file: $0, dataset: nil)
        }
        let missing = splits.missing(after: answers)
        #expect(missing.map(\.named) == [4, 2] && missing.map(\.missing) == [3, 1] && missing[1].example == "974")
    }

    @Test func celebDFsTestListMakesAllOthersTraining() throws {
        let text = "1 YouTube-real/00170.mp4\r\n0 Celeb-synthesis/id0_id1_0000.mp4\n0 Celeb-synthesis/FaceReenact/LIA/id3_id28_0001.mp4\n\n"
        let splits = try splits(("List_of_testing_videos.txt", text))
        func split(_ path: String) throws -> String? {
            let parts = path.split(separator: "/").map(String.init)
            return try splits.answer(folders: Array(parts.dropLast()), file: parts.last!, dataset: .celebDF)?.entry.split
        }
        #expect(try split("Celeb-DF-v2/YouTube-real/00170.mp4") == "test")
        #expect(try split("Celeb-DF-v2/YouTube-real/videos/00170.mp4") == "test")
        #expect(try split("Celeb-DF-v3/Celeb-synthesis/FaceReenact/LIA/id3_id28_0001.mp4") == "test")
        #expect(try split("Celeb-DF-v2/Celeb-real/00170.mp4") == "train" && split("Celeb-DF-v2/Celeb-synthesis/id0_id2_0000.mp4") == "train")
        #expect(try split("other/00170.mp4") == nil)
    }

    @Test func metadataOfTheChallengeAndOfItsPreview() throws {
        let splits = try splits(
            ("a/metadata.json", "{\"a.mp4\":{\"label\":\"FAKE\",\"split\":\"train\",\"original\":\"b.mp4\"},\"b.mp4\":{\"label\":\"REAL\",\"split\":\"train\",\"original\":null}}"),
            ("dataset.json", "{\"method_A/7/7_A.mp4\":{\"label\":\"fake\",\"set\":\"test\",\"augmentations\":[]},\"original_videos/7/7_A.mp4\":{\"label\":\"real\",\"set\":\"train\"}}"),
            ("labels.csv", "filename,label\nz.mp4,1\n"))
        let fake = try #require(try splits.answer(folders: ["part"], file: "a.mp4", dataset: nil)).entry
        #expect(fake.split == "train" && fake.isFake == true && fake.original == "b.mp4")
        let preview = try splits.answer(folders: ["DFDCP", "method_A", "7"], file: "7_A.mp4", dataset: .dfdcPreview)
        #expect(preview?.entry.split == "test" && preview?.entry.isFake == true)
        #expect(try splits.answer(folders: ["x"], file: "7_A.mp4", dataset: nil) == nil)
        let challenge = try #require(try splits.answer(folders: [], file: "z.mp4", dataset: nil)).entry
        #expect(challenge.split == "test" && challenge.isFake == true)
    }

    @Test(arguments: [
        ("train.json", ""), ("train.json", "[1]"), ("train.json", "[[\"1\"]]"), ("train.json", "[]"), ("pairs.json", "[[\"1\",\"2\"]]"),
        ("train_and_test.json", "[[\"1\",\"2\"]]"), ("m.json", "{}"), ("m.json", "{\"a\":1}"), ("m.json", "{\"a\":{}}"),
        ("m.json", "{\"a\":{\"label\":\"maybe\"}}"), ("m.json", "{\"a\":{\"label\":\"REAL\",\"split\":\"here\"}}"), ("l.txt", "hello"),
        ("l.txt", "2 a/b.mp4"), ("l.csv", "filename,other\na,1"), ("l.csv", "filename,label\na,x"), ("l.txt", "\u{FEFF}"),
    ])
    func otherFilesAreRefusedWithASentence(file: String, text: String) {
        #expect { try list(text, file) } throws: {
            if case .badSplits = $0 as? ImportError { "\($0)".hasPrefix(file) } else { false }
        }
    }

    @Test func listsThatContradictEachOtherAreRefused() throws {
        #expect { try splits(("train.json", "[[\"1\",\"2\"]]"), ("test.json", "[[\"2\",\"3\"]]")) } throws: {
            "\($0)".contains("'2' is in train.json") || "\($0)".contains("'2' is in")
        }
        #expect {
            try splits(("a.json", "{\"a.mp4\":{\"label\":\"REAL\"}}"), ("b.json", "{\"a.mp4\":{\"label\":\"FAKE\"}}"))
        } throws: { "\($0)".contains("different things of 'a.mp4'") }
        let both = try splits(("test.json", "[[\"1\",\"2\"]]"), ("m.json", "{\"1.mp4\":{\"split\":\"train\"}}"))
        #expect { try both.answer(folders: [], file: "1.mp4", dataset: nil) } throws: { "\($0)".contains("for train by m.json") }
    }
}
