// EvaluationResult.swift — the result of an evaluation as it is printed, stored and compared.

import Foundation

/// One entry per dataset. Its JSON is what `eval --json` prints and `results.json` holds.
public struct EvaluationResult: Codable, Equatable, Sendable {
    public var datasets: [DatasetResult]

    public init(datasets: [DatasetResult]) {
        self.datasets = datasets
    }

    /// Deterministic: keys sorted, numbers in the shortest form that reads back to the same
    /// double, undefined measures as null.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

/// The measures over one dataset, and over each of its manipulation methods.
public struct DatasetResult: Equatable, Sendable {
    public var name: String
    /// Frames scored, real and fake.
    public var frames: Int
    /// Videos with at least one scored frame, real and fake.
    public var videos: Int
    public var measures: Measures
    /// In the order of the dataset's video table.
    public var methods: [MethodResult]
    public var evaluationProtocol: EvaluationProtocol?
    /// Where it was asked for: under perturbations, and the features' layout.
    public var robustness: Robustness?
    public var latent: LatentSpace?
    /// Frames of the file that no measure is about.
    public var leftOut: [LeftOutFrame] = []
    /// What is in the data that the detector was trained on, too; nil in results of earlier releases.
    public var trainedOn: TrainingOverlap?

    public init(
        name: String, frames: Int, videos: Int, measures: Measures, methods: [MethodResult],
        evaluationProtocol: EvaluationProtocol? = nil
    ) {
        self.name = name
        self.frames = frames
        self.videos = videos
        self.measures = measures
        self.methods = methods
        self.evaluationProtocol = evaluationProtocol
    }
}

/// One method's fakes against all real videos of the dataset.
public struct MethodResult: Equatable, Sendable {
    public var name: String
    /// Fake frames of this method (the real ones it is measured against are not counted again).
    public var frames: Int
    /// Fake videos of this method.
    public var videos: Int
    public var measures: Measures

    public init(name: String, frames: Int, videos: Int, measures: Measures) {
        self.name = name
        self.frames = frames
        self.videos = videos
        self.measures = measures
    }
}

// The measures stand beside name and counts in one flat object, hence the hand-written coding.

extension DatasetResult: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, frames, videos, methods, robustness, latent
        case evaluationProtocol = "protocol"
        case leftOut = "left_out"
        case trainedOn = "trained_on"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(frames, forKey: .frames)
        try container.encode(videos, forKey: .videos)
        try measures.encode(to: encoder)
        try container.encode(methods, forKey: .methods)
        try container.encode(evaluationProtocol, forKey: .evaluationProtocol)
        try container.encodeIfPresent(robustness, forKey: .robustness)
        try container.encodeIfPresent(latent, forKey: .latent)
        try container.encode(leftOut, forKey: .leftOut)
        try container.encodeIfPresent(trainedOn, forKey: .trainedOn)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        frames = try container.decode(Int.self, forKey: .frames)
        videos = try container.decode(Int.self, forKey: .videos)
        measures = try Measures(from: decoder)
        methods = try container.decode([MethodResult].self, forKey: .methods)
        evaluationProtocol = try container.decodeIfPresent(
            EvaluationProtocol.self, forKey: .evaluationProtocol)
        robustness = try container.decodeIfPresent(Robustness.self, forKey: .robustness)
        latent = try container.decodeIfPresent(LatentSpace.self, forKey: .latent)
        // Results of earlier releases have neither.
        leftOut = try container.decodeIfPresent([LeftOutFrame].self, forKey: .leftOut) ?? []
        trainedOn = try container.decodeIfPresent(TrainingOverlap.self, forKey: .trainedOn)
    }
}

extension MethodResult: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, frames, videos
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(frames, forKey: .frames)
        try container.encode(videos, forKey: .videos)
        try measures.encode(to: encoder)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        frames = try container.decode(Int.self, forKey: .frames)
        videos = try container.decode(Int.self, forKey: .videos)
        measures = try Measures(from: decoder)
    }
}
