// DatasetFile.swift — an open dataset: tables in memory, images read one by one. Which frames make
// a sample, and what to do with a bad one, is not decided here.

/// One dataset file, opened and checked.
///
/// Opening checks structure and all cross references, so that users of it need not; only the images
/// stay on the disk. May be used from any thread.
public final class DatasetFile: Sendable {
    // N frames, L landmarks, H×W pixels
    public let path: String
    public let description: DatasetDescription
    /// As stored; `verifyContentHash` computes it anew.
    public let contentHash: String
    public let frameCount: Int
    public let height: Int
    public let width: Int
    /// 68 or 81.
    public let landmarkCount: Int
    public let videos: [DatasetVideo]
    /// [N] the video of each frame.
    public let frameVideos: [Int32]
    /// [N] the number of each frame in its video.
    public let frameIndices: [Int64]
    /// [N, L, 2] x and y in pixels of the frame; finite, not necessarily inside it.
    public let landmarks: [Float]
    /// nil when the file was packed without.
    public let neighbours: DatasetNeighbours?

    private let file: HDF5File
    private let images: HDF5Dataset
    private let hasLongIndices: Bool

    /// Opens a dataset read-only. Cost: about 1 s per million frames; 0.7 KB of memory per frame,
    /// and 0.8 KB per real frame for 100 neighbours.
    /// - Throws: `StoreError`: as `HDF5File.open`, or what is wrong in the file.
    public init(_ path: String) throws {
        self.path = path
        file = try HDF5File.open(path)
        try file.requireFormat(DatasetSchema.format, supported: DatasetSchema.version)
        let root = file.root
        let attributes = root.attributes
        let notes = try attributes.value("notes") == nil ? "" : attributes.string("notes")
        description = DatasetDescription(
            dataset: try attributes.string("dataset"), split: try attributes.string("split"),
            compression: try attributes.string("compression"),
            landmarkDetector: try attributes.string("landmark_detector"),
            creationCommand: try attributes.string("creation_command"),
            notes: notes, maxPairDistance: try Self.maxPairDistance(attributes, path: path))
        contentHash = try attributes.string("content_hash")

        let frames = try root.group("frames")
        images = try frames.dataset("image")
        try images.requireShape([nil, nil, nil, 3])
        try images.require(.uint8)
        let count = images.shape[0]
        frameCount = count
        height = images.shape[1]
        width = images.shape[2]
        let points = try frames.dataset("landmarks")
        try points.requireShape([count, nil, 2])
        let landmarkCount = points.shape[1]
        self.landmarkCount = landmarkCount
        guard DatasetSchema.landmarkCounts.contains(landmarkCount), height > 0, width > 0 else {
            throw StoreError.invalid(
                file: path, object: "/frames",
                problem: "\(height)×\(width) pixels with \(landmarkCount) landmarks; only 68 or 81 can be used, "
                    + "make the dataset again")
        }
        landmarks = try points.read(as: Float.self)

        var tables = DatasetTables(file: path)
        tables.videos = try Self.readVideos(root.group("videos"), path: path)
        tables.frameVideos = try Self.column(frames, "video", count: count)
        tables.frameIndices = try Self.column(frames, "index", count: count)
        hasLongIndices = try frames.dataset("index").elementType == .int64
        try tables.validate()
        try landmarks.withUnsafeBufferPointer { try tables.validateLandmarks($0, count: landmarkCount) }
        videos = tables.videos
        frameVideos = tables.frameVideos
        frameIndices = tables.frameIndices
        neighbours =
            try root.kind(of: "neighbours") == nil
            ? nil : Self.readNeighbours(root.group("neighbours"), tables)
    }

    private static func maxPairDistance(_ attributes: HDF5Attributes, path: String) throws -> Int64? {
        switch try attributes.value("max_pair_distance") {
        case nil: return nil
        case .integer(let distance) where distance >= 0: return distance
        default:
            throw StoreError.invalid(
                file: path, object: "/@max_pair_distance",
                problem: "it is no number of frames, 0 or more; make the dataset again from its source")
        }
    }

    private static func column<Element: HDF5Element>(
        _ group: HDF5Group, _ name: String, count: Int
    ) throws -> [Element] {
        let dataset = try group.dataset(name)
        try dataset.requireShape([count])
        return try dataset.read(as: Element.self)
    }

