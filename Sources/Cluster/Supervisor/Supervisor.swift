// Supervisor.swift — starts a job under mpirun and starts it again until it is done. What `blendway launch`
// runs.
//
// It is no scheduler and no MPI: mpirun starts the ranks and ends them together, the ranks save and resume,
// the batch system gives hosts. What is left is: look at how it ended, and begin anew.

import CProcess
import DistributedTraining
import Foundation
import Store

/// Runs one launch. For the main thread of a process that does nothing else.
///
/// TERM, INT, HUP or USR1 to this process stops for good: ranks are told to save (USR1), and the process
/// ends with 75. A second one ends the job at once. Its children end with it, also when it is killed.
public final class Supervisor {
    private let launch: LaunchArguments
    private let command: MPICommand
    private let say: (String) -> Void
    private var signals: Int32 = -1
    /// Signals that asked to stop.
    private var requests = 0

    /// - Parameter say: gets each sentence about what happens.
    /// - Throws: `ClusterError` for a launcher or hostfile that can't be used.
    public init(_ launch: LaunchArguments, program: String, say: @escaping (String) -> Void) throws(ClusterError) {
        self.launch = launch
        self.say = say
        let (path, release) = try Self.findOpenMPI(launch.mpirun)
        command = MPICommand(
            launch: launch, mpirun: path, release: release, program: program,
            environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0)
        let hosts = try command.hosts()
        if launch.minRanks != nil, hosts == nil {
            throw .usage("--min-ranks needs to know the hosts; give mpirun --hostfile FILE or --host LIST")
        }
    }

    /// The command line of the first start.
    public var commandLine: String { MPICommand.quoted(command.words()) }

    private static func findOpenMPI(_ name: String) throws(ClusterError) -> (path: String, release: Int) {
        guard let path = ChildProcess.find(name) else {
            throw .launcher("there is no \(name) in PATH; install Open MPI, or name its mpirun with --mpirun PATH")
        }
        // The first line is "mpirun (Open MPI) 4.1.4".
        let first = (ChildProcess.output(of: [path, "--version"], seconds: 20) ?? "")
            .split(whereSeparator: \.isNewline).first ?? ""
        guard first.contains("Open MPI"), let number = first.split(separator: " ").last,
            let release = number.split(separator: ".").first.flatMap({ Int($0) })
        else {
            throw .launcher(
                "\(path) is not Open MPI's (it says '\(first)'), and launch knows only that one; start the ranks with "
                    + "your MPI's own launcher: train resumes by itself when it is started again")
        }
        return (path, release)
    }

    /// Runs the job to its end. Returns the status to exit with.
    /// - Throws: `ClusterError.start`.
    public func run() throws(ClusterError) -> Int32 {
        let wanted = [SIGTERM, SIGINT, SIGHUP, SIGUSR1]
        signals = bw_signal_pipe(wanted, Int32(wanted.count))
        guard signals >= 0 else { throw .start(program: command.mpirun, reason: String(cString: strerror(-signals))) }
        _ = bw_adopt_orphans()
        var policy = RestartPolicy(limit: launch.restarts, handsOver: launch.handsOver)
        var isRestart = false
        while true {
            let before = newestStep
            let began = Date()
            let status = try start(isRestart: isRestart)
            let left = ChildProcess.endOrphans(seconds: 3)
            if left > 0 { say("\(left) processes that the job left on this host were killed") }
            let after = newestStep
            // The newest may be a broken one that was set aside: another one is progress as well.
            let gotOn = after != nil && after != before
            switch policy.decide(.init(status: status, gotOn: gotOn, wasAsked: requests > 0, seconds: Date().timeIntervalSince(began))) {
            case .end(let status, let sentence):
                say(sentence)
                return status
            case .restart(let seconds, let sentence):
                let place = after.map { "; its newest checkpoint is of step \($0)" } ?? ""
                say("\(sentence) (it ran for \(duration(since: began))\(place))")
                if pause(seconds) {
                    say("stopped as asked before the next start; the same command goes on")
                    return 75
                }
                isRestart = true
            }
        }
    }

    /// The step of the newest checkpoint; nil when there is none, or none to expect.
    private var newestStep: Int? {
        guard let folder = launch.runFolder else { return nil }
        return try? CheckpointFolder(folder + "/checkpoints", role: .reader).steps().last
    }

    // MARK: One start

