// Watchdog.swift — ends a job that hangs, and says where and for whom it was waiting.
//
// It watches this rank's PhaseBoard only. What the others do it learns from their heartbeats, and
// only once something is wrong.

import Glibc
import Synchronization

/// A thread that writes this rank's heartbeat and looks whether a phase lasts longer than it may.
///
/// Then it writes where this rank stands to standard error and to `rank-N.log`, watches all
/// heartbeats for a while, names the ranks that are silent or elsewhere, and aborts the job with
/// status 1. If the phase ends meanwhile, it says so and the job goes on.
public final class Watchdog: Sendable {
    /// Cost: one small file per rank and beat.
    public static let defaultBeatSeconds = 5.0
    /// Beats that a living rank cannot miss even when its disk is slow.
    private static let beatsToJudge = 2.5

    private let phases: PhaseBoard
    private let rank: Int
    private let hosts: [String]
    /// Of logs and heartbeats.
    public let folder: String
    private let beatSeconds: Double
    private let end: @Sendable (Int32) -> Never

    private struct State {
        var beat = 0
        var isLate = false
        var stopping = false
        var thread: pthread_t?
    }
    private let state = Mutex(State())
    private let alarm = Monitor()

    init(world: World, folder: String, beatSeconds: Double) throws(MPIError) {
        invariant(beatSeconds > 0, "Watchdog: a beat of \(beatSeconds) s")
        phases = world.phases
        rank = world.rank
        hosts = world.hosts
        self.folder = folder
        self.beatSeconds = beatSeconds
        end = { status in world.abort(status) }
        try makeFolder()
        beat()
        let thread = startThread("watchdog") { [self] in run() }
        state.withLock { $0.thread = thread }
    }

    /// Appends a line to this rank's log. A log that cannot be written is not worth a job.
    public func record(_ message: String) {
        guard let file = fopen("\(folder)/rank-\(rank).log", "a") else { return }
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { stamp in
            strftime(stamp.baseAddress!, 32, "%Y-%m-%dT%H:%M:%SZ ", &parts)
            fputs(stamp.baseAddress!, file)
        }
        fputs(message + "\n", file)
        fclose(file)
    }

    /// Ends the watch and takes this rank's heartbeat away.
    public func stop() {
        alarm.locked {
            state.withLock { $0.stopping = true }
            alarm.wakeAll()
        }
        let thread = state.withLock { state in
            defer { state.thread = nil }
            return state.thread
        }
        if let thread { pthread_join(thread, nil) }
        unlink(Heartbeat.path(folder: folder, rank: rank))
    }

    /// Watches the other ranks' heartbeats for some beats. Takes that long.
    ///
    /// - Returns: a sentence that names the silent ranks and those that are not where this one is,
    ///   and the lowest rank of those that have found themselves late.
    package func judgeOthers() -> (verdict: String, speaker: Int) {
        let before = hosts.indices.map { Heartbeat.read(folder: folder, rank: $0) }
        // Own beats go on: the others are watching us.
        let until = monotonicSeconds() + Self.beatsToJudge * beatSeconds
        while monotonicSeconds() < until {
            usleep(UInt32(beatSeconds * 0.5e6))
            beat()
        }
        let own = state.withLock { Heartbeat(beat: $0.beat, state: phases.snapshot, now: 0, isLate: true) }
        var silent: [String] = []
        var elsewhere: [String] = []
        var late = [rank]
        for other in hosts.indices where other != rank {
            let after = Heartbeat.read(folder: folder, rank: other)
            if let after, after.beat != before[other]?.beat {
                if after.isLate { late.append(other) }
                if (after.phase, after.step, after.detail) != (own.phase, own.step, own.detail) {
                    elsewhere.append("rank \(other) is alive \(after.place)")
                }
            } else {
                let last = (after ?? before[other]).map { "last seen \($0.place)" }
                silent.append(
                    "rank \(other) on \(hosts[other]) gives no sign of life ("
                        + (last ?? "it never gave one: is \(folder) shared by all hosts?") + ")")
            }
        }
        let all = silent + elsewhere
        return (
            all.isEmpty ? "all ranks are alive and wait in the same place" : all.joined(separator: "; "),
            late.min()!
        )
    }

    // MARK: On the thread

    private func run() {
        var nextBeat = monotonicSeconds() + beatSeconds
        // A second is fine enough for limits of minutes; tests beat faster.
        let look = min(beatSeconds, 1)
        while true {
            let stopping = alarm.locked {
                if !state.withLock({ $0.stopping }) { alarm.wait(until: monotonicSeconds() + look) }
                return state.withLock { $0.stopping }
            }
            if stopping { return }
            let now = monotonicSeconds()
            if now >= nextBeat {
                beat()
                nextBeat = now + beatSeconds
            }
            let board = phases.snapshot
            if let late = board.overdue(at: now) { bark(late, step: board.step, now: now) }
        }
    }

    private func bark(_ late: PhaseBoard.Phase, step: Int64, now: Double) {
        // The innermost phase says most about the place, the late one about the limit.
        let inner = phases.snapshot.phases.last ?? late
        tell(
            "rank \(rank) on \(hosts[rank]): '\(late.name)' at step \(step) has lasted "
                + "\(wholeSeconds(now - late.started)) s, its limit is \(wholeSeconds(late.limit)) s"
                + (inner.detail.isEmpty ? "" : " (\(inner.detail))"))
        state.withLock { $0.isLate = true }
        beat()
        let (verdict, speaker) = judgeOthers()
        guard phases.snapshot.phases.contains(where: { $0.id == late.id }) else {
            tell("rank \(rank): '\(late.name)' has ended after all; going on")
            state.withLock { $0.isLate = false }
            return
        }
        let ending = "\(verdict); ending the job, see \(folder)/rank-*.log"
        if speaker == rank {
            tell("rank \(rank): \(ending)")
        } else {
            record("rank \(rank): \(ending)")
            // Let the speaker's sentence out before the job's end takes the speaker along.
            sleep(2)
            usleep(UInt32(beatSeconds * 1e6))
        }
        end(EXIT_FAILURE)
    }

    private func beat() {
        let board = phases.snapshot
        let heartbeat = state.withLock { state in
            state.beat += 1
            return Heartbeat(
                beat: state.beat, state: board, now: monotonicSeconds(), isLate: state.isLate)
        }
        heartbeat.write(folder: folder, rank: rank)
    }

    /// To standard error and the log.
    private func tell(_ message: String) {
        record(message)
        // One write, so that the ranks' lines do not mix; stdio's lock may be held by a hung thread.
        let line = Array((message + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }

    /// Makes the folder and its parents, and proves that this rank can write there.
    private func makeFolder() throws(MPIError) {
        var path = folder.hasPrefix("/") ? "" : "."
        for part in folder.split(separator: "/") {
            path += "/" + part
            if mkdir(path, 0o777) != 0 && errno != EEXIST {
                throw .folder(rank: rank, path: path, reason: String(cString: strerror(errno)))
            }
        }
        let proof = "\(folder)/heartbeat-\(rank).new"
        guard let file = fopen(proof, "w") else {
            throw .folder(rank: rank, path: proof, reason: String(cString: strerror(errno)))
        }
        fclose(file)
    }
}
