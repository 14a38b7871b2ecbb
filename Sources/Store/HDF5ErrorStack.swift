// HDF5ErrorStack.swift — reads HDF5's error stack and says which `StoreError` it amounts to.

import CHDF5
import ForeignFiles

import Glibc

/// A copy of a thread's HDF5 error stack; the last entry is the innermost, the actual cause.
struct HDF5ErrorStack {
    struct Entry {
        let function: String
        let description: String
    }
    var entries: [Entry] = []

    /// The calling thread's stack after a failed call.
    static func current() -> HDF5ErrorStack {
        var stack = HDF5ErrorStack()
        withUnsafeMutablePointer(to: &stack) { pointer in
            _ = bwh5_walk_errors(
                { function, description, context in
                    guard let function, let description, let context else { return }
                    context.assumingMemoryBound(to: HDF5ErrorStack.self).pointee.entries.append(
                        Entry(
                            function: String(cString: function),
                            description: String(cString: description)))
                }, pointer)
        }
        return stack
    }

    /// The error that this stack means, for a call on `location`.
    ///
    /// HDF5 has no codes for the causes that users meet, only texts; the ones looked for here are
    /// the same in 1.8 to 1.14. An unknown text still ends in a sentence, a less precise one.
    func error(_ operation: HDF5Operation, _ location: HDF5Location) -> StoreError {
        let file = location.file
        if mentions("unable to lock file") {
            return .locked(file: file, detail: errno.map(Self.lockReason) ?? "no reason given")
        }
        if mentions("fletcher32") {
            return .corrupt(file: file, object: location.object, detail: "its checksum does not match its data")
        }
        if let errno {
            return .fromErrno(errno, file: file, operation: operation.rawValue)
        }
        if mentions("already open for write") || mentions("already open for swmr write") { return .unclosed(file: file) }
        if operation == .opening, mentions("superblock version number") || mentions("bad version number") {
            return .newerHDF5(file: file, detail: cause)
        }
        if mentions("truncated file") || mentions("addr overflow") || mentions("eof =")
        {
            return .truncated(file: file, detail: cause)
        }
        if operation == .opening, mentions("file signature not found") || mentions("file signature") {
            let kind = FileKind.of(file).unlessIn(.hdf5)
            return .foreign(file: file, detail: kind?.sentence ?? "it has no HDF5 signature")
        }
        switch operation {
        case .opening, .reading: return .corrupt(file: file, object: location.object, detail: cause)
        case .creating, .writing, .closing:
            return .library(
                file: file, object: location.object, operation: operation.rawValue, detail: cause)
        }
    }

    /// The innermost description, without the line breaks that HDF5 puts in some.
    private var cause: String {
        guard let last = entries.last else { return "HDF5 gave no reason" }
        return "\(last.description) in \(last.function)".filter { $0 != "\n" }
    }

    private func mentions(_ text: String) -> Bool {
        entries.contains { $0.description.lowercased().contains(text) }
    }

    /// The system's error number, when a system call was the cause.
    private var errno: Int32? {
        let mark = "errno = "
        for entry in entries.reversed() {
            guard let found = entry.description.firstRange(of: mark) else { continue }
            if let number = Int32(entry.description[found.upperBound...].prefix { $0.isNumber }), number != 0 {
                return number
            }
        }
        return nil
    }

    private static func lockReason(_ errno: Int32) -> String {
        errno == EWOULDBLOCK || errno == EACCES
            ? "another program has it open for writing" : FileSystem.reason(errno)
    }
}

