// PictureSpool.swift — pictures of one size that wait on the disk for their turn in a file.

import Foundation
import Store

/// A nameless file beside the one that is made: it is gone with the process, however that ends. Places may be
/// written in any order, from several threads.
final class PictureSpool: Sendable {
    private let descriptor: Int32
    /// For messages.
    private let file: String
    private let pictureBytes: Int

    /// - Parameter path: the file that is made.
    /// - Throws: `StoreError.system`.
    init(beside path: String, pictureBytes: Int) throws {
        var name = Array("\(path).spool-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        file = "\(path).spool"
        self.pictureBytes = pictureBytes
        guard descriptor >= 0 else { throw Self.error(file, "make the file") }
        unlink(name)
    }

    deinit { close(descriptor) }

    /// - Throws: `StoreError.diskFull`, `.system`.
    func write(_ picture: [UInt8], to place: Int) throws {
        precondition(picture.count == pictureBytes, "PictureSpool: a picture of \(picture.count) bytes")
        var done = 0
        while done < pictureBytes {
            let count = picture.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + done, pictureBytes - done, off_t(place * pictureBytes + done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.error(file, "write") }
            done += count
        }
    }

    /// A picture that has been written.
    func read(_ place: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: pictureBytes) { buffer, filled in
            while filled < pictureBytes {
                let count = pread(
                    descriptor, buffer.baseAddress! + filled, pictureBytes - filled,
                    off_t(place * pictureBytes + filled))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw Self.error(file, "read") }
                filled += count
            }
        }
    }

    private static func error(_ file: String, _ operation: String) -> StoreError {
        .fromErrno(errno, file: file, operation: operation)
    }
}
