// EventFile.swift — one TensorBoard event file: TFRecord framing around encoded events, and its name.
// What the events say is TensorBoardLog's matter.

import Foundation

/// A new file that records are appended to.
///
/// A record is: its length (8 bytes, little end first), that length's masked CRC-32C, the bytes, their
/// masked CRC-32C. Each record is one write, so that a kill can tear the last one only, which readers skip.
package final class EventFile {
    package let path: String
    private let handle: FileHandle

    /// Makes a file in `folder` that TensorBoard reads after all event files that are there.
    /// - Throws: `RunLogError.cannotOpen`.
    package init(folder: String, now: Date) throws {
        let seconds = Self.number(after: (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [], now)
        path = folder + "/" + Self.prefix + "\(seconds).\(ProcessInfo.processInfo.hostName).\(getpid()).0"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw RunLogError.cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    package static let prefix = "events.out.tfevents."

    /// Files are read in the order of their names, which begin with the time. Hosts' clocks may differ and
    /// two starts may fall in one second: the number is then one more than the last.
    package static func number(after names: [String], _ now: Date) -> String {
        let last = names.filter { $0.hasPrefix(prefix) }
            .compactMap { Int($0.dropFirst(prefix.count).prefix { $0.isNumber }) }.max() ?? 0
        let digits = String(max(Int(now.timeIntervalSince1970), last + 1))
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }

    /// - Throws: `RunLogError.cannotWrite`.
    package func append(_ record: Data) throws {
        do {
            try handle.write(contentsOf: Self.framed(record))
        } catch {
            throw RunLogError.cannotWrite(path: path, reason: String(cString: strerror(errno)))
        }
    }

    package static func framed(_ record: Data) -> Data {
        let length = littleEnd(UInt64(record.count))
        return length + littleEnd(CRC32C.masked(length)) + record + littleEnd(CRC32C.masked(record))
    }

    private static func littleEnd(_ value: some FixedWidthInteger) -> Data {
        withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }
}
