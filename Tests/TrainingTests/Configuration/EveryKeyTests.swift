// EveryKeyTests.swift — no setting is ignored: for each there is something that another value changes.
//
// The keys are the program's own list, so a new one fails here until it has an entry.

import Foundation
import Store
import TestSupport
import Testing
import Training

extension OwnProcessTests {
    @Suite struct EveryKeyTests {
        /// How it shows that a key is heeded.
        enum Witness: Sendable {
            /// With another value the same training ends with other numbers; both runs have the settings of `with`.
            case numbers(String, with: [String] = [])
            /// With another value something else is to be seen: of the usual run, then of the other.
            case seen(String, with: [String] = [], @Sendable (OwnProcessRun, OwnProcessRun) throws -> Bool)
            /// The phase of that name has the limit.
            case limit(_ phase: String, times: Double = 1)
            /// A test elsewhere, by its function's name: of what takes several ranks, or a process of its own.
            case test(String)
            /// Nothing shows it yet. May only become fewer.
            case debt
        }

        private static let sgd = ["optimizer.name=sgd"]
        private static let steps = ["schedule.name=step", "schedule.step_size=1"]

        static let witnesses: [String: Witness] = [
            "setting": .numbers("df-only"),
            "model.arch": .numbers("efficientnet-b0"),
            "model.padding": .numbers("published"),
            "model.feature_channels": .numbers("24"),
            "model.head_channels": .numbers("12"),
            "model.stochastic_depth": .numbers("0.9"),
            "model.weights": .test("aRunBeginsWithWeightsButDoesNotResumeFromThem"),
            "model.batch_norm.sync": .test("batchNormOverAllRanksIsThatOfOneRankAndOfEachRankIsNot"),
            "model.batch_norm.momentum": .numbers("0.5"),
            "model.batch_norm.eps": .numbers("0.1"),
            "losses.final": .numbers("0.5"),
            "losses.attributes": .numbers("0.5"),
            "losses.blending": .numbers("0.5"),
            "losses.identity": .numbers("0.5"),
            "losses.generation": .numbers("0.5"),
            "losses.transition": .numbers("0.5"),
            "losses.orientation": .numbers("0.5"),
            "losses.bridging": .numbers("false"),
            "losses.transition_stop_gradient": .numbers("true"),
            "losses.opr": .numbers("multi-class"),
            "losses.order": .numbers("r-f-s-c"),
            "losses.margin": .numbers("3"),
            "losses.anchor_momentum": .numbers("0.1"),
            "data.train": .numbers("VAL", with: ["data.val=null"]),
            "data.allow_overlap": .test("trainingRefusesValidationDataWithTrainingFrames"),
            "data.val": .seen("null") { $0.summary.bestValFrameAUC != nil && $1.summary.bestValFrameAUC == nil },
            "data.size": .numbers("96"),
            "data.global_batch": .numbers("5"),
            "data.neighbours": .numbers("1"),
            "data.loader_threads": .debt,
            "data.prefetch": .test("batchesAheadTakeTheirMemory"),
            "data.quarantine_limit": .test("tooManyBadSamplesEndTheRunOnAllRanks"),
            "data.augment": .numbers("false"),
            "optimizer.name": .numbers("adamw"),
            "optimizer.lr": .numbers("2e-2"),
            "optimizer.beta1": .numbers("0.5"),
            "optimizer.beta2": .numbers("0.5"),
            "optimizer.eps": .numbers("1e-2"),
            "optimizer.momentum": .numbers("0.5", with: sgd),
            "optimizer.weight_decay": .numbers("0.1"),
            "optimizer.clip_norm": .numbers("0.01", with: sgd),
            "optimizer.ema": .numbers("0.5"),
            "schedule.name": .numbers("cosine"),
            "schedule.per": .numbers("step", with: ["schedule.name=cosine"]),
            "schedule.warmup_steps": .numbers("3"),
            "schedule.step_size": .numbers("1", with: ["schedule.name=step"]),
            "schedule.gamma": .numbers("0.1", with: steps),
            "schedule.start_epoch": .numbers("1", with: ["schedule.name=linear"]),
            "train.seed": .numbers("2"),
            "train.epochs": .seen("5") { $0.summary.totalSteps == 9 && $1.summary.totalSteps == 15 },
            "train.threads": .seen("2") { $0.log.joined().contains("1 compute thread ") && $1.log.joined().contains("2 compute threads") },
            "train.shards": .numbers("4"),
            "train.wire": .test("withBf16OnTheWireAStoppedRunEndsAsOneThatIsNot"),
            "train.wire_exact_every": .test("withBf16OnTheWireAStoppedRunEndsAsOneThatIsNot"),
            "train.precision": .numbers("bf16-model"),
            "train.evaluate_precision": .debt,
            "train.recompute": .test("recomputingTakesLessMemoryForTheSameNumbers"),
            "train.checkpoint_every_steps": .seen("4", with: ["data.val=null"]) { try $0.checkpointSteps() == [6] && $1.checkpointSteps() == [4, 6] },
            "train.checkpoint_keep": .seen("1", with: ["train.checkpoint_every_steps=4", "data.val=null"]) {
                try $0.checkpointSteps() == [4, 6] && $1.checkpointSteps() == [6]
            },
            "train.log_every": .seen("4") { try $0.metrics().count == 6 && $1.metrics().count == 2 },
            "train.tensorboard": .seen("true") {
                func hasEvents(_ run: OwnProcessRun) throws -> Bool { try run.fileNames().contains { $0.contains("tfevents") } }
                return try !hasEvents($0) && hasEvents($1)
            },
            "train.picture_every_steps": .test("tensorBoardReadsWhatTheRunLoggedAlsoAfterAKill"),
            "train.evaluate_every_epochs": .test("validationComesAsOftenAsIsSet"),
            "train.non_finite_limit": .test("stepsThatAreNotFiniteAreSkippedByAllRanksAndEndTheRunWhenTheyGoOn"),
            "train.max_hours": .test("theTimeLimitStopsEveryStartAndTheRunStillGetsOn"),
            "watchdog.reduce_seconds": .debt,
            "watchdog.step_seconds": .limit("step"),
            "watchdog.forward_seconds": .limit("forward"),
            "watchdog.backward_seconds": .limit("backward"),
            "watchdog.load_seconds": .debt,
            "watchdog.checkpoint_seconds": .limit("write the last checkpoint"),
            "watchdog.evaluate_seconds": .limit("evaluate"),
            "watchdog.beat_seconds": .test("heartbeatsComeAsOftenAsIsSet"),
        ]

