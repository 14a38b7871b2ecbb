// FileBytes.swift — whole foreign files as bytes: regular ones, of bounded size, perhaps no links.

import Glibc

enum FileBytes {
    /// Reads a file.
    /// - Parameters:
    ///   - limit: larger files are refused before memory is taken.
    ///   - followsLink: whether the path's last part may be a symbolic link.
    /// - Throws: `ImportError.unreadable` with the reason.
    static func read(_ path: String, limit: Int, followsLink: Bool = true) throws -> [UInt8] {
        // Never waits for a writer of a pipe, and a file of a list is never a device.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLink ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else {
            let reason =
                switch errno {
                case ENOENT, ENOTDIR: "there is no such file"
                case ELOOP where !followsLink: "it is a symbolic link; add --follow-links if it is your own"
                case let code: String(cString: strerror(code))
                }
            throw ImportError.unreadable(path: path, reason: reason)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ImportError.unreadable(path: path, reason: "it is no file")
        }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw ImportError.unreadable(path: path, reason: "it has \(size) bytes, more than \(limit)")
        }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = 0
            while count < size {
                let got = readDescriptor(descriptor, buffer.baseAddress! + count, size - count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                count += got
            }
        }
        guard failure == 0 else {
            throw ImportError.unreadable(path: path, reason: String(cString: strerror(failure)))
        }
        return bytes
    }
}

/// The system's `read`, which the enum's own hides.
private func readDescriptor(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
