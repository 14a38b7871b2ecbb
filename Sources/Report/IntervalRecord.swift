// IntervalRecord.swift — one line of metrics.jsonl: what happened in one interval of training.
//
// Written by the run log, read by the report; both use this type, so that they can't disagree.

import Foundation

/// Means over one interval, and the state at its end. A number that isn't finite is written as
/// null, and null is read as NaN: the file is valid JSON whatever the training does.
public struct IntervalRecord: Equatable, Sendable {
    /// Where the anchors stand on the orientation.
    public struct Anchors: Equatable, Sendable {
        /// Positions t of real, self-blended, cross-blended and deepfake; NaN for an anchor that
        /// the setting doesn't use.
        public var t: [Double]
        /// Pooled standard deviation within the anchors.
        public var sigma: Double

        public init(t: [Double], sigma: Double) {
            self.t = t
            self.sigma = sigma
        }
    }

    /// How a rank waited for the sums of gradients, in milliseconds a step.
    public struct Reduction: Codable, Equatable, Sendable {
        /// One bucket of gradients, a mean over the interval's steps.
        public struct Bucket: Codable, Equatable, Sendable {
            public var name: String
            /// That the step stood still for it.
            public var waitMs: Double
            /// From its hand-over until the sum was there.
            public var flightMs: Double

            public init(name: String, waitMs: Double, flightMs: Double) {
                self.name = name
                self.waitMs = waitMs
                self.flightMs = flightMs
            }

            private enum CodingKeys: String, CodingKey {
                case name
                case waitMs = "wait_ms"
                case flightMs = "flight_ms"
            }
        }

        public var meanMs: Double
        /// Of the step that waited longest.
        public var longestMs: Double
        /// Those that were waited for longest, at most three.
        public var buckets: [Bucket]

        public init(meanMs: Double, longestMs: Double, buckets: [Bucket]) {
            self.meanMs = meanMs
            self.longestMs = longestMs
            self.buckets = buckets
        }

        private enum CodingKeys: String, CodingKey {
            case buckets
            case meanMs = "mean_ms"
            case longestMs = "longest_ms"
        }
    }

    /// Steps done since the start of the run.
    public var step: Int
    /// Epoch of that step, from 0.
    public var epoch: Int
    public var loss: Double
    /// By term, before weights.
    public var losses: [String: Double]
    public var anchors: Anchors?
    public var learningRate: Double
    /// Over all ranks.
    public var imagesPerSecond: Double
    /// Share of the time spent waiting for data, 0…1.
    public var dataWait: Double
    /// Share of the time spent waiting for reductions, 0…1.
    public var reduceWait: Double
    /// Share of the time spent in sums of statistics over ranks (batch norm, anchors), the waiting for
    /// ranks that come later included, 0…1.
    public var statisticsWait: Double
    /// Share of the time spent waiting for a checkpoint's copy of the weights, 0…1.
    public var checkpointWait: Double
    /// Nil on one rank.
    public var reduction: Reduction?
    /// Resident memory of rank 0, in MB.
    public var rssMB: Double
    public var worldSize: Int
    /// Bad samples set aside since the start.
    public var quarantined: Int
    /// Steps without update since the start.
    public var skippedSteps: Int

    public init(
        step: Int, epoch: Int, loss: Double, losses: [String: Double] = [:],
        anchors: Anchors? = nil, learningRate: Double, imagesPerSecond: Double, dataWait: Double,
        reduceWait: Double, statisticsWait: Double = 0, checkpointWait: Double = 0,
        reduction: Reduction? = nil, rssMB: Double, worldSize: Int, quarantined: Int = 0,
        skippedSteps: Int = 0
    ) {
        self.step = step
        self.epoch = epoch
        self.loss = loss
        self.losses = losses
        self.anchors = anchors
        self.learningRate = learningRate
        self.imagesPerSecond = imagesPerSecond
        self.dataWait = dataWait
        self.reduceWait = reduceWait
        self.statisticsWait = statisticsWait
        self.checkpointWait = checkpointWait
        self.reduction = reduction
        self.rssMB = rssMB
        self.worldSize = worldSize
        self.quarantined = quarantined
        self.skippedSteps = skippedSteps
    }

