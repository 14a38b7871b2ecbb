// MetricsLog.swift — writer of metrics.jsonl: one JSON object a line, one line an interval.
//
// Not here: what a record holds (Report.IntervalRecord), and who calls (rank 0 alone).

import Foundation
import Report

/// Appends records to a metrics.jsonl.
///
/// Each record is a single write of a whole line, so a reader that follows the file sees whole
/// lines, and a kill can tear the last one only.
public final class MetricsLog {
    public let path: String
    /// Lines that were taken away on resume: of steps that will be done again, and torn ones.
    public let droppedLines: Int
    private let handle: FileHandle

    /// Starts a log.
    ///
    /// - Parameter resumedStep: nil starts an empty file. Otherwise the step of the checkpoint
    ///   from which the run goes on: lines of later steps are removed, since these steps will be
    ///   done and logged again, and so are lines that aren't whole records.
    /// - Throws: `RunLogError`.
    public init(path: String, resumedStep: Int? = nil) throws {
        self.path = path
        let url = URL(filePath: path)
        do {
            var kept = ""
            var dropped = 0
            if let resumedStep, FileManager.default.fileExists(atPath: path) {
                let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
                for line in text.split(separator: "\n") {
                    if let record = IntervalRecord(jsonLine: line), record.step <= resumedStep {
                        kept += line + "\n"
                    } else {
                        dropped += 1
                    }
                }
            }
            // Replaced in one go: a kill in here leaves the old file or the new one.
            try Data(kept.utf8).write(to: url, options: .atomic)
            droppedLines = dropped
            handle = try FileHandle(forWritingTo: url)
            try handle.seekToEnd()
        } catch {
            throw RunLogError.cannotOpen(path: path, reason: Self.reason(error))
        }
    }

    /// Writes one line; it is in the file when this returns.
    ///
    /// - Throws: `RunLogError.cannotWrite`; then nothing of the line is in the file.
    public func append(_ record: IntervalRecord) throws {
        let end = try? handle.offset()
        do {
            try handle.write(contentsOf: Data((record.jsonLine() + "\n").utf8))
        } catch {
            // A full disk takes half a line.
            if let end { try? handle.truncate(atOffset: end) }
            throw RunLogError.cannotWrite(path: path, reason: Self.reason(error))
        }
    }

    deinit {
        try? handle.close()
    }

    private static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        return underlying.domain == NSPOSIXErrorDomain
            ? String(cString: strerror(Int32(underlying.code))) : error.localizedDescription
    }
}
