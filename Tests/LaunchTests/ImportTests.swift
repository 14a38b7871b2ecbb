// ImportTests.swift — `blendway import`, `merge` and `split` as a user types them.

import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct ImportTests {
    private func importing(_ layout: PublishedLayout, _ options: [String]) throws -> ProcessResult {
        try blendway(["import", "deepfakebench", "--root", layout.root, "--json", layout.list] + options)
    }

    @Test func checkImportInspectSplitAndMerge() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 4)
            let check = try importing(layout, ["--check"])
            #expect(check.status == 0, "\(check)")
            #expect(check.stdout.contains("FF-DF, train, c23, 8 frames of each video") && check.stdout.contains("Deepfakes"))
            #expect(try names(in: folder) == ["rgb"])

            let out = "\(folder)/train.h5"
            let made = try importing(layout, ["--split", "train", "--out", out, "--report-json"])
            #expect(made.status == 0, "\(made)")
            let part = try #require((try made.json()["parts"] as? [[String: Any]])?.first)
            let report = try #require(part["report"] as? [String: Any])
            #expect(report["frames"] as? Int == 64 && part["compression"] as? String == "c23")
            let hash = try #require(report["content_hash"] as? String)
            let inspected = try blendway(["inspect", out, "--verify", "--json"]).json()
            #expect(inspected["content_hash"] as? String == hash && inspected["format_version"] as? String == "1.2")

            let again = try importing(layout, ["--split", "train", "--out", out])
            #expect(again.status == 64 && again.stderr.contains("--force"), "\(again)")
            #expect(try importing(layout, ["--split", "train", "--out", out, "--force", "--threads", "1"]).status == 0)
            #expect(try blendway(["inspect", out, "--json"]).json()["content_hash"] as? String == hash)

            // Everyone lent the next one a face: one group.
            let refused = try blendway(["split", out, "--out", "\(folder)/parts"])
            #expect(refused.status == 65 && refused.stderr.contains("FF++ 000"), "\(refused)")
            #expect(try names(in: folder) == ["rgb", "train.h5"])
            let shared = try blendway(["split", "--check", out, out])
            #expect(shared.status == 65 && shared.stdout.contains("FF++ 001 is in"), "\(shared)")
            let twice = try blendway(["merge", out, out, "--out", "\(folder)/m.h5"])
            #expect(twice.status == 64 && twice.stderr.contains("is given twice"), "\(twice)")
        }
    }

    @Test func aCheckListsWhatIsWrongAndAnImportLeavesItOut() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2)
            try FileManager.default.removeItem(atPath: layout.frame("001", 0))
            try PublishedLayout.write(layout.landmarks("000_001", 0), Array("junk".utf8))
            let check = try importing(layout, ["--check", "--split", "train"])
            #expect(check.status == 65, "\(check)")
            #expect(check.stdout.contains("001/000.png: there is no such file"), "\(check)")
            #expect(check.stdout.contains("000_001/000.npy: it is no .npy file"), "\(check)")

            let out = "\(folder)/out.h5"
            let refused = try importing(layout, ["--split", "train", "--out", out])
            #expect(refused.status == 65 && refused.stderr.contains("--max-skipped"), "\(refused)")
            #expect(try names(in: folder) == ["rgb"])
            let made = try importing(layout, ["--split", "train", "--out", out, "--max-skipped", "0.1"])
            #expect(made.status == 0 && made.stdout.contains("2 frames left out"), "\(made)")
            let lines = try String(contentsOfFile: "\(folder)/out.skipped.jsonl", encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 2 && lines.allSatisfy { $0.contains("\"reason\":") })
        }
    }

    @Test func aListWithoutItsPicturesIsSummedUpByFolder() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 30)
            try FileManager.default.removeItem(atPath: "\(layout.root)/FaceForensics++")
            let check = try importing(layout, ["--check", "--split", "train"])
            #expect(check.status == 65 && check.stdout.utf8.count < 16384, "\(check)")
            #expect(check.stdout.contains("youtube/c23/frames: 240 frames in 30 folders: there is no such file"), "\(check)")
            // The fakes' real videos are in the list; they are not there, which is something else.
            let row = try #require(check.stdout.split(separator: "\n").first { $0.contains("Deepfakes") })
            #expect(row.split(separator: " ").suffix(2) == ["0", "30"], "\(row)")
        }
    }

    @Test func labelsAndNamesAreReadAsTheUserSays() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 3)
            func relabelled(_ names: [String: String]) throws {
                var text = try String(contentsOfFile: layout.list, encoding: .utf8)
                for (old, new) in names { text = text.replacingOccurrences(of: "\"\(old)\"", with: "\"\(new)\"") }
                try PublishedLayout.write(layout.list, Array(text.utf8))
            }
            try relabelled(["FF-DF": "simswap_Fake", "FF-real": "simswap_Real"])
            let out = "\(folder)/out.h5"
            let made = try importing(
                layout, [
                    "--split", "train", "--out", out, "--label", "simswap_Real=real", "simswap_Fake=fake", "--names-as", "ffpp",
                    "--report-json",
                ])
            #expect(made.status == 0, "\(made)")
            let inspected = try blendway(["inspect", out, "--json"])
            #expect(inspected.stdout.contains("\"simswap\"") && inspected.stdout.contains("\"original\""), "\(inspected)")
            let part = try #require((try made.json()["parts"] as? [[String: Any]])?.first)
            let methods = try #require((part["report"] as? [String: Any])?["methods"] as? [[String: Any]])
            #expect(methods.compactMap { $0["without_target"] as? Int } == [0, 0], "\(made)")
        }
    }

    @Test func contradictionsAreRefusedAndBothSidesNamed() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2)
            let sound = try String(contentsOfFile: layout.list, encoding: .utf8)
            func check(_ old: String, _ new: String, _ options: [String] = []) throws -> ProcessResult {
                try PublishedLayout.write(layout.list, Array(sound.replacingOccurrences(of: old, with: new).utf8))
                return try importing(layout, ["--check", "--split", "train"] + options)
            }
            // The group says Deepfakes, the videos say real.
            let group = try check("\"label\":\"FF-DF\"", "\"label\":\"FF-real\"")
            group.expectFailure(65, "stands under 'FF-DF' (fake)", "the label 'FF-real' (real)", "000_001")
            let tree = try check("original_sequences", "manipulated_sequences")
            tree.expectFailure(65, "'FF-real', which means real", "manipulated_sequences")
            try check("FF-DF", "FF-DF", ["--label", "FF-DF=real"]).expectFailure(64, "known to be fake")
            try check("FF-DF", "FF-DF", ["--label", "Ours=fake"]).expectFailure(64, "'Ours'", "FF-DF, FF-real")
            try check("FF-DF", "FF-DF", ["--names-as", "celeb-df"]).expectFailure(64, "concerns none")
            try check("FF-DF", "FF-DF", ["--names-as", "ff"]).expectFailure(64, "ffpp", "celeb-df")
            #expect(try check("FF-DF", "FF-DF", ["--label", "FF-DF=fake"]).status == 0)
        }
    }

    @Test func listsWithForeignRootsAreRead() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2)
            let sound = try String(contentsOfFile: layout.list, encoding: .utf8)
            for root in ["..\\\\datasets\\\\rgb\\\\", "D:\\\\x\\\\rgb\\\\", "/data/rgb/", "../../rgb/"] {
                try PublishedLayout.write(
                    layout.list, Array(sound.replacingOccurrences(of: "\"FaceForensics++", with: "\"\(root)FaceForensics++").utf8))
                let check = try importing(layout, ["--check", "--split", "train"])
                #expect(check.status == 0 && check.stdout.contains("FF-DF, train, c23"), "\(root) \(check)")
                let own = try blendway(
                    ["import", "deepfakebench", "--root", "\(layout.root)/FaceForensics++", "--json", layout.list, "--check"])
                #expect(own.status == 0, "\(own)")
            }
        }
    }

    @Test func anAmbiguousNameIsSaidWithItsCandidates() throws {
        try withTemporaryFolder { folder in
            for (number, video) in ["real/anna/clip1", "real/carl/clip1", "fake/swap/clip1_ben"].enumerated() {
                try PublishedLayout.write("\(folder)/c/\(video)/0.png", PNG.encode(PublishedLayout.picture(32, seed: number)))
                try PublishedLayout.write(
                    "\(folder)/c/\(video)/0.npy", PublishedLayout.npy(PublishedLayout.face(68, size: 32, turn: Double(number))))
            }
            let made = try blendway(["import", "folder", "--root", "\(folder)/c", "--out", "\(folder)/x.h5"])
            #expect(made.status == 0, "\(made)")
            #expect(made.stdout.contains("swap/clip1_ben could be of anna/clip1 or of carl/clip1: no target"), "\(made)")
        }
    }

    @Test(arguments: [
        ["--split", "train"], ["--check", "--out", "x.h5"], ["--split", "tran", "--out", "x.h5"], ["--check", "--frames", "-1"],
        ["--check", "--label", "FF-DF=real"], ["--check", "--label", "x"], ["--check", "--max-skipped", "2"],
        ["--out", "x.h5"], ["--check", "--split", "train", "--compression", "c99"], ["--check", "--split", "test"],
        ["--split", "train", "--out", "missing/"], ["--check", "--deflate", "12"],
    ])
    func badOptionsAreUsageErrors(options: [String]) throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2, frames: 1)
            let result = try run(
                builtProgram("blendway"), ["import", "deepfakebench", "--root", layout.root, "--json", layout.list] + options,
                workingFolder: folder)
            #expect(result.status == 64 && result.stdout.isEmpty && !result.stderr.isEmpty, "\(result)")
            #expect(try names(in: folder) == ["rgb"])
        }
    }

    @Test func brokenListsAndPathsOutOfTheRootAreBadData() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2, frames: 2)
            func replaced(_ text: String) throws -> ProcessResult {
                try PublishedLayout.write(layout.list, Array(text.utf8))
                return try importing(layout, ["--split", "train", "--out", "\(folder)/out.h5"])
            }
            let cut = try replaced("{\"FF-DF\": {\"FF-real\"")
            #expect(cut.status == 65 && cut.stderr.contains("FF-DF.json is not a list"), "\(cut)")
            let outside = try replaced(
                "{\"FF-DF\":{\"FF-real\":{\"train\":{\"c23\":{\"000\":{\"label\":\"FF-real\",\"frames\":[\"../../etc/passwd\"]}}}}}}")
            #expect(outside.status == 65 && outside.stderr.contains("leads out of the root"), "\(outside)")
            #expect(try names(in: folder) == ["rgb"])
        }
    }

    @Test func aFullDiskLeavesNothingAndAKilledImportIsCleanedUp() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 3, frames: 12, size: 64)
            let out = "\(folder)/out.h5"
            let arguments = ["import", "deepfakebench", "--root", layout.root, "--json", layout.list, "--split", "train", "--out", out]
            let command = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""
            let full = try run("bash", ["-c", command, builtProgram("blendway")] + arguments)
            #expect(full.status == 1 && full.stderr.contains(out), "\(full)")
            #expect(try names(in: folder) == ["rgb"])

            // What kill -9 leaves: a partial file of a process that is gone, beside one that lives.
            var name = [CChar](repeating: 0, count: 256)
            gethostname(&name, 255)
            let own = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let dead = try RunningProcess("true", [])
            let pid = dead.pid
            _ = dead.wait(timeout: 20)
            try PublishedLayout.write("\(folder)/.out.h5.partial-\(own)-\(pid)-1", [1, 2, 3])
            try PublishedLayout.write("\(folder)/.out.h5.partial-\(own)-\(getpid())-1", [1, 2, 3])
            let made = try blendway(arguments)
            #expect(made.status == 0, "\(made)")
            #expect(try names(in: folder) == [".out.h5.partial-\(own)-\(getpid())-1", "out.h5", "rgb"])
        }
    }

    @Test func splittingAndMergingSyntheticData() throws {
        try withTemporaryFolder { folder in
            let options = ["--identities", "8", "--videos", "1", "--frames", "2", "--size", "64"]
            #expect(try blendway(["synth", "--out", folder] + options).status == 0)
            let merged = try blendway(["merge", "\(folder)/train.h5", "\(folder)/val.h5", "--out", "\(folder)/all.h5", "--json"])
            #expect(merged.status == 0, "\(merged)")
            #expect(try merged.json()["videos"] as? Int == 12)
            let apart = try blendway(["split", "--check", "\(folder)/train.h5", "\(folder)/val.h5"])
            #expect(apart.status == 0 && apart.stdout.contains("nobody"), "\(apart)")
            let split = try blendway(
                ["split", "\(folder)/all.h5", "--out", "\(folder)/parts", "--train", "0.5", "--val", "0", "--test", "0.5", "--json"])
            #expect(split.status == 0, "\(split)")
            let parts = try #require(try split.json()["parts"] as? [[String: Any]])
            #expect(parts.map { $0["frames"] as? Int } == [12, 12])
            #expect(try names(in: "\(folder)/parts") == ["test.h5", "train.h5"])
            #expect(try blendway(["inspect", "--verify", "\(folder)/parts/test.h5"]).status == 0)
            let again = try blendway(
                ["split", "\(folder)/all.h5", "--out", "\(folder)/parts", "--train", "0.5", "--val", "0", "--test", "0.5"])
            #expect(again.status == 64 && again.stderr.contains("--force"), "\(again)")
        }
    }
}
