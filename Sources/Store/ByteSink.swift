// ByteSink.swift — a new file that takes bytes in order. Not atomic by itself: see AtomicFile.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

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
        #if canImport(Darwin)
        let write = Darwin.write
        #elseif canImport(Musl)
        let write = Musl.write
        #else
        let write = Glibc.write
        #endif
        var rest = bytes
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            guard count >= 0 || errno == EINTR else {
                throw StoreError.fromErrno(errno, file: name, operation: "writing")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[max(count, 0)...])
        }
    }

    public func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }
}
