// SynthesisError.swift — every failure of this module, and the sentence a user reads for it.

import Imaging

/// What can go wrong when the built-in world is planned or drawn.
public enum SynthesisError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The frames' size is one that faces can't be drawn at.
    case badSize(Int)
    /// Fewer identities than the splits need.
    case tooFewIdentities(Int, minimum: Int)
    /// A count outside 1…1 000 000.
    case badCount(name: String, value: Int)
    /// The picture codec failed.
    case codec(ImagingError)
    /// The file with the trained generators is missing or not this release's.
    case generators(file: String, reason: String)

    public var description: String {
        switch self {
        case .badSize(let size):
            "the synthetic world draws no frames of \(size) pixels; choose a size in 64…256"
        case .tooFewIdentities(let count, let minimum):
            "\(count) identities are too few for four splits of at least two each; ask for \(minimum) or more"
        case .badCount(let name, let value):
            "the synthetic world cannot be made with \(value) \(name); choose a number in 1…1000000"
        case .codec(let error):
            "a synthetic frame could not be compressed: \(error.description)"
        case .generators(let file, let reason):
            "the generators' weights in \(file) \(reason); the folder blendway_Synthesis.resources of the build "
                + "belongs beside the program"
        }
    }
}
