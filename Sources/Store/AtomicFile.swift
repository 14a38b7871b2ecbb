// AtomicFile.swift — replaces a file whole or not at all, whatever dies in between.

import Glibc

import Synchronization

/// A file that takes its name only when it is complete.
///
/// The content goes to `temporaryPath` in the same folder; `commit` brings it to the disk (fsync),
/// renames it over `path` and brings the rename to the disk (fsync of the folder). A reader, or
/// whoever restarts after a crash at any moment, finds the old file or the new one, never a mix.
/// Without `commit` the temporary is removed and the old file is untouched; after kill -9 it stays
/// behind under a name that `removeLeftovers` knows.
public final class AtomicFile: @unchecked Sendable {
    public let path: String
    /// Write here, and close it before `commit`.
    public let temporaryPath: String
    private var isPending = true

    private static let counter = Atomic<Int>(0)
    /// Part of every temporary's name, after a leading dot and the final name.
    static let mark = ".partial-"

    /// - Throws: `StoreError.missingFolder`, `.notPermitted`, `.notAFile`.
    public init(path: String) throws {
        let (folder, name) = FileSystem.split(path)
        try FileSystem.requireWritableFolder(folder, for: path)
        var status = stat()
        if name.isEmpty || stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR {
            throw StoreError.notAFile(file: path, kind: "a folder")
        }
        self.path = path
        // Host and process make it unique among ranks on a shared folder.
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        temporaryPath = "\(folder)/.\(name)\(Self.mark)\(Self.hostName())-\(getpid())-\(number)"
    }

    /// Makes the temporary the file. Cost: two fsyncs, so milliseconds to seconds.
    public func commit() throws {
        precondition(isPending, "AtomicFile: \(path) was committed or discarded before")
        do {
            try FileSystem.synchronise(temporaryPath, for: path)
            try FileSystem.rename(temporaryPath, to: path)
        } catch {
            discard()
            throw error
        }
        isPending = false
        try FileSystem.synchronise(FileSystem.split(path).folder, for: path)
    }

    /// Removes the temporary; the old file stays.
    public func discard() {
        guard isPending else { return }
        isPending = false
        // Someone may still hold it open (see Note [Why a failed file is abandoned]); emptied, it
        // takes no room on what may be a full disk.
        truncate(temporaryPath, 0)
        unlink(temporaryPath)
    }

    deinit { discard() }

    /// Lets `body` write a temporary and commits it; on an error the old file stays.
    public static func write<Result>(
        to path: String, _ body: (_ temporaryPath: String) throws -> Result
    ) throws -> Result {
        let file = try AtomicFile(path: path)
        let result = try body(file.temporaryPath)
        try file.commit()
        return result
    }

    /// Replaces `path` with `text` as UTF-8.
    public static func write(_ text: String, to path: String) throws {
        try writeBytes(to: path) { sink in
            var text = text
            try text.withUTF8 { try sink.write(UnsafeRawBufferPointer($0)) }
        }
    }

    /// Replaces `path` with the bytes that `body` gives to a sink, in order.
    /// - Throws: what `body` throws, `StoreError` `.diskFull`, `.tooLarge`, `.notPermitted`, `.system`.
    public static func writeBytes(to path: String, _ body: (ByteSink) throws -> Void) throws {
        try write(to: path) { temporary in
            let sink = try ByteSink(creating: temporary, reportedAs: path)
            try body(sink)
        }
    }

    /// Replaces `path` with a symbolic link to `target`, a name relative to the link's folder.
    static func link(_ path: String, to target: String) throws {
        try write(to: path) { temporary in
            guard symlink(target, temporary) == 0 else {
                throw StoreError.fromErrno(errno, file: path, operation: "making a symbolic link")
            }
        }
    }

    /// Removes what killed writers left in `folder`. Only for the folder's one writer, before it
    /// writes: a temporary of a living writer would go too.
    /// - Returns: the names removed.
    @discardableResult
    public static func removeLeftovers(in folder: String) throws -> [String] {
        let names = try FileSystem.names(in: folder).filter { $0.hasPrefix(".") && $0.contains(mark) }
        for name in names { try FileSystem.remove("\(folder)/\(name)") }
        return names
    }

    /// Removes what killed writers of this host left of `path`: those whose process is gone. Safe
    /// beside living writers, of this file or others.
    public static func removeDeadLeftovers(of path: String) throws {
        let (folder, name) = FileSystem.split(path)
        let start = ".\(name)\(mark)\(hostName())-"
        guard let names = try? FileSystem.names(in: folder) else { return }
        for leftover in names where leftover.hasPrefix(start) {
            guard let process = leftover.dropFirst(start.count).split(separator: "-").first.flatMap({ pid_t($0) }),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            try FileSystem.remove("\(folder)/\(leftover)")
        }
    }

    private static func hostName() -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            buffer.initialize(repeating: 0)
            gethostname(buffer.baseAddress!, 255)
            return String(cString: buffer.baseAddress!)
        }
    }
}