    /// Starts the job and waits for its end. Returns its status.
    private func start(isRestart: Bool) throws(ClusterError) -> Int32 {
        var hostfile: (path: String, ranks: Int?)?
        if launch.minRanks != nil {
            switch try hostsThatAnswer() {
            case .some(let chosen): hostfile = chosen
            // Too few: as a start that lost a host at once.
            case .none: return requests > 0 ? 75 : 205
            }
        }
        defer { if let hostfile { unlink(hostfile.path) } }
        // Asked to stop while the hosts were: a job that begins now would be killed before it listens.
        if takeSignal(milliseconds: 0) || requests > 0 { return 75 }
        let words = command.words(isRestart: isRestart, hostfile: hostfile)
        let markBefore = watchdogsMark
        let child = try ChildProcess(words)
        var deadline: Date?
        var strength = 0
        var markSeen: Date?
        while true {
            if let status = child.endedStatus() {
                // Of a mpirun that was killed below, its own death says nothing.
                return markSeen != nil && status > 128 ? Watchdog.exitStatus : status
            }
            if deadline == nil, let mark = watchdogsMark, mark != markBefore {
                // mpirun sends the end to all hosts, and over a link that is cut that takes a quarter of an hour.
                if markSeen == nil { markSeen = Date() }
                if Date().timeIntervalSince(markSeen!) > Self.abortSeconds {
                    say("the ranks have ended the job, but mpirun doesn't end: it can't reach a host")
                    strength = 1
                    deadline = Date()
                }
            }
            if takeSignal(milliseconds: 50) {
                if requests == 1 {
                    say("asked to stop: the ranks save and end, for which they have \(Int(launch.grace)) s; once more ends them at once")
                    // mpirun passes this one on to the ranks; on TERM it would end them at once.
                    child.signal(SIGUSR1)
                    deadline = Date() + launch.grace
                } else {
                    deadline = Date()
                }
            }
            if let late = deadline, Date() >= late {
                // TERM gives mpirun the time to end ranks on all hosts; KILL is for a mpirun that hangs.
                say(strength == 0 ? "ending the job now" : "the job doesn't end; killing mpirun")
                child.signal(strength == 0 ? SIGTERM : SIGKILL)
                strength += 1
                deadline = Date() + 20
            }
        }
    }

    /// What mpirun gets to end a job that a watchdog has given up.
    private static let abortSeconds = 15.0

    /// When a rank's watchdog last ended a job in the run's folder.
    private var watchdogsMark: Date? {
        guard let folder = launch.runFolder else { return nil }
        let values = try? FileManager.default.attributesOfItem(atPath: "\(folder)/errors/\(Watchdog.endMark)")
        return values?[.modificationDate] as? Date
    }

    /// A hostfile of the hosts that answer; nil when they have too few slots.
    private func hostsThatAnswer() throws(ClusterError) -> (path: String, ranks: Int?)? {
        guard let least = launch.minRanks, let all = try command.hosts() else { return nil }
        let silent = HostProbe.silent(all, agent: command.agent, seconds: 10)
        let alive = all.without(silent)
        // A host that doesn't say how many it takes counts as one.
        let slots = alive.slots ?? alive.hosts.reduce(0) { $0 + ($1.slots ?? 1) }
        let names = silent.sorted().joined(separator: ", ")
        let ranks = alive.slots.map { min($0, command.ranks ?? $0) } ?? command.ranks
        guard !alive.hosts.isEmpty, slots >= least else {
            say("\(names) \(silent.count == 1 ? "doesn't" : "don't") answer; what is left takes \(slots) ranks, and --min-ranks is \(least)")
            return nil
        }
        if !silent.isEmpty {
            say("\(names) \(silent.count == 1 ? "doesn't" : "don't") answer; going on without, with \(ranks.map { "\($0) ranks" } ?? "the other hosts")")
        }
        let path = NSTemporaryDirectory() + "/blendway-hosts-\(getpid())-\(UUID().uuidString.prefix(8))"
        do {
            try Data(alive.hostfile.utf8).write(to: URL(filePath: path))
        } catch {
            throw .hostfile(path: path, problem: "it can't be written: \(error.localizedDescription)")
        }
        return (path, ranks)
    }

    // MARK: Signals and time

    /// Waits at most so long for a request to stop; true when one came.
    private func takeSignal(milliseconds: Int32) -> Bool {
        guard bw_next_signal(signals, milliseconds) > 0 else { return false }
        requests += 1
        return true
    }

    /// True when a request to stop cut the pause short, or came before.
    private func pause(_ seconds: Double) -> Bool {
        let end = Date() + seconds
        while requests == 0 && Date() < end { _ = takeSignal(milliseconds: 50) }
        return requests > 0
    }

    private func duration(since began: Date) -> String {
        let seconds = Int(Date().timeIntervalSince(began).rounded())
        return seconds < 120 ? "\(seconds) s" : seconds < 7200 ? "\(seconds / 60) min" : "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
}