    private static func readVideos(_ group: HDF5Group, path: String) throws -> [DatasetVideo] {
        let names = try group.dataset("name")
        try names.requireShape([nil])
        let count = names.shape[0]
        func strings(_ name: String) throws -> [String] {
            let dataset = try group.dataset(name)
            try dataset.requireShape([count])
            return try dataset.readStrings()
        }
        let (name, method) = (try names.readStrings(), try strings("method"))
        let (identity, source) = (try strings("identity"), try strings("source"))
        let label: [Int32] = try column(group, "label", count: count)
        let target: [Int32] = try column(group, "target", count: count)
        let donor = try group.kind(of: "donor") == nil ? nil : strings("donor")
        return try (0..<count).map { row in
            guard label[row] == 0 || label[row] == 1 else {
                throw StoreError.invalid(
                    file: path, object: "/videos/label",
                    problem: "'\(name[row])' has label \(label[row]); labels are 0 (real) and 1 (fake), "
                        + "make the dataset again")
            }
            return DatasetVideo(
                name: name[row], method: method[row], isFake: label[row] == 1, identity: identity[row],
                target: target[row], source: source[row], donor: donor?[row] ?? "")
        }
    }

    private static func readNeighbours(_ group: HDF5Group, _ tables: DatasetTables) throws -> DatasetNeighbours {
        let frame = try group.dataset("frame")
        try frame.requireShape([nil])
        let neighbour = try group.dataset("neighbour")
        try neighbour.requireShape([frame.shape[0], nil])
        let distance = try group.dataset("distance")
        try distance.requireShape([frame.shape[0], neighbour.shape[1]])
        let frames = try frame.read(as: Int32.self)
        let neighbours = try neighbour.read(as: Int32.self)
        let distances = try distance.read(as: Float.self)
        var rowOfFrame = [Int32](repeating: -1, count: tables.frameVideos.count)
        try tables.validateNeighbours(
            frames: frames, count: neighbour.shape[1], neighbours: neighbours, distances: distances,
            firstRow: 0, identities: tables.identityNumbers(), rowOfFrame: &rowOfFrame)
        try tables.requireAllRows(frames.count)
        return DatasetNeighbours(
            frames: frames, count: neighbour.shape[1], neighbours: neighbours, distances: distances,
            rowOfFrame: rowOfFrame)
    }

    /// Videos and frames, as rules and hashes want them.
    var tables: DatasetTables {
        var tables = DatasetTables(file: path)
        (tables.videos, tables.frameVideos, tables.frameIndices) = (videos, frameVideos, frameIndices)
        tables.storesLongIndices = hasLongIndices
        return tables
    }

    // MARK: Frames

    /// Bytes of one image, H·W·3.
    public var imageBytes: Int { height * width * 3 }

    /// Reads one image, [H, W, 3] RGB, into the caller's memory of `imageBytes`.
    /// Cost: about 0.1 ms per 256×256 frame in the page cache, 1 ms deflated; one at a time per process.
    /// - Throws: `StoreError.corrupt` when its checksum is wrong.
    public func readImage(_ frame: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) throws {
        try images.readRow(frame, into: buffer)
    }

    /// Reads one image, [H, W, 3] RGB.
    public func readImage(_ frame: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: imageBytes) { buffer, initialized in
            try readImage(frame, into: UnsafeMutableBufferPointer(rebasing: buffer[..<imageBytes]))
            initialized = imageBytes
        }
    }

    /// The landmarks of a frame, [L, 2]; a slice keeps the indices of `landmarks`.
    public func landmarks(of frame: Int) -> ArraySlice<Float> {
        landmarks[frame * landmarkCount * 2..<(frame + 1) * landmarkCount * 2]
    }

    /// The video of a frame.
    public func video(of frame: Int) -> DatasetVideo { videos[Int(frameVideos[frame])] }

    /// Reads everything and compares with the stored hash. Cost: a full read, about 1 s per GB.
    /// - Throws: `StoreError.hashMismatch`, `.corrupt`.
    public func verifyContentHash() throws { _ = try verifiedHash() }

    /// The hash of all but the neighbours, after everything was read and compared.
    func verifiedHash() throws -> ContentHash {
        let imageHash = SHA256()
        var image = [UInt8](repeating: 0, count: imageBytes)
        for frame in 0..<frameCount {
            try image.withUnsafeMutableBufferPointer { buffer in
                try readImage(frame, into: buffer)
                imageHash.update(UnsafeRawBufferPointer(buffer))
            }
        }
        var hash = ContentHash()
        hash.add("/frames/image", .uint8, shape: images.shape, digest: imageHash.finish())
        hash.add("/frames/landmarks", shape: [frameCount, landmarkCount, 2], landmarks)
        tables.addTo(&hash)
        let without = hash
        if let neighbours {
            let shape = [neighbours.frames.count, neighbours.count]
            hash.add("/neighbours/frame", shape: [neighbours.frames.count], neighbours.frames)
            hash.add("/neighbours/neighbour", shape: shape, neighbours.neighbours)
            hash.add("/neighbours/distance", shape: shape, neighbours.distances)
        }
        let computed = hash.finish()
        guard computed == contentHash else {
            throw StoreError.hashMismatch(file: path, stored: contentHash, computed: computed)
        }
        return without
    }
}
