// ExtractTests.swift — `blendway extract` as a user types it, with the libraries and without.

import Foundation
import TestSupport
import Testing

#if BLENDWAY_EXTRACT
private let isBuiltIn = true
#else
private let isBuiltIn = false
#endif
private let model = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat"
private let johns = "/usr/share/doc/libdlib19.1/examples/johns"
private let hasPhotos =
    isBuiltIn && FileManager.default.fileExists(atPath: model) && FileManager.default.fileExists(atPath: johns)

@Suite(.serialized) struct ExtractTests {
    @Test(.enabled(if: !isBuiltIn, "this build has the extraction libraries"))
    func withoutTheLibrariesItSaysHowToGetThem() throws {
        let result = try blendway(["extract", "clips", "--landmarks", "m.dat", "--out", "x.h5"])
        #expect(result.status == 1 && result.stdout.isEmpty, "\(result)")
        #expect(result.stderr.contains("libdlib-dev") && result.stderr.contains("BLENDWAY_EXTRACT=0"), "\(result)")
        let lmdb = try blendway(
            ["import", "deepfakebench", "--lmdb", "/tmp", "--json", "x.json", "--split", "train", "--out", "/tmp/x.h5"])
        #expect(lmdb.status == 1 && lmdb.stderr.contains("liblmdb-dev"), "\(lmdb)")
    }

    @Test(.enabled(if: hasPhotos, "libdlib19.1's example photographs and libdlib-data are needed"))
    func aKilledExtractionGoesOnAndGivesTheSameFile() throws {
        try withTemporaryFolder { folder in
            let inputs = ["\(johns)/John_Simm", "\(johns)/John_Savage"]
            func arguments(_ out: String) -> [String] {
                ["extract"] + inputs + ["--label", "real", "--landmarks", model, "--out", out, "--threads", "1"]
            }
            let whole = try blendway(arguments("\(folder)/whole.h5") + ["--json"], timeout: 240)
            #expect(whole.status == 0, "\(whole)")
            let report = try #require(try whole.json()["report"] as? [String: Any])
            #expect((report["frames"] as? Int ?? 0) >= 20)

            let killed = try RunningProcess(builtProgram("blendway"), arguments("\(folder)/out.h5"))
            let work = "\(folder)/out.h5.work"
            #expect(killed.waitUntil(timeout: 120) { ((try? names(in: work)) ?? []).filter { $0.hasSuffix(".json") }.count >= 3 })
            kill(killed.pid, SIGKILL)
            _ = killed.wait(timeout: 20)
            let left = try names(in: work).filter { $0.hasSuffix(".json") }.count
            #expect(left >= 3 && !FileManager.default.fileExists(atPath: "\(folder)/out.h5"))
            // A shard that was damaged meanwhile would be found; one that another run half wrote is none.
            let result = try blendway(arguments("\(folder)/out.h5") + ["--json"], timeout: 240)
            #expect(result.status == 0, "\(result)")
            let again = try #require(try result.json()["report"] as? [String: Any])
            #expect(again["content_hash"] as? String == report["content_hash"] as? String)
            #expect(!FileManager.default.fileExists(atPath: work))
            let lines = try String(contentsOfFile: "\(folder)/out.faces.jsonl", encoding: .utf8).split(separator: "\n")
            #expect(lines.count == report["frames"] as? Int)

            let exists = try blendway(arguments("\(folder)/out.h5"))
            #expect(exists.status == 64 && exists.stderr.contains("--force"), "\(exists)")
        }
    }

    @Test(.enabled(if: hasPhotos, "libdlib19.1's example photographs and libdlib-data are needed"))
    func ranksGiveTheFileOfOne() throws {
        try withTemporaryFolder { folder in
            let arguments = ["extract", "\(johns)/John_Simm", "--label", "real", "--landmarks", model, "--threads", "1", "--json"]
            let one = try blendway(arguments + ["--out", "\(folder)/one.h5"], timeout: 240)
            let two = try runUnderMPI(
                ranks: 2, executable: builtProgram("blendway"), arguments: arguments + ["--out", "\(folder)/two.h5"], timeout: 240)
            #expect(one.status == 0 && two.status == 0, "\(one)\n\(two)")
            let hashes = try [one, two].map { (try $0.json()["report"] as? [String: Any])?["content_hash"] as? String }
            #expect(hashes[0] != nil && hashes[0] == hashes[1])
        }
    }

