// Heartbeat.swift — a rank's sign of life, as a small file in the run folder.
//
// See Note [Why heartbeats are files].

import Glibc

/// What one rank last said about itself.
package struct Heartbeat: Equatable, Sendable {
    /// Counts up by one with every beat. Whether it moved says if the rank lives; clocks of
    /// different hosts need not agree.
    package var beat: Int
    package var step: Int64
    /// Empty outside any phase.
    package var phase: String
    package var detail: String
    /// Seconds in that phase.
    package var seconds: Double
    /// The rank's own watchdog has found it late.
    package var isLate: Bool

    package init(beat: Int, state: PhaseBoard.State, now: Double, isLate: Bool) {
        let phase = state.phases.last
        self.beat = beat
        self.step = state.step
        self.phase = phase?.name ?? ""
        self.detail = phase?.detail ?? ""
        self.seconds = phase.map { now - $0.started } ?? 0
        self.isLate = isLate
    }

    /// As a person wants it in a message.
    package var place: String {
        phase.isEmpty
            ? "outside any phase at step \(step)"
            : "in '\(phase)' at step \(step) for \(wholeSeconds(seconds)) s"
                + (detail.isEmpty ? "" : " (\(detail))")
    }

    // MARK: The file: one line of tab-separated fields

    package var line: String {
        let fields = ["\(beat)", "\(step)", "\(seconds)", isLate ? "late" : "ok", phase, detail]
        return fields.map { String($0.map { $0 == "\t" || $0 == "\n" ? " " : $0 }) }
            .joined(separator: "\t") + "\n"
    }

    package init?(line: String) {
        let fields = line.split(whereSeparator: \.isNewline).first?
            .split(separator: "\t", omittingEmptySubsequences: false)
        guard let fields, fields.count == 6, let beat = Int(fields[0]),
            let step = Int64(fields[1]), let seconds = Double(fields[2])
        else { return nil }
        self.beat = beat
        self.step = step
        self.seconds = seconds
        self.isLate = fields[3] == "late"
        self.phase = String(fields[4])
        self.detail = String(fields[5])
    }

    package static func path(folder: String, rank: Int) -> String {
        "\(folder)/heartbeat-\(rank)"
    }

    /// Replaces the file as a whole, so that a reader never sees half a line. A disk that is full
    /// or gone is no reason to end a run: the beat is lost, and readers see that.
    func write(folder: String, rank: Int) {
        let path = Self.path(folder: folder, rank: rank)
        guard let file = fopen(path + ".new", "w") else { return }
        fputs(line, file)
        // What a full disk cuts off shows when the file is closed.
        if fclose(file) == 0 { rename(path + ".new", path) }
    }

    /// Nil when there is no readable beat.
    package static func read(folder: String, rank: Int) -> Heartbeat? {
        guard let file = fopen(path(folder: folder, rank: rank), "r") else { return nil }
        defer { fclose(file) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            guard fgets(buffer.baseAddress!, 4096, file) != nil else { return nil }
            return Heartbeat(line: String(cString: buffer.baseAddress!))
        }
    }
}

// Note [Why heartbeats are files]
// ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
// When a rank hangs, MPI is what hangs: a message through it proves nothing and may never arrive.
// Sockets of our own would need ports, addresses and firewalls' consent. The run folder is shared
// by all ranks anyhow. A stopped process (SIGSTOP, a host that swaps, a lost NFS mount) stops all
// of its threads, so its file stops changing, and that is exactly what is to be noticed.
