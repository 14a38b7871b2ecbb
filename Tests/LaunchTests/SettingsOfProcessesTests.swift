// SettingsOfProcessesTests.swift — settings that only show on several ranks, or in a process of their own: see
// EveryKeyTests for all others.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct SettingsOfProcessesTests {
        @Test func batchNormOverAllRanksIsThatOfOneRankAndOfEachRankIsNot() throws {
            try withTemporaryFolder { folder in
                func buffers(_ name: String, ranks: Int, _ sync: Bool) throws -> Weights {
                    let run = try TestRun("\(folder)/\(name)", ["setting=df-only", "model.batch_norm.sync=\(sync)"])
                    try run.finish(ranks: ranks, ["--steps", "1"])
                    return try Weights(run.latest, "model_buffers")
                }
                let alone = try buffers("alone", ranks: 1, true)
                let (together, apart) = (try buffers("together", ranks: 2, true), try buffers("apart", ranks: 2, false))
                #expect(together.largestDifference(to: alone) < 1e-5)
                #expect(apart.largestDifference(to: alone) > 1e-4)
            }
        }

        /// At the first step, in MB.
        private func memory(_ folder: String, _ name: String, _ settings: [String]) throws -> (rss: Double, run: TestRun) {
            let run = try TestRun("\(folder)/\(name)", ["train.tensorboard=false"] + settings)
            try run.finish(["--steps", "1"])
            return (try #require(run.metrics().first?["rss_mb"] as? Double), run)
        }

        @Test func batchesAheadTakeTheirMemory() throws {
            try withTemporaryFolder { folder in
                // 9 MB each: six samples of two pictures.
                let settings = ["data.size=512", "setting=df-only", "train.epochs=20"]
                let few = try memory(folder, "few", settings + ["data.prefetch=1"]).rss
                let many = try memory(folder, "many", settings + ["data.prefetch=9"]).rss
                #expect(many - few > 5 * 9, "\(few) MB, \(many) MB")
            }
        }

        @Test func recomputingTakesLessMemoryForTheSameNumbers() throws {
            try withTemporaryFolder { folder in
                let settings = ["data.size=256", "setting=df-only", "data.prefetch=1"]
                let keeping = try memory(folder, "keeping", settings + ["train.recompute=false"])
                let recomputing = try memory(folder, "recomputing", settings + ["train.recompute=true"])
                #expect(recomputing.rss < 0.9 * keeping.rss, "\(recomputing.rss) MB, \(keeping.rss) MB")
                let (a, b) = (try Weights(keeping.run.latest, "model"), try Weights(recomputing.run.latest, "model"))
                #expect(a.largestDifference(to: b) < 1e-4)
            }
        }

        @Test func heartbeatsComeAsOftenAsIsSet() throws {
            try withTemporaryFolder { folder in
                func beats(_ name: String, _ seconds: String) throws -> Int {
                    let run = try TestRun("\(folder)/\(name)", ["watchdog.beat_seconds=\(seconds)", "train.epochs=100000"])
                    let job = try run.start(ranks: 0)
                    func beat() -> Int {
                        let text = (try? String(contentsOfFile: "\(run.folder)/errors/heartbeat-0", encoding: .utf8)) ?? ""
                        return text.split(separator: "\t").first.flatMap { Int($0) } ?? 0
                    }
                    var last = 0
                    let came = job.waitUntil(timeout: 60) {
                        last = max(last, beat())
                        return run.lastLoggedStep >= 3 && (seconds == "60" || last > 5)
                    }
                    #expect(came, "\(last) beats: \(job.stderrSoFar)")
                    job.signal(SIGTERM)
                    #expect(job.wait(timeout: 60).status == 75)
                    return last
                }
                let (often, seldom) = (try beats("often", "0.05"), try beats("seldom", "60"))
                #expect(often > 5 && seldom == 1)
            }
        }
    }
}
