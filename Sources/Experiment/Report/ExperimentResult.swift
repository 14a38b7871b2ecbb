// ExperimentResult.swift — the numbers of an experiment: per setting over its seeds, and settings against
// the reference.

import Foundation
import Metrics
import Report
import Training

/// What `experiment --json` prints and results.json holds.
public struct ExperimentResult: Encodable, Sendable {
    /// Mean and sample deviation over seeds.
    public struct Statistic: Encodable, Equatable, Sendable {
        public var mean: Double?
        /// nil for a single seed.
        public var sd: Double?

        /// Undefined where one of the values is.
        init(_ values: [Double?]) {
            let known = values.compactMap { $0 }
            guard !values.isEmpty, known.count == values.count else { return }
            mean = known.mean
            sd = known.sampleDeviation
        }

        private enum CodingKeys: String, CodingKey { case mean, sd }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(mean, forKey: .mean)
            try container.encode(sd, forKey: .sd)
        }
    }

    public struct Setting: Sendable {
        public var name: String
        public var runs: [Run]

        package init(name: String, runs: [Run]) { (self.name, self.runs) = (name, runs) }

        func statistic(_ value: (Run) -> Double?) -> Statistic { Statistic(runs.map(value)) }
    }

    /// A setting against the reference: `a` is the reference.
    public struct Pair: Encodable, Equatable, Sendable {
        public var a: String
        public var b: String
        public var measure = "unseen_frame_auc"
        /// Mean of a − b over the seeds that both have.
        public var difference: Double
        public var sd: Double?
        public var seeds: Int
        public var t: Double?
        /// Two-sided, of the paired t-test.
        public var p: Double?

        private enum CodingKeys: String, CodingKey { case a, b, measure, difference, sd, seeds, t, p }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(a, forKey: .a)
            try container.encode(b, forKey: .b)
            try container.encode(measure, forKey: .measure)
            try container.encode(difference, forKey: .difference)
            try container.encode(sd, forKey: .sd)
            try container.encode(seeds, forKey: .seeds)
            try container.encode(t, forKey: .t)
            try container.encode(p, forKey: .p)
        }
    }

    /// One run of the table.
    public struct Run: Sendable {
        public var seed: UInt64
        public var evaluation: EvaluationResult
        /// nil where training left no summary.
        public var training: TrainingSummary?
        public var records: [IntervalRecord]
        /// Datasets of seen manipulations; they come first in the evaluation.
        var seenCount: Int

        package init(
            seed: UInt64, evaluation: EvaluationResult, training: TrainingSummary? = nil, records: [IntervalRecord] = [],
            seenCount: Int
        ) {
            (self.seed, self.evaluation, self.training) = (seed, evaluation, training)
            (self.records, self.seenCount) = (records, seenCount)
        }

        var seen: Measures? { Self.measures(evaluation, seen: seenCount).seen }
        var unseen: Measures? { Self.measures(evaluation, seen: seenCount).unseen }
        /// Of the unseen datasets.
        var mpd: Double? {
            let values = evaluation.datasets.dropFirst(seenCount).map { $0.robustness?.mpd }
            return Statistic(Array(values)).mean
        }
        /// Of the first unseen dataset.
        var latent: LatentSpace? { evaluation.datasets.dropFirst(seenCount).first?.latent }

        /// Means over the datasets of each kind; nil where there are none.
        package static func measures(_ result: EvaluationResult, seen: Int) -> (seen: Measures?, unseen: Measures?) {
            (mean(result.datasets.prefix(seen)), mean(result.datasets.dropFirst(seen)))
        }

        private static func mean(_ datasets: ArraySlice<DatasetResult>) -> Measures? {
            guard !datasets.isEmpty else { return nil }
            func level(_ key: KeyPath<Measures, LevelMeasures>) -> LevelMeasures {
                func value(_ measure: KeyPath<LevelMeasures, Double?>) -> Double? {
                    Statistic(datasets.map { $0.measures[keyPath: key][keyPath: measure] }).mean
                }
                return LevelMeasures(
                    auc: value(\.auc), eer: value(\.eer), averagePrecision: value(\.averagePrecision),
                    accuracy: value(\.accuracy))
            }
            return Measures(frame: level(\.frame), video: level(\.video))
        }
    }

    public var name: String
    public var reference: String
    public var settings: [Setting]
    public var pairs: [Pair]
    public var failures: [Failure]
    public var data: [Dataset]
    public var provenance: [String: String]

    public struct Failure: Encodable, Equatable, Sendable {
        public var setting: String
        public var seed: UInt64
        public var reason: String
    }

    /// A file of the experiment.
    public struct Dataset: Encodable, Equatable, Sendable {
        public var role: String
        public var file: String
        public var dataset: String
        public var split: String
        public var methods: [String]
        public var people: Int
        public var videos: Int
        public var frames: Int
        public var framesPerVideo: Int
        public var contentHash: String
        public var creationCommand: String

        private enum CodingKeys: String, CodingKey {
            case role, file, dataset, split, methods, people, videos, frames
            case framesPerVideo = "frames_per_video"
            case contentHash = "content_hash"
            case creationCommand = "creation_command"
        }
    }

    /// The reference against every other setting, over the seeds that both have.
    package static func pairs(_ settings: [Setting], reference: String) -> [Pair] {
        guard let a = settings.first(where: { $0.name == reference }) else { return [] }
        return settings.filter { $0.name != reference }.compactMap { b in
            let differences = a.runs.compactMap { run -> Double? in
                guard let other = b.runs.first(where: { $0.seed == run.seed }),
                    let x = run.unseen?.frame.auc, let y = other.unseen?.frame.auc
                else { return nil }
                return x - y
            }
            guard !differences.isEmpty else { return nil }
            let test = PairedTest(differences: differences)
            return Pair(
                a: reference, b: b.name, difference: test.difference, sd: test.deviation, seeds: test.count,
                t: test.t, p: test.p)
        }
    }

    // MARK: JSON

    private enum CodingKeys: String, CodingKey {
        case name, reference, settings, pairs, failures, data, provenance
    }

    /// Keys sorted, numbers in the shortest form that reads back, undefined ones as null.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}

