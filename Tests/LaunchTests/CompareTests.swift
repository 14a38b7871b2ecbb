// CompareTests.swift — `blendway compare`, and `inspect` of checkpoints, as a user types them.

import Foundation
import Store
import TestSupport
import Testing

@Suite struct CompareTests {
    private func contents(_ value: Float, step: Int64 = 5, version: String = "1") -> CheckpointContents {
        CheckpointContents(
            arrays: [
                "model/head.weight": NamedArray(shape: [2], [1, value]),
                "model/head.bias": NamedArray(shape: [1], [0.25] as [Float]),
            ],
            integers: ["step": step, "epoch": 0, "world_size": 2], config: "train:\n  seed: 1\n",
            provenance: ["version": version])
    }

    @Test func equalStatesAreIdenticalAndOthersAreMeasured() throws {
        try withTemporaryFolder { folder in
            let (a, b, c) = ("\(folder)/a.h5", "\(folder)/b.h5", "\(folder)/c.h5")
            try Checkpoint.write(contents(2), to: a)
            try Checkpoint.write(contents(2, version: "2"), to: b)
            try Checkpoint.write(contents(2.5, step: 6), to: c)

            let same = try blendway(["compare", a, b, "--json"])
            #expect(same.status == 0, "\(same)")
            let equal = try same.json()
            #expect(equal["identical"] as? Bool == true && equal["largest_absolute"] as? Double == 0)
            #expect(equal["provenance_differences"] as? [String] == ["version"])

            let other = try blendway(["compare", a, c, "--json"])
            #expect(other.status == 0, "\(other)")
            let different = try other.json()
            #expect(different["identical"] as? Bool == false)
            #expect(different["largest_absolute"] as? Double == 0.5)
            // 0.5 of 2.5, to rounding.
            #expect(abs(((different["largest_relative"] as? Double) ?? 0) - 0.2) < 1e-9)
            #expect(different["state_differences"] as? [String] == ["step"])

            let table = try blendway(["compare", a, c])
            #expect(table.status == 0 && table.stdout.hasPrefix("different: 1 of 2"), "\(table)")
            #expect(table.stdout.contains("model/head.weight") && !table.stdout.contains("model/head.bias"))
            #expect(try blendway(["compare", a, b]).stdout.hasPrefix("identical: 2 of 2"))
        }
    }

    @Test func checkpointsAreInspected() throws {
        try withTemporaryFolder { folder in
            try Checkpoint.write(contents(2), to: "\(folder)/a.h5")
            let json = try blendway(["inspect", "\(folder)/a.h5", "--json"]).json()
            #expect(json["kind"] as? String == "checkpoint" && json["verified"] as? Bool == true)
            let checkpoint = try #require(json["checkpoint"] as? [String: Any])
            #expect(checkpoint["step"] as? Int == 5 && checkpoint["world_size"] as? Int == 2)
            #expect(checkpoint["parameters"] as? Int == 3)
            #expect((checkpoint["integers"] as? [String: Any])?["world_size"] as? Int == 2)
            let text = try blendway(["inspect", "\(folder)/a.h5"])
            #expect(text.stdout.contains("seed: 1") && text.stdout.contains("(verified)"), "\(text)")
        }
    }

    @Test func whatIsNoCheckpointIsBadData() throws {
        try withTemporaryFolder { folder in
            try Checkpoint.write(contents(2), to: "\(folder)/a.h5")
            try "text".write(toFile: "\(folder)/b.h5", atomically: true, encoding: .utf8)
            let result = try blendway(["compare", "\(folder)/a.h5", "\(folder)/b.h5", "--json"])
            #expect(result.status == 65 && result.stdout.isEmpty && result.stderr.contains("b.h5"), "\(result)")
            #expect(try blendway(["compare", "\(folder)/a.h5"]).status == 64)
        }
    }
}
