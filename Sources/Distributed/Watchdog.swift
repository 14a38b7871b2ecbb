// Watchdog.swift — ends a job that hangs, and says where and for whom it was waiting.
//
// It watches this rank's PhaseBoard only. What the others do it learns from their heartbeats, and
// only once something is wrong.

import Glibc
import Synchronization
import Tensor

/// One thread writes this rank's heartbeat, another looks whether a phase lasts longer than it may.
///
/// Then the rank's place goes to standard error and to `rank-N.log`, all heartbeats are watched for
/// a while, the ranks that are silent or elsewhere are named, and the job is aborted with `exitStatus`.
/// If the phase ends meanwhile, that is said too and the job goes on.
public final class Watchdog: Sendable {
    /// Of a job that it ends: a rank, a host or a link is lost, and the same command may be started again.
    public static let exitStatus: Int32 = 76
    /// In the folder, from the moment on in which a rank has ended the job: for whoever started it and sees it hang.
    public static let endMark = "ended"
    /// Cost: one small file per rank and beat.
    public static let defaultBeatSeconds = 5.0
    /// Beats that a living rank cannot miss even when its disk is slow.
    private static let beatsToJudge = 2.5
    /// A verdict reads files, and a file system that hangs may be why the rank is late. The job
    /// ends this many seconds after the verdict was due, with or without one.
    private static let verdictGraceSeconds = 30.0

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
        var threads: [pthread_t] = []
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
        // Two threads, as a beat that hangs on a dead file system must not keep the other from
        // noticing.
        do throws(ThreadStartError) {
            let heartbeat = try startThread("heartbeat") { [self] in repeatedly(every: self.beatSeconds) { beat() } }
            state.withLock { $0.threads.append(heartbeat) }
            // A second is fine enough for limits of minutes; tests beat faster.
            let watchdog = try startThread("watchdog") { [self] in repeatedly(every: min(self.beatSeconds, 1)) { look() } }
            state.withLock { $0.threads.append(watchdog) }
        } catch {
            stop()
            throw .thread(rank: rank, error)
        }
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
        let threads = state.withLock { state in
            defer { state.threads = [] }
            return state.threads
        }
        for thread in threads { pthread_join(thread, nil) }
        unlink(Heartbeat.path(folder: folder, rank: rank))
    }

    /// Watches the other ranks' heartbeats for some beats. Takes that long.
    ///
    /// - Returns: a sentence that names the silent ranks and those that are not where this one is,
    ///   and the lowest rank of those that have found themselves late.
    package func judgeOthers() -> (verdict: String, speaker: Int) {
        let before = hosts.indices.map { Heartbeat.read(folder: folder, rank: $0) }
        pause(Self.beatsToJudge * beatSeconds)
        let own = Heartbeat(beat: 0, state: phases.snapshot, now: 0, isLate: true)
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

    // MARK: On the threads

    private func repeatedly(every seconds: Double, _ body: () -> Void) {
        while true {
            let until = monotonicSeconds() + seconds
            let stopping = alarm.locked {
                while !state.withLock({ $0.stopping }) && monotonicSeconds() < until {
                    alarm.wait(until: until)
                }
                return state.withLock { $0.stopping }
            }
            if stopping { return }
            body()
        }
    }

    private func look() {
        let now = monotonicSeconds()
        let board = phases.snapshot
        if let late = board.overdue(at: now) { bark(late, board, now: now) }
    }

    private func bark(_ late: PhaseBoard.Phase, _ board: PhaseBoard.State, now: Double) {
        // Where no thread can be had, a file system that hangs holds the verdict up.
        _ = try? startThread("verdict") { [self] in
            pause(Self.verdictGraceSeconds + Self.beatsToJudge * beatSeconds)
            if isInside(late) { endJob() }
        }
        // The innermost phase says most about the place, the late one about the limit.
        let detail = (board.phases.last ?? late).detail
        tell(
            "rank \(rank) on \(hosts[rank]): '\(late.name)' at step \(board.step) has lasted "
                + "\(wholeSeconds(now - late.started)) s, its limit is \(wholeSeconds(late.limit)) s"
                + (detail.isEmpty ? "" : " (\(detail))"))
        state.withLock { $0.isLate = true }
        let (verdict, speaker) = judgeOthers()
        guard isInside(late) else {
            tell("rank \(rank): '\(late.name)' has ended after all; going on")
            state.withLock { $0.isLate = false }
            return
        }
        let ending = "rank \(rank): \(verdict); ending the job, see \(folder)/rank-*.log"
        if speaker == rank {
            tell(ending)
        } else {
            record(ending)
            // Let the speaker's sentence out before the job's end takes the speaker along.
            pause(2 + beatSeconds)
        }
        endJob()
    }

    private func endJob() -> Never {
        // A file system that hangs must not keep the job from its end: without a thread there is no mark.
        _ = try? startThread("mark") { [self] in
            if let file = fopen("\(folder)/\(Self.endMark)", "w") {
                fputs("by rank \(rank) on \(hosts[rank])\n", file)
                fclose(file)
            }
        }
        usleep(200_000)
        end(Self.exitStatus)
    }

    private func isInside(_ phase: PhaseBoard.Phase) -> Bool {
        phases.snapshot.phases.contains { $0.id == phase.id }
    }

    private func pause(_ seconds: Double) {
        usleep(UInt32(seconds * 1e6))
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

    /// To standard error and the log, in this order: a file system may hang.
    private func tell(_ message: String) {
        // One write, so that the ranks' lines do not mix; stdio's lock may be held by a hung thread.
        let line = Array((message + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
        record(message)
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
