// HashedFiles.swift — datasets opened for comparing by content, with a word on those that have to be read for it.

import Data
import DistributedTraining
import Store

enum HashedFiles {
    /// Opens datasets with their frames' hashes. Files of earlier releases have none and are read whole, with a
    /// progress line.
    /// - Throws: `StoreError`, `CancellationError`.
    static func open(_ files: [DatasetFile]) throws -> [HashedDataset] {
        StopSignal.install()
        return try files.map { file in
            guard file.frameHashes == nil else { return try HashedDataset(file) }
            Console.error(
                "\(file.path) has no frame hashes (format 1.2 has them), so all its frames are read to compare them\n")
            let progress = ProgressReport(file.path, total: file.frameCount, unit: "frames")
            do {
                let dataset = try HashedDataset(file, stop: { StopSignal.isRequested }, progress: progress.update)
                progress.finish("\(file.frameCount.grouped) frames read")
                return dataset
            } catch {
                progress.abandon()
                throw error
            }
        }
    }
}
