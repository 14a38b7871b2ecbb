// Console.swift — standard error, shared by log lines and the progress bar.
//
// Standard output belongs to results; nothing here writes to it.

import Foundation

/// Writes lines, and keeps one line of status below them when it is a terminal.
///
/// Lines from several threads never mix. On a terminal the status is taken away before a line and
/// drawn again after it; elsewhere there is no status.
public final class Console: @unchecked Sendable {
    public static let standardError = Console(
        isTerminal: isatty(FileHandle.standardError.fileDescriptor) == 1
    ) { text in
        // A console that is gone is no reason to stop a run.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    public let isTerminal: Bool
    private let fixedColumns: Int?
    private let write: (String) -> Void
    // Guards `status` and the order of writes.
    private let lock = NSLock()
    private var status = ""

    /// - Parameters:
    ///   - columns: nil asks the terminal each time, since its window can change.
    ///   - write: called with whole pieces of output, never by two threads at once.
    public init(
        isTerminal: Bool, columns: Int? = nil, write: @escaping @Sendable (String) -> Void
    ) {
        self.isTerminal = isTerminal
        fixedColumns = columns
        self.write = write
    }

    private static let clearLine = "\r\u{1B}[2K"

    /// Writes a line above the status.
    public func print(_ line: String) {
        lock.withLock {
            write(status.isEmpty ? line + "\n" : Self.clearLine + line + "\n" + status)
        }
    }

    /// Replaces the status; empty takes it away. Does nothing when not on a terminal.
    public func setStatus(_ text: String) {
        guard isTerminal else { return }
        lock.withLock {
            let cut = String(text.prefix(max(10, columns - 1)))
            guard cut != status else { return }
            write(Self.clearLine + cut)
            status = cut
        }
    }

    /// Width of the terminal; 80 where it doesn't say.
    private var columns: Int {
        if let fixedColumns { return fixedColumns }
        var size = winsize()
        let known = ioctl(FileHandle.standardError.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0
        return known && size.ws_col > 0 ? Int(size.ws_col) : 80
    }
}
