// EvalTests.swift — `blendway eval` as a user types it.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct EvalTests {
        private func trained(_ folder: String) throws -> TestRun {
            let run = try TestRun("\(folder)/run")
            try run.finish(["--steps", "3"])
            return run
        }

        private func eval(_ arguments: [String], ranks: Int = 0) throws -> ProcessResult {
            try ranks == 0
                ? blendway(["eval"] + arguments)
                : runUnderMPI(ranks: ranks, executable: builtProgram("blendway"), arguments: ["eval"] + arguments)
        }

        @Test func theResultIsTheSameToTheLastDigitOnOneToFourRanks() throws {
            try withTemporaryFolder { folder in
                let run = try trained(folder)
                // 144 frames: five batches, which four ranks share unequally; and 18, one batch.
                let large = "\(folder)/large.h5"
                try DatasetCopy(copies: 8).write(SmallWorld.file("test-seen"), to: large)
                let arguments = ["--checkpoint", run.latest, "--json", "--data", large, try SmallWorld.file("test-unseen")]
                let alone = try eval(arguments)
                #expect(alone.status == 0, "\(alone)")
                #expect(try alone.json()["datasets"] as? [Any] != nil)
                for ranks in 1...4 {
                    let result = try eval(arguments, ranks: ranks)
                    #expect(result.status == 0, "\(result)")
                    #expect(result.stdout == alone.stdout, "\(ranks) ranks")
                }
            }
        }

        @Test func theJSONHasAllMeasuresByDatasetAndMethodAndTheReportHoldsThem() throws {
            try withTemporaryFolder { folder in
                let run = try trained(folder)
                let files = [try SmallWorld.file("test-seen"), try SmallWorld.file("test-unseen")]
                let result = try eval(["--checkpoint", run.latest, "--data"] + files + ["--json"])
                #expect(result.status == 0, "\(result)")

                let datasets = try #require(result.json()["datasets"] as? [[String: Any]])
                #expect(datasets.map { $0["name"] as? String } == ["test-seen", "test-unseen"])
                // Two seen families and three unseen ones, two real videos in each file.
                for (dataset, families) in zip(datasets, [2, 3]) {
                    #expect(dataset["frames"] as? Int == 6 * (1 + families) && dataset["videos"] as? Int == 2 * (1 + families))
                    expectMeasures(dataset)
                    let description = try #require(dataset["protocol"] as? [String: Any])
                    #expect((description["content_hash"] as? String)?.count == 64, "\(description)")
                    let methods = try #require(dataset["methods"] as? [[String: Any]])
                    #expect(methods.count == families)
                    for method in methods {
                        #expect(method["frames"] as? Int == 6 && method["videos"] as? Int == 2)
                        expectMeasures(method)
                    }
                }
                func methods(_ index: Int) -> Set<String> {
                    Set((datasets[index]["methods"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String })
                }
                #expect(methods(0).isDisjoint(with: methods(1)), "the unseen split has methods of its own")

                let report = "\(run.folder)/report"
                #expect(result.stderr.contains("\(report)/index.html"), "\(result)")
                let present = try names(in: report)
                for name in ["index.html", "results.json", "table.md", "videos.csv"] {
                    #expect(present.contains(name), "\(present)")
                }
                #expect(present.contains { $0.hasPrefix("roc") && $0.hasSuffix(".svg") }, "\(present)")
                let stored = try #require(
                    JSONSerialization.jsonObject(with: Foundation.Data(contentsOf: URL(filePath: "\(report)/results.json")))
                        as? [String: Any])
                #expect(NSArray(array: stored["datasets"] as? [Any] ?? []).isEqual(to: datasets))
                #expect((stored["provenance"] as? [String: String])?["checkpoint_step"] == "3")

                let videos = try lines(of: "\(report)/videos.csv")
                #expect(videos.count == 1 + 6 + 8, "\(videos)")
                #expect(videos[0].hasPrefix("dataset,method,video"), "\(videos[0])")
                #expect(Set(videos.dropFirst().map { $0.prefix { $0 != "," } }) == ["test-seen", "test-unseen"])
            }
        }

        private func expectMeasures(_ object: [String: Any]) {
            for level in ["frame", "video"] {
                for measure in ["auc", "eer", "ap", "accuracy"] {
                    let value = object["\(level)_\(measure)"] as? Double ?? -1
                    #expect((0...1).contains(value), "\(level)_\(measure) of \(object)")
                }
            }
        }

        @Test func aDatasetOfOneClassHasUndefinedMeasuresAndNoZeros() throws {
            try withTemporaryFolder { folder in
                let run = try trained(folder)
                let reals = "\(folder)/reals.h5"
                try DatasetCopy(keeps: { !$0.isFake }).write(SmallWorld.file("val"), to: reals)
                let arguments = ["--checkpoint", run.latest, "--data", reals, "--report", "\(folder)/elsewhere"]
                let json = try eval(arguments + ["--json"], ranks: 2)
                #expect(json.status == 0, "\(json)")
                let dataset = try #require((json.json()["datasets"] as? [[String: Any]])?.first)
                for key in ["frame_auc", "frame_eer", "frame_ap", "video_auc", "video_eer", "video_ap"] {
                    #expect(dataset[key] is NSNull, "\(key) of \(dataset)")
                }
                #expect((dataset["methods"] as? [Any])?.isEmpty == true)
                #expect(try names(in: "\(folder)/elsewhere").contains("videos.csv"))
                #expect(try !names(in: run.folder + "/report").contains("videos.csv"), "the report was sent elsewhere")

                let table = try eval(arguments)
                #expect(table.status == 0 && table.stdout.contains("undefined"), "\(table)")
            }
        }

        @Test func noPersonOfATestIsInTheTrainingSet() throws {
            var seen: [String: String] = [:]
            for split in ["train", "val", "test-seen", "test-unseen"] {
                let identities = Set(try DatasetFile(SmallWorld.file(split)).videos.map(\.identity))
                #expect(identities.count >= 2 && !identities.contains(""))
                for identity in identities {
                    #expect(seen.updateValue(split, forKey: identity) == nil, "\(identity) is in two splits")
                }
            }
        }

        @Test func whatCannotBeJudgedIsNamed() throws {
            try withTemporaryFolder { folder in
                let run = try trained(folder)
                let data = try SmallWorld.file("test-seen")
                try eval(["--checkpoint", "\(folder)/none.h5", "--data", data, "--json"])
                    .expectFailure(1, "none.h5: there is no such file")
                try eval(["--checkpoint", data, "--data", data, "--json"])
                    .expectFailure(65, "expected a blendway-checkpoint file")
                try eval(["--checkpoint", run.latest, "--data", data, "\(folder)/none.h5", "--json"])
                    .expectFailure(1, "none.h5: there is no such file")
                try eval(["--checkpoint", run.latest, "--data", run.latest, "--json"])
                    .expectFailure(65, "expected a blendway-dataset file")

                let cut = "\(folder)/cut.h5"
                let bytes = try Foundation.Data(contentsOf: URL(filePath: data))
                try bytes.prefix(bytes.count / 2).write(to: URL(filePath: cut))
                try eval(["--checkpoint", run.latest, "--data", cut, "--json"], ranks: 2)
                    .expectFailure(65, "cut.h5: the file is incomplete")
            }
        }
    }
}
