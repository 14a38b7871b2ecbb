// PairsTests.swift — frames of fakes and of real videos as a user imports and inspects them.

import Foundation
import Store
import TestSupport
import Testing

@Suite struct PairsTests {
    private func importing(_ folder: String, _ options: [String]) throws -> ProcessResult {
        try blendway(["import", "folder", "--root", "\(folder)/crops", "--split", "train"] + options)
    }

    @Test func namesWithWordsAndAStrayPairByTheirNumbers() throws {
        try withTemporaryFolder { folder in
            try NamedCrops.write("\(folder)/crops", real: { "frame_\($1).png" }, fake: { [0, 5].contains($1) ? nil : "frame_\($1).png" })
            try NamedCrops.add("\(folder)/crops/real/anna/clip1/cover.png", moment: 50, video: 0)
            let made = try importing(folder, ["--out", "\(folder)/out.h5"])
            #expect(made.status == 0, "\(made)")
            #expect(made.stdout.contains("pairs are fake and real frames of one number"))
            #expect(made.stdout.contains("clip1/cover.png: its name has another form"))
            let summary = try #require(try blendway(["inspect", "\(folder)/out.h5", "--json"]).json()["dataset"] as? [String: Any])
            let pairs = try #require(summary["pairs"] as? [String: Any])
            #expect(pairs["exact"] as? Int == 20 && pairs["near"] as? Int == 0 && summary["max_pair_distance"] as? Int == 0)
            let check = try importing(folder, ["--check", "--report-json"])
            #expect(check.status == 0)
            let parts = try #require(try check.json()["parts"] as? [[String: Any]])
            let report = try #require(parts[0]["report"] as? [String: Any])
            #expect((report["strays"] as? [Any])?.count == 1)
        }
    }

    @Test func namesWithoutNumbersAreRefusedUntilAnotherWayIsAskedFor() throws {
        try withTemporaryFolder { folder in
            try NamedCrops.write("\(folder)/crops", real: { "\(Character(UnicodeScalar(UInt8(97 + $1)))).png" }, fake: {
                "\(Character(UnicodeScalar(UInt8(97 + $1)))).png"
            })
            let refused = try importing(folder, ["--out", "\(folder)/out.h5"])
            #expect(refused.status == 65 && refused.stderr.contains("swap/clip1_ben") && refused.stderr.contains("--number-by position"), "\(refused)")
            #expect(try names(in: folder) == ["crops"])
            let check = try importing(folder, ["--check"])
            #expect(check.status == 65 && check.stdout.contains("swap/clip2_anna"), "\(check)")
            let made = try importing(folder, ["--out", "\(folder)/out.h5", "--number-by", "position"])
            #expect(made.status == 0, "\(made)")
            #expect(try blendway(["inspect", "\(folder)/out.h5"]).stdout.contains("--number-by position"))
        }
    }

    @Test(arguments: [["--number-by", "name"], ["--max-distance", "-1"], ["--max-distance", "x"]])
    func badOptionsAreUsageErrors(options: [String]) throws {
        try withTemporaryFolder { folder in
            try NamedCrops.write("\(folder)/crops", moments: 1, real: { "\($1).png" }, fake: { "\($1).png" })
            let result = try importing(folder, ["--check"] + options)
            #expect(result.status == 64 && result.stdout.isEmpty, "\(result)")
        }
    }

    /// Copies a file with the numbers of fake frames changed, and their targets moved on among the real videos.
    private func changed(_ path: String, to copy: String, shift: Int64 = 0, turn: Int = 0) throws {
        let file = try DatasetFile(path)
        let writer = try DatasetWriter(
            copy, description: file.description, height: file.height, width: file.width, landmarkCount: file.landmarkCount)
        let reals = file.videos.indices.filter { !file.videos[$0].isFake }
        for var video in file.videos {
            if video.isFake { video.target = Int32(reals[(reals.firstIndex(of: Int(video.target))! + turn) % reals.count]) }
            _ = writer.addVideo(video)
        }
        for frame in 0..<file.frameCount {
            try writer.addFrame(
                image: file.readImage(frame), landmarks: Array(file.landmarks(of: frame)), video: file.frameVideos[frame],
                index: file.frameIndices[frame] + (file.video(of: frame).isFake ? shift : 0))
        }
        _ = try writer.finish()
    }

    @Test func theContentTellsPairsFromShiftedAndFromExchangedVideos() throws {
        try withTemporaryFolder { folder in
            let options = ["--identities", "8", "--videos", "2", "--frames", "10", "--size", "96", "--seed", "5"]
            #expect(try blendway(["synth", "--out", folder] + options).status == 0)
            func check(_ file: String) throws -> (status: Int32, pairs: [String: Any]) {
                let result = try blendway(["inspect", "\(folder)/\(file)", "--pairs", "--json"])
                return (result.status, try #require(try result.json()["pairs"] as? [String: Any]))
            }
            let right = try check("val.h5")
            let fakes = try DatasetFile("\(folder)/val.h5").videos.count(where: \.isFake)
            #expect(right.status == 0 && (right.pairs["not_pairs"] as? [Any])?.isEmpty ?? false)
            #expect(right.pairs["same_moment"] as? Int == fakes)
            for shift: Int64 in [1, 2, 5] {
                try changed("\(folder)/val.h5", to: "\(folder)/shifted.h5", shift: shift)
                let shifted = try check("shifted.h5")
                // Some of these people sit still; none of their fakes may pass for the right moment.
                let found = try #require(shifted.pairs["shifted"] as? Int)
                #expect(shifted.status == 65 && found * 4 >= fakes * 3 && shifted.pairs["same_moment"] as? Int == 0, "\(shifted.pairs)")
                let list = try #require(shifted.pairs["not_pairs"] as? [[String: Any]])
                #expect(list.allSatisfy { ($0["verdict"] as? [String: Any])?["shift"] as? Int == -Int(shift) })
            }
            try changed("\(folder)/val.h5", to: "\(folder)/other.h5", turn: 1)
            let other = try check("other.h5")
            #expect(other.status == 65 && other.pairs["unrelated"] as? Int ?? 0 >= fakes / 2, "\(other.pairs)")
            let text = try blendway(["inspect", "\(folder)/other.h5", "--pairs"])
            #expect(text.stdout.contains("doesn't show the scene of original/"))
        }
    }
}
