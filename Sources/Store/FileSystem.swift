// FileSystem.swift — the few POSIX calls that Store needs, with errors as sentences.

import Glibc

extension StoreError {
    /// The error for a failed system call on `file`.
    package static func fromErrno(_ errno: Int32, file: String, operation: String) -> StoreError {
        switch errno {
        case ENOENT: .missing(file: file)
        case EISDIR: .notAFile(file: file, kind: "a folder")
        case EACCES, EPERM, EROFS: .notPermitted(file: file, action: operation == "opening" ? "read it" : "write it")
        case ENOSPC, EDQUOT: .diskFull(file: file)
        case EFBIG: .tooLarge(file: file)
        default: .system(file: file, operation: operation, errno: errno, reason: FileSystem.reason(errno))
        }
    }
}

/// Calls on paths. All throw `StoreError`.
enum FileSystem {
    /// The system's text for an error number.
    static func reason(_ errno: Int32) -> String { String(cString: strerror(errno)) }

    /// The folder that holds `path` ("." for a bare name) and the name in it.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
    }

    /// Throws unless `path` is a readable regular file that is long enough to be HDF5.
    static func requireReadableFile(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw StoreError.fromErrno(errno, file: path, operation: "opening")
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw StoreError.notAFile(file: path, kind: "a folder")
        default: throw StoreError.notAFile(file: path, kind: "a device or pipe")
        }
        guard access(path, R_OK) == 0 else {
            throw StoreError.fromErrno(errno, file: path, operation: "opening")
        }
        if status.st_size == 0 { throw StoreError.truncated(file: path, detail: "it is empty") }
        // Too short for HDF5's first block, about which the library itself says odd things.
        if status.st_size < 48, try firstBytes(8, of: path) == [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] {
            throw StoreError.truncated(file: path, detail: "it has \(status.st_size) bytes")
        }
    }

    private static func firstBytes(_ count: Int, of path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError.fromErrno(errno, file: path, operation: "opening") }
        defer { close(descriptor) }
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let read = pread(descriptor, buffer.baseAddress, count, 0)
            guard read >= 0 else { throw StoreError.fromErrno(errno, file: path, operation: "reading") }
            initialized = read
        }
    }

    /// Throws unless `folder` exists and new files can be made in it.
    /// - Parameter file: whom the error is about.
    static func requireWritableFolder(_ folder: String, for file: String) throws {
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw StoreError.missingFolder(file: file, folder: folder)
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            throw StoreError.notPermitted(file: file, action: "make files in the folder \(folder)")
        }
    }

    /// Makes `folder` and those above it where they are missing.
    static func makeFolder(_ folder: String) throws {
        if mkdir(folder, 0o777) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else { throw StoreError.fromErrno(errno, file: folder, operation: "making the folder") }
        let above = split(folder).folder
        guard above != folder else { throw StoreError.fromErrno(ENOENT, file: folder, operation: "making the folder") }
        try makeFolder(above)
        guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
            throw StoreError.fromErrno(errno, file: folder, operation: "making the folder")
        }
    }

    /// Copies a file's bytes to a new file with the same permissions.
    /// - Parameter file: whom errors are about.
    static func copy(_ path: String, to new: String, for file: String) throws {
        let from = open(path, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw StoreError.fromErrno(errno, file: file, operation: "opening") }
        defer { close(from) }
        var status = stat()
        guard fstat(from, &status) == 0 else { throw StoreError.fromErrno(errno, file: file, operation: "opening") }
        let to = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status.st_mode & 0o777)
        guard to >= 0 else { throw StoreError.fromErrno(errno, file: file, operation: "creating") }
        defer { close(to) }
        try withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 4096) { buffer in
            while true {
                let count = read(from, buffer.baseAddress, buffer.count)
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw StoreError.fromErrno(errno, file: file, operation: "reading") }
                if count == 0 { return }
                var done = 0
                while done < count {
                    let written = write(to, buffer.baseAddress! + done, count - done)
                    if written < 0 && errno == EINTR { continue }
                    guard written > 0 else { throw StoreError.fromErrno(errno, file: file, operation: "writing") }
                    done += written
                }
            }
        }
    }

    /// Brings a file's data, or a folder's entries, to the disk.
    static func synchronise(_ path: String, for file: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError.fromErrno(errno, file: file, operation: "fsync") }
        defer { close(descriptor) }
        // Some network file systems know no fsync of folders and say EINVAL; rename is all they have.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw StoreError.fromErrno(errno, file: file, operation: "fsync")
        }
    }

    static func rename(_ old: String, to new: String) throws {
        let code = Glibc.rename(old, new)
        guard code == 0 else { throw StoreError.fromErrno(errno, file: new, operation: "rename") }
    }

    /// Removes a file; one that is already gone is no error.
    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw StoreError.fromErrno(errno, file: path, operation: "removing")
        }
    }

    /// The names in a folder, in byte order, without "." and "..".
    static func names(in folder: String) throws -> [String] {
        guard let directory = opendir(folder) else {
            throw StoreError.fromErrno(errno, file: folder, operation: "opening")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Where a symbolic link points, as written in it; nil when `path` is none.
    static func linkTarget(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4097) { buffer in
            let count = readlink(path, buffer.baseAddress!, 4096)
            guard count > 0 else { return nil }
            return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
