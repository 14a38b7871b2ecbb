// DatasetMerge.swift — several dataset files into one. What they have in common and what would clash is
// looked at before anything is written.

import Store
import Tensor

/// Puts the videos and frames of several files into one, with neighbours among all of them.
///
/// Cost: reading and writing every picture once, and the neighbour index anew. Memory: the tables of
/// all files.
public struct DatasetMerge {
    public let files: [DatasetFile]

    /// - Throws: `ImportError.differs` for files that don't fit: other sizes or landmarks, or a video
    ///   that is in two of them.
    public init(_ files: [DatasetFile]) throws {
        precondition(!files.isEmpty, "DatasetMerge: no files")
        self.files = files
        var owners: [[String]: String] = [:]
        for file in files {
            let first = files[0]
            guard (file.width, file.height) == (first.width, first.height) else {
                throw ImportError.differs(
                    file: first.path, other: file.path,
                    what: "their frames have \(first.width)×\(first.height) and \(file.width)×\(file.height) pixels")
            }
            guard file.landmarkCount == first.landmarkCount else {
                throw ImportError.differs(
                    file: first.path, other: file.path,
                    what: "their frames have \(first.landmarkCount) and \(file.landmarkCount) landmarks")
            }
            for video in file.videos {
                let key = [video.method, video.name]
                if let owner = owners.updateValue(file.path, forKey: key) {
                    throw ImportError.differs(
                        file: owner, other: file.path, what: "the video '\(video.name)' of '\(video.method)' is in both")
                }
            }
        }
    }

    /// What the new file says about itself: what its parts agree in, joined where they don't.
    public func description(command: String) -> DatasetDescription {
        func joined(_ part: (DatasetDescription) -> String) -> String {
            var seen: [String] = []
            for text in files.map({ part($0.description) }) where !seen.contains(text) { seen.append(text) }
            return seen.joined(separator: "+")
        }
        return DatasetDescription(
            dataset: joined(\.dataset), split: joined(\.split), compression: joined(\.compression),
            landmarkDetector: joined(\.landmarkDetector), creationCommand: command,
            // The strictest of those that say one: no pair of any file gets farther apart than it was made for.
            maxPairDistance: files.compactMap(\.description.maxPairDistance).min())
    }

    /// Writes the file.
    /// - Returns: the content hash.
    public func write(
        to path: String, description: DatasetDescription, pool: ThreadPool, stop: () -> Bool = { false },
        progress: (Int) -> Void = { _ in }
    ) throws -> String {
        let copy = try DatasetCopy(
            to: path, like: files[0], description: description)
        return try copy.run(
            files.map { file in (file, Array(file.videos.indices)) }, pool: pool, stop: stop, progress: progress)
    }
}