extension ExperimentResult.Setting: Encodable {
    private enum CodingKeys: String, CodingKey {
        case name, seeds, runs, mpd
        case unseenFrameAUC = "unseen_frame_auc"
        case unseenFrameEER = "unseen_frame_eer"
        case unseenVideoAUC = "unseen_video_auc"
        case unseenVideoEER = "unseen_video_eer"
        case seenFrameAUC = "seen_frame_auc"
        case seenFrameEER = "seen_frame_eer"
        case seenVideoAUC = "seen_video_auc"
        case seenVideoEER = "seen_video_eer"
        case valFrameAUC = "val_frame_auc"
        case mpdDeviation = "mpd_sd"
        case orderedRuns = "ordered_runs"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(runs.map(\.seed), forKey: .seeds)
        try container.encode(statistic { $0.unseen?.frame.auc }, forKey: .unseenFrameAUC)
        try container.encode(statistic { $0.unseen?.frame.eer }, forKey: .unseenFrameEER)
        try container.encode(statistic { $0.unseen?.video.auc }, forKey: .unseenVideoAUC)
        try container.encode(statistic { $0.unseen?.video.eer }, forKey: .unseenVideoEER)
        try container.encode(statistic { $0.seen?.frame.auc }, forKey: .seenFrameAUC)
        try container.encode(statistic { $0.seen?.frame.eer }, forKey: .seenFrameEER)
        try container.encode(statistic { $0.seen?.video.auc }, forKey: .seenVideoAUC)
        try container.encode(statistic { $0.seen?.video.eer }, forKey: .seenVideoEER)
        try container.encode(statistic { $0.training?.bestValFrameAUC }, forKey: .valFrameAUC)
        try container.encode(statistic(\.mpd).mean, forKey: .mpd)
        try container.encode(statistic(\.mpd).sd, forKey: .mpdDeviation)
        try container.encode(runs.filter { $0.latent?.isOrdered == true }.count, forKey: .orderedRuns)
        try container.encode(runs, forKey: .runs)
    }
}

extension ExperimentResult.Run: Encodable {
    private enum CodingKeys: String, CodingKey {
        case seed, mpd, anchors, separations
        case unseenFrameAUC = "unseen_frame_auc"
        case unseenVideoAUC = "unseen_video_auc"
        case seenFrameAUC = "seen_frame_auc"
        case seenVideoAUC = "seen_video_auc"
        case valFrameAUC = "val_frame_auc"
        case isOrdered = "is_ordered"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(seed, forKey: .seed)
        try container.encode(unseen?.frame.auc, forKey: .unseenFrameAUC)
        try container.encode(unseen?.video.auc, forKey: .unseenVideoAUC)
        try container.encode(seen?.frame.auc, forKey: .seenFrameAUC)
        try container.encode(seen?.video.auc, forKey: .seenVideoAUC)
        try container.encode(training?.bestValFrameAUC, forKey: .valFrameAUC)
        try container.encode(mpd, forKey: .mpd)
        try container.encode(
            latent.map { latent in
                Dictionary(uniqueKeysWithValues: latent.anchors.map { ($0.anchor, $0.t / latent.sigma) })
            }, forKey: .anchors)
        try container.encode(latent?.separations, forKey: .separations)
        try container.encode(latent?.isOrdered, forKey: .isOrdered)
    }
}
