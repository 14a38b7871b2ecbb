// StderrLogHandler.swift — the `Logging` back end: one line a message on standard error, with the
// rank in front.

import Foundation
import Logging

/// Writes `14:03:21 rank 3 warning: message (key=value)`; the level is left out for info.
///
/// Install once a process: `StderrLogHandler.bootstrap(rank:level:)`.
public struct StderrLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    private let rank: Int
    private let console: Console
    private let now: @Sendable () -> Date

    /// - Parameter now: the clock; given by tests.
    public init(
        rank: Int, level: Logger.Level = .info, console: Console = .standardError,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.rank = rank
        self.console = console
        self.now = now
        logLevel = level
    }

    /// Makes this the back end of every logger of the process. Call once.
    public static func bootstrap(rank: Int, level: Logger.Level = .info) {
        LoggingSystem.bootstrap { _ in StderrLogHandler(rank: rank, level: level) }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let pairs = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let level = event.level == .info ? "" : " \(event.level)"
        let extra = pairs.isEmpty ? "" : " (\(pairs.joined(separator: ", ")))"
        console.print("\(time()) rank \(rank)\(level): \(event.message)\(extra)")
    }

    /// Local time of day.
    private func time() -> String {
        let parts = Calendar.current.dateComponents([.hour, .minute, .second], from: now())
        return [parts.hour, parts.minute, parts.second].map { part in
            let digits = "\(part ?? 0)"
            return digits.count < 2 ? "0" + digits : digits
        }.joined(separator: ":")
    }
}
