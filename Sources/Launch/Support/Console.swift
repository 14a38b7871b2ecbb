// Console.swift — what commands print: results on standard output, all else on standard error.

import ArgumentParser
import Foundation

/// Unbuffered writing, so that lines of several ranks and of C libraries come in order.
enum Console {
    /// - Throws: `CommandFailure` when the text does not arrive, as on a full disk: a result that
    ///   nobody gets must not look like success. `ExitCode` without a word when nobody wants more, as behind `| head`.
    static func output(_ text: String) throws {
        try output(Array(text.utf8))
    }

    /// The same for bytes of other programs' forms.
    static func output(_ bytes: [UInt8]) throws {
        guard write(bytes, to: STDOUT_FILENO) else { throw outputFailure }
    }

    static func error(_ text: String) { _ = write(Array(text.utf8), to: STDERR_FILENO) }

    private static var outputFailure: any Error {
        if errno == EPIPE { return ExitCode(CommandExit.failed.rawValue) }
        return CommandFailure(
            .failed, "cannot write to standard output: \(String(cString: strerror(errno))); check where it goes.")
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress! + done, bytes.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Whether somebody watches standard error.
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Prints one machine-readable object: names in snake_case, keys sorted.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        try output(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    }

    /// Lines with columns side by side under a first row of titles; numbers to the right, text to the left.
    static func table(_ rows: [[String]], indent: String = "  ") -> String {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let numeric = (0..<columns).map { column in
            rows.dropFirst().allSatisfy { $0[column].allSatisfy("0123456789.,+-e".contains) }
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let fill = String(repeating: " ", count: widths[column] - text.count)
                return numeric[column] ? fill + text : text + fill
            }
            return (indent + cells.joined(separator: "  ")).trimmingTrailingSpaces + "\n"
        }.joined()
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}

extension Int {
    /// 96123456 as "96,123,456".
    var grouped: String {
        let digits = String(magnitude)
        let parts = stride(from: digits.count, to: 0, by: -3).reversed().map { end in
            String(digits.prefix(end).suffix(Swift.min(3, end)))
        }
        return (self < 0 ? "-" : "") + parts.joined(separator: ",")
    }
}
