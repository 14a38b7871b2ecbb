// QuarantineLog.swift — errors/quarantine.jsonl: what all ranks could not use, written by rank 0. When it is too
// much is QuarantineBudget's matter.
//
// Note [Why one rank writes the quarantine]
// Appending from several hosts to one file tears lines on network file systems, where an append is no single
// operation. So lines travel to rank 0. A disk that is full there is no reason to end a run, and never one rank's
// own: lines wait until there is room, and only the run's end, which all ranks reach together, fails without it.

import DistributedTraining
import Foundation
import Report

/// A frame of a validation file that was left out, as a line of the file has it.
struct QuarantinedFrame: Codable, Equatable {
    /// The dataset file.
    var data: String
    var epoch: Int
    var method: String
    var video: String
    var frame: Int
    var source: String
    var reason: String
}

/// For one thread of each rank.
final class QuarantineLog {
    private let path: String
    private let world: World
    /// Lines that a full disk has refused so far; on rank 0.
    private var unwritten: [String] = []
    /// The newest entry; on rank 0.
    private(set) var latest: BadSample?

    init(path: String, world: World) {
        self.path = path
        self.world = world
    }

    /// Adds what each rank has, in the order of ranks. Collective: all ranks call it, with nothing to add too.
    /// - Returns: on rank 0, why lines wait; nil while there is room, and if it was told before.
    func append(_ entries: [some Encodable]) throws -> (any Error)? {
        let text = try entries.map { try Self.line($0) }.joined()
        let lines = try world.communicator.gather(Array(text.utf8), phase: "list what is left out")
        guard let lines else { return nil }
        return add(String(decoding: lines.values, as: UTF8.self))
    }

    /// Adds what rank 0 alone knows; on the others it does nothing.
    func append(byRankZero entries: [some Encodable]) throws -> (any Error)? {
        guard world.rank == 0 else { return nil }
        return add(try entries.map { try Self.line($0) }.joined())
    }

    private func add(_ text: String) -> (any Error)? {
        let isFirst = unwritten.isEmpty
        unwritten += text.split(separator: "\n").map { $0 + "\n" }
        latest = unwritten.last.flatMap { BadSample.records(jsonLines: $0).first } ?? latest
        do {
            try flush()
            return nil
        } catch {
            return isFirst ? error : nil
        }
    }

    /// Writes the lines that still wait.
    /// - Throws: `TrainingError.runFolder`; the file then ends as it did before.
    func flush() throws {
        guard !unwritten.isEmpty else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        let bytes = Array(unwritten.joined().utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, bytes.count - done) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                // No torn line stays, and none will be there twice.
                _ = ftruncate(descriptor, end)
                throw failure(code)
            }
            done += count
        }
        unwritten = []
    }

    private func failure(_ code: Int32) -> TrainingError {
        .runFolder(path: path, cause: String(cString: strerror(code)))
    }

    private static func line(_ entry: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(entry), as: UTF8.self) + "\n"
    }
}
