// StopSignal.swift — a wish to stop, noticed by a signal handler and acted on at a step boundary.

import Glibc
import Synchronization

/// Turns TERM, USR1 and INT into a flag. What to do about it the ranks decide together, see
/// `Votes`: a rank that stopped by itself would leave the others hanging.
public enum StopSignal {
    /// The first signal's number, 0 before it. A handler may do little more than store a number.
    private static let received = Atomic<Int32>(0)

    /// Schedulers send TERM or USR1 before they take the hosts away; a person sends INT.
    public static let signals: [Int32] = [SIGTERM, SIGUSR1, SIGINT]

    /// Begins to listen. A second INT ends the process at once, for a person who cannot wait.
    public static func install() {
        // Touched here, so that the handler never runs its initialisation.
        received.store(0, ordering: .relaxed)
        for number in signals {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                _ = StopSignal.received.compareExchange(
                    expected: 0, desired: number, ordering: .relaxed)
            }
            action.sa_flags = SA_RESTART
            if number == SIGINT { action.sa_flags |= Int32(bitPattern: UInt32(SA_RESETHAND)) }
            sigaction(number, &action, nil)
        }
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
        case let other: "signal \(other)"
        }
    }
}
