// Trainer+Data.swift — the data of a run: opened, checked on all ranks, and the validation data kept apart from the
// training data. What a sample is made of is module Data's matter.

import Data
import DistributedTraining
import Store

extension Trainer {
    /// Bytes of pixels up to which a file without frame hashes is read to make them: some seconds.
    private static let readLimit = 1 << 30

    /// What a run reads.
    struct RunData {
        var samples: TrainingSamples
        var validation: DatasetFile?
        /// What the run trains on, for its checkpoints; on rank 0.
        var record: TrainingRecord?

        /// For checkpoints.
        var provenance: [String: String] {
            var entries = ["train_data": samples.file.contentHash]
            entries["train_data_frames"] = samples.file.frameHashes != nil
                ? "each compared with its hash when it was read" : "not compared: the file has no frame hashes"
            entries["val_data"] = validation?.contentHash
            return entries
        }
    }

    /// Opens the files and compares them. Collective.
    /// - Throws: `StoreError`, `DataError`, `TrainingError.overlap`, on all ranks.
    func openData() throws -> RunData {
        let path = try configuration.requireTrainingData()
        guard configuration.data.globalBatch >= world.size else {
            throw DataError.batchTooSmall(
                globalBatch: configuration.data.globalBatch, ranks: world.size)
        }
        let file = try DatasetFile(path)
        guard file.width == file.height else {
            throw TrainingError.imageSize(file: path, width: file.width, height: file.height)
        }
        let samples = try TrainingSamples(
            file, anchors: configuration.blendAnchors, neighbourCount: configuration.data.neighbours)
        try world.communicator.requireSame(
            file.contentHash.utf8, object: "the training data",
            remedy: "give all hosts the same file, best in a shared folder")
        var data = RunData(samples: samples)
        data.validation = try configuration.validationData().map { try DatasetFile($0) }
        try world.communicator.requireSame(
            (data.validation?.contentHash ?? "none").utf8, object: "the validation data",
            remedy: "give all hosts the same file, best in a shared folder, or set data.val=null")
        var failure: (any Error)?
        if world.rank == 0 {
            do { data.record = try compare(file, data.validation) } catch { failure = error }
        }
        try world.communicator.requireSuccess(failure, while: "comparing the validation data with the training data")
        return data
    }

    /// On rank 0: refuses training frames in the validation data, and warns of what else they share.
    private func compare(_ file: DatasetFile, _ validation: DatasetFile?) throws -> TrainingRecord {
        let training = try HashedDataset(file, readLimit: Self.readLimit)
        if !training.isHashed {
            log.warning(
                """
                \(file.path) has no frame hashes, and is too large to be read for them: frames that are in other \
                data too, or were changed, will not be noticed; blendway merge \(file.path) --out NEW.h5 adds them
                """)
        }
        if let validation { try keepApart(training, try HashedDataset(validation, readLimit: Self.readLimit)) }
        return TrainingRecord(of: training)
    }

    private func keepApart(_ training: HashedDataset, _ validation: HashedDataset) throws {
        let (file, other) = (training.file, validation.file)
        let overlap = DatasetOverlap(training, validation)
        let isSame = file.contentHash == other.contentHash
        let frames = isSame ? other.frameCount : overlap.frameCount
        if frames > 0 {
            var names = isSame ? other.videos.map(\.label) : []
            if !isSame {
                for shared in overlap.frames where names.last != other.videos[shared.second].label {
                    names.append(other.videos[shared.second].label)
                }
            }
            let error = TrainingError.overlap(
                training: file.path, validation: other.path, frames: frames, of: other.frameCount,
                videos: Self.list(names))
            guard configuration.data.allowOverlap else { throw error }
            return log.warning("\(error); allowed by data.allow_overlap")
        }
        if !training.isHashed || !validation.isHashed {
            log.warning("frames of \(other.path) are not compared with those of \(file.path): only names are")
        }
        if !overlap.videos.isEmpty {
            log.warning(
                """
                \(overlap.videos.count) videos of the validation data are in the training data too, with other frames: \
                \(Self.list(overlap.videos.map { file.videos[$0.first].label })); what is measured on them says little \
                about new videos
                """)
        }
        if !overlap.people.isEmpty {
            log.warning(
                """
                \(overlap.people.count) people of the validation data are in the training data too: \
                \(Self.list(overlap.people)); what is measured on them says little about new people
                """)
        }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
}
