// CommandFailure+Errors.swift — which error of which module ends a command with which code.

import Blend
import Data
import Imaging
import Store
import Synthesis

extension CommandFailure {
    /// The failure for any error; those that are not known here are failures (1).
    init(_ error: any Error) {
        let exit: CommandExit =
            switch error {
            case let failure as CommandFailure: failure.exit
            case let error as StoreError: error.isBadData ? .badData : .failed
            case let error as SynthesisError: if case .codec = error { .failed } else { .usage }
            case let error as BlendError: error.isBadSample ? .badData : .failed
            case is DataError: .badData
            default: .failed
            }
        let message =
            switch error {
            case let failure as CommandFailure: failure.message
            case is CancellationError: "stopped on request; nothing half-written is left behind."
            default: "\(error)"
            }
        self.init(exit, message)
    }
}

extension StoreError {
    /// Whether the file is at fault, rather than its surroundings.
    fileprivate var isBadData: Bool {
        if case .newerVersion = self { return true }
        return meansBrokenFile
    }
}
