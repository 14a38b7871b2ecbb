// DatasetDescription.swift — what a dataset file says about itself and its videos.

/// The root attributes of a dataset file: one split of one source.
public struct DatasetDescription: Equatable, Sendable {
    /// The source's name, for example "FaceForensics++".
    public var dataset: String
    /// "train", "val" or "test".
    public var split: String
    /// For example "c23"; empty when the source has none.
    public var compression: String
    /// Who found the landmarks, with the version.
    public var landmarkDetector: String
    /// The command line that made the file.
    public var creationCommand: String
    /// How it was made, in lines for a reader; empty where nobody said. Since format 1.1.
    public var notes: String
    /// Frame numbers that a fake frame and its real one may be apart; nil where the file doesn't say, and the
    /// nearest real frame counts. Since format 1.2.
    public var maxPairDistance: Int64?

    public init(
        dataset: String, split: String, compression: String = "", landmarkDetector: String = "",
        creationCommand: String = "", notes: String = "", maxPairDistance: Int64? = nil
    ) {
        self.dataset = dataset
        self.split = split
        self.compression = compression
        self.landmarkDetector = landmarkDetector
        self.creationCommand = creationCommand
        self.notes = notes
        self.maxPairDistance = maxPairDistance
    }
}

/// One row of /videos. Method and name together are unique in a file.
public struct DatasetVideo: Equatable, Sendable {
    public var name: String
    /// The manipulation, or what the source calls its real videos; part of the video's key, so
    /// that "000_003" of four methods are four videos.
    public var method: String
    public var isFake: Bool
    /// Who was filmed, for a fake the person of its target; empty when unknown. Cross-blended faces
    /// come from other identities.
    public var identity: String
    /// The row of the real video that this fake was made from; −1 for real videos and where the
    /// source does not say.
    public var target: Int32
    /// Where it came from: a path or an address.
    public var source: String
    /// Of a fake: the second person in it, who lent the face or its motion; empty for real videos
    /// and where the source does not say.
    public var donor: String

    public init(
        name: String, method: String, isFake: Bool, identity: String, target: Int32 = -1, source: String = "",
        donor: String = ""
    ) {
        self.name = name
        self.method = method
        self.isFake = isFake
        self.identity = identity
        self.target = target
        self.source = source
        self.donor = donor
    }
}

/// /neighbours: for each real frame the frames of other identities with the nearest landmarks.
public struct DatasetNeighbours: Equatable, Sendable {
    /// [R]: the real frame that each row is about.
    public let frames: [Int32]
    /// K, neighbours per row.
    public let count: Int
    /// [R, K]: frames, nearest first; −1 fills rows that have fewer.
    public let neighbours: [Int32]
    /// [R, K]: Euclidean distances of the flattened landmarks, in pixels; −1 beside −1.
    public let distances: [Float]
    /// The row of each frame of the file; −1 for fake ones.
    public let rowOfFrame: [Int32]

    /// The neighbours of a frame, nearest first, without padding; empty for a fake one.
    public func neighbours(of frame: Int) -> ArraySlice<Int32> {
        let row = Int(rowOfFrame[frame])
        if row < 0 { return [] }
        return neighbours[row * count..<(row + 1) * count].prefix { $0 >= 0 }
    }
}