    /// The record as one line of JSON, without the line's end; keys sorted.
    public func jsonLine() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            preconditionFailure("record of step \(step) can't be written as JSON: \(error)")
        }
    }

    /// One line of metrics.jsonl; nil when it isn't a whole record.
    public init?(jsonLine: some StringProtocol) {
        guard
            let record = try? JSONDecoder().decode(
                IntervalRecord.self, from: Data(jsonLine.utf8))
        else { return nil }
        self = record
    }

    /// All whole records of a metrics.jsonl. A line torn by a kill is left out.
    public static func records(jsonLines text: String) -> [IntervalRecord] {
        text.split(separator: "\n").compactMap { IntervalRecord(jsonLine: $0) }
    }
}

extension IntervalRecord: Codable {
    private enum CodingKeys: String, CodingKey {
        case step, epoch, loss, losses, anchors, quarantined, reduction
        case learningRate = "learning_rate"
        case imagesPerSecond = "images_per_second"
        case dataWait = "data_wait"
        case reduceWait = "reduce_wait"
        case statisticsWait = "statistics_wait"
        case checkpointWait = "checkpoint_wait"
        case rssMB = "rss_mb"
        case worldSize = "world_size"
        case skippedSteps = "skipped_steps"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(step, forKey: .step)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(FiniteOrNull(loss), forKey: .loss)
        try container.encode(losses.mapValues(FiniteOrNull.init), forKey: .losses)
        try container.encodeIfPresent(anchors, forKey: .anchors)
        try container.encode(FiniteOrNull(learningRate), forKey: .learningRate)
        try container.encode(FiniteOrNull(imagesPerSecond), forKey: .imagesPerSecond)
        try container.encode(FiniteOrNull(dataWait), forKey: .dataWait)
        try container.encode(FiniteOrNull(reduceWait), forKey: .reduceWait)
        try container.encode(FiniteOrNull(statisticsWait), forKey: .statisticsWait)
        try container.encode(FiniteOrNull(checkpointWait), forKey: .checkpointWait)
        try container.encodeIfPresent(reduction, forKey: .reduction)
        try container.encode(FiniteOrNull(rssMB), forKey: .rssMB)
        try container.encode(worldSize, forKey: .worldSize)
        try container.encode(quarantined, forKey: .quarantined)
        try container.encode(skippedSteps, forKey: .skippedSteps)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys) throws -> Double {
            try container.decode(FiniteOrNull.self, forKey: key).value
        }
        step = try container.decode(Int.self, forKey: .step)
        epoch = try container.decode(Int.self, forKey: .epoch)
        loss = try number(.loss)
        losses = try container.decode([String: FiniteOrNull].self, forKey: .losses)
            .mapValues(\.value)
        anchors = try container.decodeIfPresent(Anchors.self, forKey: .anchors)
        learningRate = try number(.learningRate)
        imagesPerSecond = try number(.imagesPerSecond)
        dataWait = try number(.dataWait)
        reduceWait = try number(.reduceWait)
        // Not in files of earlier releases.
        statisticsWait = try container.decodeIfPresent(FiniteOrNull.self, forKey: .statisticsWait)?.value ?? 0
        checkpointWait = try container.decodeIfPresent(FiniteOrNull.self, forKey: .checkpointWait)?.value ?? 0
        reduction = try container.decodeIfPresent(Reduction.self, forKey: .reduction)
        rssMB = try number(.rssMB)
        worldSize = try container.decode(Int.self, forKey: .worldSize)
        quarantined = try container.decode(Int.self, forKey: .quarantined)
        skippedSteps = try container.decode(Int.self, forKey: .skippedSteps)
    }
}

extension IntervalRecord.Anchors: Codable {
    private enum CodingKeys: String, CodingKey {
        case t, sigma
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(t.map(FiniteOrNull.init), forKey: .t)
        try container.encode(FiniteOrNull(sigma), forKey: .sigma)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        t = try container.decode([FiniteOrNull].self, forKey: .t).map(\.value)
        sigma = try container.decode(FiniteOrNull.self, forKey: .sigma).value
    }
}

/// A number that JSON can hold: NaN and infinities become null.
private struct FiniteOrNull: Codable {
    let value: Double

    init(_ value: Double) {
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        value = container.decodeNil() ? .nan : try container.decode(Double.self)
    }
}
