// StopSignal.swift — a wish to stop, noticed by a signal handler and acted on at a step boundary; and the end of a
// start that never gets so far.

import Glibc
import Synchronization

/// Turns TERM, USR1, HUP, INT and PIPE into a flag. What to do about it the ranks decide together, see
/// `Votes`: a rank that stopped by itself would leave the others hanging.
public enum StopSignal {
    /// The first signal's number, 0 before it. A handler may do little more than store a number.
    private static let received = Atomic<Int32>(0)

    /// Schedulers send TERM or USR1 before they take the hosts away; a person sends INT, a terminal that is closed HUP;
    /// PIPE comes when nobody reads the output any more, as behind `| head`.
    public static let signals: [Int32] = [SIGTERM, SIGUSR1, SIGHUP, SIGINT, SIGPIPE]

    /// Seconds that a start has after a signal; nothing is lost by its end.
    private static let graceOfStart: UInt32 = 20
    /// Of a start that was ended: as if it had stopped at a checkpoint, where it would have begun.
    private static let statusOfEndedStart: Int32 = 75
    private static let isStarting = Atomic<Bool>(false)

    /// Begins to listen. A second INT ends the process at once, for a person who cannot wait.
    /// - Parameter start: the flag will not be looked at before `startIsOver`: a start that hangs, on a file system
    ///   or another rank, is ended some seconds after the signal.
    public static func install(start: Bool = false) {
        // Touched here, so that the handler never runs its initialisation.
        received.store(0, ordering: .relaxed)
        isStarting.store(start, ordering: .relaxed)
        if start { signal(SIGALRM) { _ in _exit(StopSignal.statusOfEndedStart) } }
        for number in signals {
            // `nohup` is a wish too.
            var now = sigaction()
            if number == SIGHUP, sigaction(number, nil, &now) == 0, isIgnored(now) { continue }
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                _ = StopSignal.received.compareExchange(
                    expected: 0, desired: number, ordering: .relaxed)
                if StopSignal.isStarting.load(ordering: .relaxed) { alarm(StopSignal.graceOfStart) }
            }
            action.sa_flags = SA_RESTART
            if number == SIGINT { action.sa_flags |= Int32(bitPattern: UInt32(SA_RESETHAND)) }
            sigaction(number, &action, nil)
        }
    }

    /// From now on the flag is looked at.
    public static func startIsOver() {
        isStarting.store(false, ordering: .relaxed)
        alarm(0)
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// True once one of the signals has come.
    public static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

    /// "SIGTERM", for the log; nil while none has come.
    public static var name: String? {
        switch received.load(ordering: .relaxed) {
        case 0: nil
        case SIGTERM: "SIGTERM"
        case SIGUSR1: "SIGUSR1"
        case SIGINT: "SIGINT"
        case SIGHUP: "SIGHUP"
        case SIGPIPE: "SIGPIPE, as nobody reads the output any more"
        case let other: "signal \(other)"
        }
    }
}