        @Test func everyKeyHasAWitness() {
            let keys = Set(RunConfiguration.settingDescriptions.map(\.key))
            #expect(keys.subtracting(Self.witnesses.keys).sorted() == [], "keys that nothing would miss: add a witness")
            #expect(Set(Self.witnesses.keys).subtracting(keys).sorted() == [], "witnesses of no key")
        }

        /// Runs with the usual values, by their other settings.
        private final class UsualRuns {
            var runs: [[String]: OwnProcessRun] = [:]
            func run(_ folder: String, _ settings: [String]) throws -> OwnProcessRun {
                if let known = runs[settings] { return known }
                let made = try OwnProcessRun("\(folder)/usual-\(runs.count)", settings, steps: 6)
                runs[settings] = made
                return made
            }
        }

        @Test func anotherValueOfAKeyChangesWhatItIsToChange() throws {
            try withTemporaryFolder { folder in
                let usual = UsualRuns()
                // Every limit another one, all in one run.
                let watched = Self.witnesses.keys.filter { $0.hasPrefix("watchdog.") && !$0.hasSuffix("beat_seconds") }.sorted()
                let limits = Dictionary(uniqueKeysWithValues: watched.enumerated().map { ($1, 1001.0 + Double($0)) })
                let guarded = try OwnProcessRun("\(folder)/guarded", limits.map { "\($0.key)=\($0.value)" }, steps: 6)

                for (number, (key, witness)) in Self.witnesses.sorted(by: { $0.key < $1.key }).enumerated() {
                    func other(_ value: String, _ settings: [String]) throws -> OwnProcessRun {
                        let value = value == "VAL" ? try OwnWorld.data() + "/val.h5" : value
                        return try OwnProcessRun("\(folder)/\(number)", settings + ["\(key)=\(value)"], steps: 6)
                    }
                    switch witness {
                    case .numbers(let value, let settings):
                        let (a, b) = (try usual.run(folder, settings).contents(), try other(value, settings).contents())
                        // The seed of the state and the configuration are only told, not used.
                        #expect(a.arrays != b.arrays, "\(key)=\(value) changes nothing")
                    case .seen(let value, let settings, let differs):
                        let (a, b) = (try usual.run(folder, settings), try other(value, settings))
                        #expect(try differs(a, b), "\(key)=\(value) changes nothing: \(a.summary) \(b.summary) \(a.log) \(b.log)")
                    case .limit(let phase, let times):
                        #expect(guarded.limits[phase] == [times * limits[key]!], "\(key): \(guarded.limits)")
                    case .test, .debt: continue
                    }
                }
            }
        }

        /// The tests that are named exist and set the key.
        @Test func testsElsewhereSetTheKeysThatTheyAreNamedFor() throws {
            let sources = try TestSources.all()
            for (key, witness) in Self.witnesses {
                guard case .test(let name) = witness else { continue }
                let text = try #require(sources.first { $0.contains("func \(name)(") }, "\(key): there is no test \(name)")
                #expect(text.contains(key) || text.contains(key.split(separator: ".").last!), "\(name) doesn't set \(key)")
            }
        }
    }
}
