// HashedDataset.swift — a dataset with the hash of every frame, for comparing datasets by content.

import Store

/// A dataset and its frames' hashes: those that the file has, or made by reading every frame.
public struct HashedDataset: Sendable {
    public let file: DatasetFile
    /// [N] nil for a frame that cannot be read, and for a black one: films fade in and out of black, so that is
    /// no sign of anything.
    public let hashes: [ShortHash?]
    /// Frames that cannot be read.
    public let unreadable: Int
    /// False where the file has no hashes and is too large to be read for them; then `hashes` are all nil.
    public let isHashed: Bool

    /// Cost: nothing for a file with hashes; else a full read, about 1 s per GB.
    /// - Parameters:
    ///   - readLimit: bytes of pixels; a larger file without hashes isn't read.
    ///   - stop: asked before each frame that is read; true ends with `CancellationError`.
    ///   - progress: told of the frames read so far.
    public init(
        _ file: DatasetFile, readLimit: Int = .max, stop: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
    ) throws {
        self.file = file
        var hashes: [ShortHash?]
        var unreadable = 0
        if let stored = file.frameHashes {
            hashes = stored
        } else if file.frameCount * file.imageBytes > readLimit {
            (self.hashes, self.unreadable, isHashed) = (Array(repeating: nil, count: file.frameCount), 0, false)
            return
        } else {
            hashes = []
            hashes.reserveCapacity(file.frameCount)
            for frame in 0..<file.frameCount {
                if stop() { throw CancellationError() }
                do {
                    hashes.append(ShortHash(of: try file.readImage(frame)))
                } catch is StoreError {
                    hashes.append(nil)
                    unreadable += 1
                }
                progress(frame + 1)
            }
        }
        let black = ShortHash(of: [UInt8](repeating: 0, count: file.imageBytes))
        self.hashes = hashes.map { $0 == black ? nil : $0 }
        self.unreadable = unreadable
        isHashed = true
    }
}