    @Test(.enabled(if: isBuiltIn, "this build lacks the extraction libraries"))
    func badInputsAreSentences() throws {
        try withTemporaryFolder { folder in
            try "no model".write(toFile: "\(folder)/m.dat", atomically: true, encoding: .utf8)
            try PublishedLayout.write("\(folder)/a.png", [1, 2, 3])
            func extract(_ options: [String]) throws -> ProcessResult {
                try blendway(["extract", "\(folder)/a.png", "--out", "\(folder)/x.h5"] + options)
            }
            let foreign = try extract(["--label", "real", "--landmarks", "\(folder)/m.dat"])
            #expect(foreign.status == 65 && foreign.stderr.contains("no landmark model"), "\(foreign)")
            let unlabelled = try extract(["--landmarks", "\(folder)/m.dat"])
            #expect(unlabelled.status == 65 && unlabelled.stderr.contains("--label real"), "\(unlabelled)")
            for options in [["--faces", "two"], ["--size", "9"], ["--label", "maybe"], ["--frames", "-2"]] {
                #expect(try extract(["--landmarks", "\(folder)/m.dat", "\(options[0])=\(options[1])"]).status == 64)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/x.h5"))
        }
    }

    @Test(.enabled(if: isBuiltIn, "this build lacks the extraction libraries"))
    func whatFoldersAndOptionsSayMayNotDiffer() throws {
        try withTemporaryFolder { folder in
            try "no model".write(toFile: "\(folder)/m.dat", atomically: true, encoding: .utf8)
            for path in ["real/anna/a.png", "real/down/fake/x.png", "metadata.json"] {
                try PublishedLayout.write("\(folder)/\(path)", Array("{\"a.png\":{\"label\":\"FAKE\"}}".utf8))
            }
            func extract(_ input: String, _ options: [String]) throws -> ProcessResult {
                try blendway(
                    ["extract", "\(folder)/\(input)", "--landmarks", "\(folder)/m.dat", "--out", "\(folder)/x.h5"] + options)
            }
            try extract("real", ["--label", "fake"]).expectFailure(65, "the folder 'real/anna'", "--label says that it is fake")
            try extract("real/anna", []).expectFailure(65, "nothing says whether it is real or fake")
            // Only the model is wrong here: folders above the input are none of its business.
            try extract("real/anna/a.png", ["--label", "fake"]).expectFailure(65, "no landmark model")
            try extract("real/anna/a.png", ["--label", "real", "--splits", "\(folder)/metadata.json"])
                .expectFailure(65, "--label says that it is real", "metadata.json says that it is fake")
            try extract("real/anna", ["--label", "real", "--splits", "\(folder)/m.dat"]).expectFailure(65, "no list of official splits")
            try extract("real/anna", ["--label", "real", "--names-as", "nobody"]).expectFailure(64, "celeb-df")
            try extract("real/down", ["--label", "real"]).expectFailure(65, "the folder 'fake'", "--label says that it is real")
        }
    }

    @Test(.enabled(if: hasPhotos, "libdlib19.1's example photographs and libdlib-data are needed"))
    func officialSplitsGiveAFileEachOrTheOneAskedFor() throws {
        try withTemporaryFolder { folder in
            let photos = try FileManager.default.contentsOfDirectory(atPath: "\(johns)/John_Simm").sorted().prefix(4)
            for (photo, name) in zip(photos, ["a", "b", "c", "d"]) {
                try FileManager.default.createDirectory(atPath: "\(folder)/dfdc", withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: "\(johns)/John_Simm/\(photo)", toPath: "\(folder)/dfdc/\(name).jpg")
            }
            let metadata = "\(folder)/metadata.json"
            try """
                {"a.jpg": {"label": "REAL", "split": "train"}, "b.jpg": {"label": "FAKE", "split": "train", "original": "a.jpg"},
                 "c.jpg": {"label": "REAL", "split": "test"}, "z.jpg": {"label": "REAL", "split": "test"}}
                """.write(toFile: metadata, atomically: true, encoding: .utf8)
            // One photo is in no list, and nobody says what it is.
            let arguments = ["extract", "\(folder)/dfdc", "--landmarks", model, "--splits", metadata, "--threads", "1", "--json"]
            let all = try blendway(arguments + ["--out", "\(folder)/x.h5"], timeout: 240)
            #expect(all.status == 0, "\(all)")
            #expect(try names(in: folder).filter { $0.hasSuffix(".h5") } == ["x-test.h5", "x-train.h5"])
            let list = try #require((try all.json()["lists"] as? [[String: Any]])?.first)
            #expect(list["named"] as? Int == 4 && list["missing"] as? Int == 1 && list["example"] as? String == "z.jpg")
            #expect(try all.json()["without_split"] as? [String] == ["\(folder)/dfdc/d.jpg"])
            let files = try #require(try all.json()["files"] as? [[String: Any]])
            #expect(files.map { ($0["report"] as? [String: Any])?["without_target"] as? Int } == [0, 0])
            let one = try blendway(arguments + ["--out", "\(folder)/y.h5", "--split", "test"], timeout: 240)
            #expect(one.status == 0 && FileManager.default.fileExists(atPath: "\(folder)/y.h5"), "\(one)")
            try blendway(arguments + ["--out", "\(folder)/z.h5", "--split", "val"]).expectFailure(64, "no video in the split 'val'")
        }
    }
}
