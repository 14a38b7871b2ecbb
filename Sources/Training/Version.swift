// Version.swift — what release this is; stored in every checkpoint.

/// The release, by semantic versioning.
public let blendwayVersion = "0.1.0"
