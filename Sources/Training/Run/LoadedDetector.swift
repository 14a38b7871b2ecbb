// LoadedDetector.swift — a detector as a checkpoint describes it, for whoever evaluates or exports it.

import Model
import Store

/// A checkpoint's network with its weights; averaged ones where it has them.
public struct LoadedDetector {
    public let detector: Detector
    /// Its losses, with statistics not restored.
    public let objective: Objective
    public let configuration: RunConfiguration
    public let contents: CheckpointContents

    /// Reads and verifies a checkpoint.
    /// - Throws: `StoreError`, `ConfigurationError`, `TrainingError.otherShape`.
    public init(_ path: String) throws {
        contents = try Checkpoint.read(path)
        configuration = try RunConfiguration.load(yaml: contents.config, source: "\(path)'s configuration")
        (detector, objective) = try configuration.makeDetector()
        try TrainingSnapshot.restoreWeights(contents, from: path, into: detector)
    }
}
