// ByteSink.swift — a new file that takes bytes in order. Not atomic by itself: see AtomicFile.

import Glibc

/// Writes whole buffers, with the system's reason when one does not arrive.
public final class ByteSink {
    private let descriptor: Int32
    /// What errors call the file.
    private let name: String

    init(creating path: String, reportedAs name: String) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw StoreError.fromErrno(errno, file: name, operation: "creating") }
        self.name = name
    }

    deinit { close(descriptor) }

    /// - Throws: `StoreError` `.diskFull`, `.tooLarge`, `.system`.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            guard count >= 0 || errno == EINTR else {
                throw StoreError.fromErrno(errno, file: name, operation: "writing")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[max(count, 0)...])
        }
    }

    public func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }
}
