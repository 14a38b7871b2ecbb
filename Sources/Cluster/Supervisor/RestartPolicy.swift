// RestartPolicy.swift — what the end of a job means, and whether it is started again. Decides only; starts
// and kills nothing.

/// Counts starts that got nowhere.
public struct RestartPolicy: Sendable {
    /// How one start ended.
    public struct Ending: Sendable {
        public var status: Int32
        /// Whether the run has a newer checkpoint than before the start.
        public var gotOn: Bool
        /// Whether somebody has asked to stop.
        public var wasAsked: Bool
        /// How long it ran.
        public var seconds: Double

        public init(status: Int32, gotOn: Bool, wasAsked: Bool, seconds: Double = 600) {
            self.status = status
            self.seconds = seconds
            self.gotOn = gotOn
            self.wasAsked = wasAsked
        }
    }

    public enum Decision: Equatable, Sendable {
        case end(status: Int32, sentence: String)
        case restart(seconds: Double, sentence: String)
    }

    /// Starts in a row without progress, after which it is enough.
    public let limit: Int
    public let handsOver: Bool
    public private(set) var fruitless = 0
    /// The start before this one ended by a loss.
    private var isAfterLoss = false

    public init(limit: Int, handsOver: Bool) {
        self.limit = limit
        self.handsOver = handsOver
    }

    /// Seconds before a start that follows a success, and the longest pause.
    static let shortest = 0.5
    static let longest = 120.0

    public mutating func decide(_ ending: Ending) -> Decision {
        let what = Self.meaning(of: ending.status)
        if ending.status == 0 { return .end(status: 0, sentence: "the job is done") }
        if ending.wasAsked {
            return ending.status == 75
                ? .end(status: 75, sentence: "stopped at a checkpoint as asked; the same command goes on from there")
                : .end(
                    status: ending.status == 1 ? 1 : 75,
                    sentence: "ended as asked, but not at a checkpoint: \(what); the same command goes on from the one before")
        }
        // mpirun has no status of its own for a host that it can't start its daemon on, nor a rank for a peer
        // that it can't reach. A command that ran before the loss of a host or rank is sound, so a start after
        // it that fails at once failed for that.
        let isAftermath = isAfterLoss && !ending.gotOn && ending.seconds < 60 && [1, 255].contains(ending.status)
        guard Self.isWorthwhile(ending.status) || isAftermath else {
            return .end(status: ending.status, sentence: "not started again: \(what)")
        }
        isAfterLoss = ending.status != 75
        if ending.status == 75 && handsOver {
            return .end(status: 75, sentence: "stopped at a checkpoint; whoever started this goes on (--hand-over)")
        }
        fruitless = ending.gotOn ? 0 : fruitless + 1
        guard fruitless <= limit else {
            return .end(
                status: ending.status,
                sentence: "\(what); given up after \(counted(fruitless, "start")) in a row without a new checkpoint "
                    + "(--restarts \(limit))")
        }
        // 0.5 s, then 2, 4, 8 … s: what is broken for a moment is tried soon, what is broken rarely.
        let pause = fruitless == 0 ? Self.shortest : min(Self.longest, Self.shortest * Double(1 << min(fruitless + 1, 16)))
        let count = fruitless == 0 ? "" : ", attempt \(fruitless) of \(limit) without a new checkpoint"
        return .restart(seconds: pause, sentence: "\(what); starting again in \(plain(pause)) s\(count)")
    }

    /// Whether a start with the same command may end better.
    static func isWorthwhile(_ status: Int32) -> Bool {
        switch status {
        case 75, 76: true
        // Killed, crashed, aborted, a bus error: of memory, of hardware, of somebody's hand.
        case 128 + 9, 128 + 11, 128 + 6, 128 + 7: true
        // Open MPI lost its daemon on a host, or could not start it.
        case 205, 213, 244: true
        default: false
        }
    }

    /// A status in words.
    public static func meaning(of status: Int32) -> String {
        switch status {
        case 0: "done"
        case 1: "the job failed (status 1), its own message says why"
        case 64: "the command can't be carried out as it stands (status 64), its own message says why"
        case 65: "a file's contents are at fault (status 65), its own message says which"
        case 75: "the run stopped at a checkpoint (status 75)"
        case 76: "a rank, a host or a connection was lost, or hung (status 76)"
        case 127: "the program was not found (status 127); it has to be under the same path on every host"
        case 128 + 6: "a rank aborted (status 134)"
        case 128 + 7: "a rank met a bus error (status 135), as when /dev/shm is full"
        case 128 + 9: "a rank was killed (status 137), by hand or for want of memory"
        case 128 + 11: "a rank crashed (status 139)"
        case 128 + 15: "the job was terminated from outside (status 143)"
        case 205, 213, 244: "a host was lost or didn't answer (status \(status))"
        case 129...192: "the job ended by signal \(status - 128)"
        default: "the job ended with status \(status)"
        }
    }

    private func plain(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    }

    private func counted(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }
}
