// WeightImport.swift — weights from elsewhere as a checkpoint: what `blendway import-weights` does.

import Foundation
import Interchange
import Model
import Store

/// Reads a safetensors file into a new detector and writes it as a checkpoint without a run's state.
public enum WeightImport {
    public struct Options: Sendable {
        public var architecture: Architecture
        /// A configuration file to start from; nil for the defaults.
        public var config: String?
        /// `key=value`, winning over what the file decides.
        public var overrides: [String] = []
        public var allowPartial = false
        public init(architecture: Architecture) {
            self.architecture = architecture
        }
    }

    public struct Outcome: Codable, Sendable {
        /// Whose names the file has.
        public var names: String
        public var parameters: Int
        /// Settings that came from the file.
        public var settings: [String]
        public var report: WeightFile.Report
        /// What the names cannot tell and a user has to look at, as sentences.
        public var notes: [String]
    }

    /// - Parameters:
    ///   - path: the safetensors file.
    ///   - out: the checkpoint, replaced whole or not at all.
    /// - Throws: `InterchangeError`, `StoreError`, `ConfigurationError`. Then nothing is written.
    public static func run(_ path: String, options: Options, to out: String) throws -> Outcome {
        let weights = try WeightFile(path)
        var settings = weights.settings(for: options.architecture)
        var configuration = try load(options, settings)
        let objective = try Objective(
            configuration.objectiveOptions, featureChannels: configuration.model.featureChannels)
        let shape = configuration.detectorShape(for: objective)
        if !options.overrides.contains(where: { $0.hasPrefix("data.size=") }), let size = weights.imageSize(for: shape) {
            settings.append("data.size=\(size)")
            configuration = try load(options, settings)
        }
        let (detector, _) = try configuration.makeDetector()
        let report = try weights.load(
            into: detector.parameters, of: detector.shape, allowPartial: options.allowPartial)
        var contents = TrainingSnapshot.weights(
            of: detector, config: configuration.resolvedYAML(),
            provenance: [
                "version": blendwayVersion, "imported_from": URL(filePath: path).lastPathComponent,
                "imported_names": weights.scheme.rawValue,
            ])
        contents.integers["batches_tracked"] = weights.batchesTracked
        try Checkpoint.write(contents, to: out)
        return Outcome(
            names: weights.scheme.rawValue, parameters: detector.parameters.parameterCount, settings: settings,
            report: report, notes: notes(weights, path, options))
    }

    /// timm's ports of TensorFlow's weights have the names of its other ones, and another padding.
    private static func notes(_ weights: WeightFile, _ path: String, _ options: Options) -> [String] {
        let isSet = options.overrides.contains { $0.hasPrefix("model.padding=") }
        guard weights.scheme == .timm, !isSet else { return [] }
        let name = URL(filePath: path).lastPathComponent
        let remedy = "for those add --set model.padding=same --set model.batch_norm.eps=0.001"
        return [
            name.hasPrefix("tf_") || name.contains("_tf_") || name.contains("-tf_")
                ? "\(name) seems to be one of timm's tf_ models, which pad otherwise; \(remedy)"
                : "timm's tf_ models have the same names and pad otherwise; \(remedy)"
        ]
    }

    private static func load(_ options: Options, _ settings: [String]) throws -> RunConfiguration {
        let overrides = settings + options.overrides
        return try options.config.map { try RunConfiguration.load(path: $0, overrides: overrides) }
            ?? RunConfiguration.load(yaml: "", source: "the defaults", overrides: overrides)
    }
}

extension Architecture {
    /// From what a user may call it: "efficientnet-b4", "b4", "prodet-b4", "tiny".
    public init?(named name: String) {
        let short = ["efficientnet-", "efficientnet_", "prodet-"].first(where: name.hasPrefix)
            .map { String(name.dropFirst($0.count)) } ?? name
        guard let match = Architecture(rawValue: short) ?? Architecture(rawValue: "efficientnet-\(short)") else {
            return nil
        }
        self = match
    }
}
