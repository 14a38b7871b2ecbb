// CommandFailure+Errors.swift — which error of which module ends a command with which code.

import Blend
import Cluster
import Data
import DistributedTraining
import Extraction
import Experiment
import Imaging
import Interchange
import Store
import Synthesis
import Training

extension CommandFailure {
    /// The failure for any error; those that are not known here are failures (1).
    init(_ error: any Error) {
        let exit: CommandExit =
            switch error {
            case let failure as CommandFailure: failure.exit
            case let error as StoreError: error.isBadData ? .badData : .failed
            case let error as SynthesisError: if case .codec = error { .failed } else { .usage }
            case let error as BlendError: error.isBadSample || error.isBadRecipe ? .badData : .failed
            case let error as ImportError: error.isUsage ? .usage : .badData
            case let error as ExtractionError: if case .notBuiltIn = error { .failed } else { .badData }
            case let error as DataError: error.exit
            case let error as ImagingError: error.isBadData ? .badData : .failed
            case is ConfigurationError: .usage
            case let error as ClusterError: error.exit
            case let error as MPIError: error.exit
            case let error as InterchangeError: error.exit
            case let error as PredictionError: if case .notFinite = error { .failed } else { .badData }
            case let error as ExperimentError: error.exit
            case let error as TrainingError: error.exit
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
        switch self {
        case .newerVersion, .filter, .elsewhere: true
        default: meansBrokenFile
        }
    }
}

extension TrainingError {
    fileprivate var exit: CommandExit {
        switch self {
        case .otherShape, .otherConfiguration, .weightsOnly, .runExists, .shards, .featureFile, .pictureFile: .usage
        case .imageSize, .overlap: .badData
        case .otherRankFailed, .runFolder, .runInUse, .notFinite: .failed
        }
    }
}

extension ClusterError {
    fileprivate var exit: CommandExit {
        switch self {
        case .usage, .hostfile: .usage
        case .launcher, .start: .failed
        }
    }
}

extension MPIError {
    fileprivate var exit: CommandExit {
        switch self {
        case .failed, .stuck: .lost
        case .separateWorlds, .tooLarge, .ranksDiffer, .folder, .thread: .failed
        }
    }
}

extension InterchangeError {
    fileprivate var exit: CommandExit { if case .unsupported = self { .usage } else { .badData } }
}

extension ExperimentError {
    fileprivate var exit: CommandExit {
        switch self {
        case .unreadable, .unknownKey, .wrong, .missing, .notHere, .unknownSetting, .otherExperiment: .usage
        case .badProtocol: .badData
        case .cannotStart, .synthFailed, .inUse, .folder: .failed
        }
    }
}

extension ImagingError {
    /// Whether the picture or array is at fault, rather than its surroundings.
    fileprivate var isBadData: Bool {
        switch self {
        case .unreadableFile, .unwritableFile, .encodingFailed, .badQuality, .notBuiltIn: false
        case .notAPicture, .unsupported, .malformed, .tooLarge, .badSize, .badLandmarkCount: true
        }
    }
}

extension DataError {
    fileprivate var exit: CommandExit {
        switch self {
        case .batchTooSmall, .noSample: .usage
        case .unreadableRecipe: .failed
        default: .badData
        }
    }
}

extension BlendError {
    fileprivate var isBadRecipe: Bool { if case .badRecipe = self { true } else { false } }
}
