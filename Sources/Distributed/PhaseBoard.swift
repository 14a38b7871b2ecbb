// PhaseBoard.swift — what this rank is doing right now, for whoever must explain a hang.
//
// The board only remembers. The watchdog reads it, writes it into heartbeats, and ends the job
// when a phase lasts longer than it may.

import Synchronization

/// The phases that this rank is in, innermost last, and the step it is at. Any thread may use it.
///
/// Cost of a phase: two uncontended locks and a few string references, far below a microsecond.
public final class PhaseBoard: Sendable {
    /// A collective that takes ten minutes has lost a rank; checkpoints on slow disks take less.
    public static let defaultLimit = 600.0

    package struct Phase: Sendable {
        package var id: Int
        package var name: String
        package var detail: String
        /// By `monotonicSeconds`.
        package var started: Double
        /// Seconds.
        package var limit: Double
    }

    package struct State: Sendable {
        package var step: Int64 = 0
        package var phases: [Phase] = []
        /// Of phases that name none of their own.
        var limit = PhaseBoard.defaultLimit
        var nextID = 0

        /// The first phase, outermost first, that has lasted longer than it may.
        package func overdue(at now: Double) -> Phase? {
            phases.first { now - $0.started > $0.limit }
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// Runs `body` as a phase called `name`.
    /// - Parameters:
    ///   - detail: what is special about this time, such as a file or a bucket.
    ///   - limit: seconds after which the watchdog takes it for a hang; nil for the usual one, or that of
    ///     the phase around it if that is longer: what may take long may also be waited for long.
    public func during<R, E: Error>(
        _ name: String, detail: String = "", limit: Double? = nil,
        _ body: () throws(E) -> R
    ) throws(E) -> R {
        let token = enter(name, detail: detail, limit: limit)
        defer { leave(token) }
        return try body()
    }

    /// A phase that was entered and not yet left.
    public struct Token: Sendable {
        fileprivate let id: Int
    }

    /// As `during`, for a phase whose end is not known when it begins. It has to be left.
    public func enter(_ name: String, detail: String = "", limit: Double? = nil) -> Token {
        state.withLock { state in
            state.nextID += 1
            let inherited = max(state.limit, state.phases.last?.limit ?? 0)
            state.phases.append(
                Phase(
                    id: state.nextID, name: name, detail: detail, started: monotonicSeconds(),
                    limit: limit ?? inherited))
            return Token(id: state.nextID)
        }
    }

    /// Ends a phase.
    public func leave(_ token: Token) {
        state.withLock { $0.phases.removeAll { $0.id == token.id } }
    }

    /// Replaces the detail of the innermost phase.
    public func describe(_ detail: String) {
        state.withLock { state in
            if !state.phases.isEmpty { state.phases[state.phases.count - 1].detail = detail }
        }
    }

    /// Says which training step the rank is at.
    public func setStep(_ step: Int) {
        state.withLock { $0.step = Int64(step) }
    }

    /// From now on phases that name no limit have this one.
    func setLimit(_ seconds: Double) {
        state.withLock { $0.limit = seconds }
    }

    package var snapshot: State { state.withLock { $0 } }
}
