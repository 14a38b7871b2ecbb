// FileInspection.swift — opens a file of any kind that Blendway writes and says what it is.

import Store

/// What a file is and what is in it.
public enum FileInspection: Sendable {
    case dataset(DatasetSummary, formatVersion: String)
    case checkpoint(CheckpointSummary, formatVersion: String, contentHash: String)

    /// - Parameter verify: read a dataset's images too and compare its content hash. Checkpoints are
    ///   verified in any case. Cost: about 1 s per GB for datasets, 2 s for checkpoints.
    /// - Throws: `StoreError` when the file is foreign, broken or of a newer release.
    public init(_ path: String, verify: Bool) throws {
        let file = try HDF5File.open(path)
        let attributes = file.root.attributes
        let format: String? = if case .string(let text) = try attributes.value("format")?.single { text } else { nil }
        let version: String? = if case .string(let text) = try attributes.value("format_version")?.single { text } else { nil }
        switch format {
        case Self.datasetFormat:
            let dataset = try DatasetFile(path)
            if verify { try dataset.verifyContentHash() }
            self = .dataset(DatasetSummary(dataset), formatVersion: version ?? "")
        case Checkpoint.format:
            let contents = try Checkpoint.read(path)
            self = .checkpoint(
                CheckpointSummary(contents), formatVersion: version ?? "",
                contentHash: try attributes.string("content_sha256"))
        default:
            throw StoreError.wrongFormat(
                file: path, expected: "\(Self.datasetFormat) or \(Checkpoint.format)", found: format)
        }
    }

    private static let datasetFormat = "blendway-dataset"
}
