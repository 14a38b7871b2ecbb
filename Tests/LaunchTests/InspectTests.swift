// InspectTests.swift — `blendway inspect` and `blendway preview` as a user types them.

import Foundation
import TestSupport
import Testing

@Suite struct InspectTests {
    /// A dataset, and what commands say about it.
    @Test func inspectAndPreviewShowAMadeDataset() throws {
        try withTemporaryFolder { folder in
            let options = ["--identities", "8", "--videos", "1", "--frames", "2", "--size", "64"]
            let made = try blendway(["synth", "--out", folder, "--json"] + options)
            #expect(made.status == 0, "\(made)")
            let hash = try #require((try made.json()["files"] as? [[String: Any]])?[0]["content_hash"] as? String)
            let file = "\(folder)/train.h5"

            let text = try blendway(["inspect", file, "--verify"])
            #expect(text.status == 0, "\(text)")
            #expect(text.stdout.contains("\(hash) (verified)") && text.stdout.contains("decoder"), "\(text)")
            #expect(text.stdout.contains("blendway synth --identities 8 --videos 1 --frames 2 --size 64 --seed 1"))

            let json = try blendway(["inspect", file, "--json"]).json()
            #expect(json["kind"] as? String == "dataset" && json["content_hash"] as? String == hash)
            #expect(json["verified"] as? Bool == false && json["format_version"] as? String == "1.2")
            let dataset = try #require(json["dataset"] as? [String: Any])
            #expect(dataset["real_frames"] as? Int == 4 && dataset["fake_frames"] as? Int == 8)
            #expect(dataset["split"] as? String == "train" && dataset["landmarks"] as? Int == 81)
            #expect((dataset["neighbours"] as? [String: Any])?["count"] as? Int == 100)

            let sheet = "\(folder)/sheet.png"
            let preview = try blendway(["preview", file, "--rows", "2", "--out", sheet])
            #expect(preview.status == 0 && preview.stdout.isEmpty, "\(preview)")
            let bytes = try Foundation.Data(contentsOf: URL(fileURLWithPath: sheet))
            #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            let again = try blendway(["preview", file, "--rows", "2", "--epoch", "1", "--out", sheet])
            #expect(again.status == 0, "\(again)")
            #expect(try Foundation.Data(contentsOf: URL(fileURLWithPath: sheet)) != bytes)

            for option in [["--rows", "0"], ["--rows", "49"], ["--epoch", "-1"]] {
                let refused = try blendway(["preview", file, "--out", sheet, "\(option[0])=\(option[1])"])
                #expect(refused.status == 64 && refused.stderr.contains("blendway preview: \(option[0])"), "\(refused)")
            }
            let lost = try blendway(["preview", file, "--out", "\(folder)/no/sheet.png"])
            #expect(lost.status == 1 && lost.stderr.contains("\(folder)/no"), "\(lost)")

            // One byte of a picture changed: found by --verify, or by the chunk's checksum.
            var broken = try Foundation.Data(contentsOf: URL(fileURLWithPath: file))
            broken[broken.count * 2 / 3] ^= 1
            try broken.write(to: URL(fileURLWithPath: "\(folder)/broken.h5"))
            let damaged = try blendway(["inspect", "\(folder)/broken.h5", "--verify"])
            #expect(damaged.status == 65 && damaged.stderr.contains("broken.h5"), "\(damaged)")
        }
    }

    @Test(arguments: [["inspect"], ["preview", "--out", "sheet.png"]])
    func filesThatAreNotOursAreBadData(command: [String]) throws {
        try withTemporaryFolder { folder in
            try "not HDF5 at all".write(toFile: "\(folder)/x.h5", atomically: true, encoding: .utf8)
            let foreign = try blendway(command + ["\(folder)/x.h5"])
            #expect(foreign.status == 65, "\(foreign)")
            #expect(foreign.stderr.hasPrefix("blendway \(command[0]): \(folder)/x.h5: ") && foreign.stdout.isEmpty)
            let missing = try blendway(command + ["\(folder)/none.h5"])
            #expect(missing.status == 1 && missing.stderr.contains("no such file"), "\(missing)")
            #expect(try blendway([command[0]]).status == 64)
        }
    }
}
