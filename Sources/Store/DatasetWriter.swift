// DatasetWriter.swift — packs frames into a dataset file, one by one. Where frames, landmarks and
// neighbours come from is the caller's matter.

/// Writes one dataset file; it appears under its name when `finish` returns, or not at all.
///
/// Order of calls: videos and frames in any order, a video before its frames; then, optionally, the
/// neighbours; then `finish`. Memory: 12 bytes per frame and the videos, the rest goes to the disk.
/// For one thread. Cost: about 0.4 ms per 256×256 frame, 10 ms deflated at level 4.
public final class DatasetWriter {
    // N frames, L landmarks, H×W pixels, R real frames, K neighbours
    private let atomic: AtomicFile
    private let file: HDF5File
    private let height: Int
    private let width: Int
    private let landmarkCount: Int
    private let images: HDF5Dataset
    private let landmarks: HDF5Dataset
    private var tables: DatasetTables
    private var pendingLandmarks: [Float] = []
    private let imageHash = SHA256()
    private let landmarkHash = SHA256()
    private var neighbours: NeighbourTables?
    private let hasPairDistance: Bool

    /// - Parameters:
    ///   - height, width: of every frame, in pixels.
    ///   - landmarkCount: 68 or 81.
    ///   - deflate: level 1…9 for the images; nil stores them as they are, which reads fastest.
    /// - Throws: `StoreError` `.missingFolder`, `.notPermitted`, `.diskFull`, `.invalid`.
    public init(
        _ path: String, description: DatasetDescription, height: Int, width: Int, landmarkCount: Int,
        deflate: Int? = nil
    ) throws {
        guard height > 0, width > 0, DatasetSchema.landmarkCounts.contains(landmarkCount) else {
            throw StoreError.invalid(
                file: path, object: "/frames",
                problem: "\(height)×\(width) pixels with \(landmarkCount) landmarks; give 68 or 81 landmarks "
                    + "and sizes above 0")
        }
        guard deflate.map((1...9).contains) ?? true else {
            throw StoreError.invalid(
                file: path, object: "/frames/image", problem: "deflate level \(deflate!); give 1 to 9")
        }
        self.height = height
        self.width = width
        self.landmarkCount = landmarkCount
        tables = DatasetTables(file: path)
        atomic = try AtomicFile(path: path)
        file = try HDF5File.create(atomic.temporaryPath, reportedAs: path)
        let root = file.root
        try root.attributes.set("dataset", .string(description.dataset))
        try root.attributes.set("split", .string(description.split))
        try root.attributes.set("compression", .string(description.compression))
        try root.attributes.set("landmark_detector", .string(description.landmarkDetector))
        try root.attributes.set("creation_command", .string(description.creationCommand))
        hasPairDistance = description.maxPairDistance != nil
        if let distance = description.maxPairDistance {
            try root.attributes.set("max_pair_distance", .integer(distance))
        }
        if !description.notes.isEmpty { try root.attributes.set("notes", .string(description.notes)) }

        let frames = try root.makeGroup("frames")
        images = try frames.makeDataset(
            "image", .uint8, shape: [0, height, width, 3],
            layout: HDF5Layout(chunk: [1, height, width, 3], deflate: deflate, fletcher32: true, isExtendible: true))
        try images.attributes.set("shape", .string(DatasetSchema.imageShape))
        landmarks = try frames.makeDataset(
            "landmarks", .float32, shape: [0, landmarkCount, 2],
            layout: HDF5Layout(
                chunk: [DatasetSchema.landmarkChunk, landmarkCount, 2], fletcher32: true, isExtendible: true))
        try landmarks.attributes.set("shape", .string(DatasetSchema.landmarkShape))
    }

    /// Adds a video. A fake one's target may be added later.
    /// - Returns: its row, for `addFrame` and for the targets of fakes.
    public func addVideo(_ video: DatasetVideo) -> Int32 {
        tables.videos.append(video)
        return Int32(tables.videos.count - 1)
    }

    /// Adds a frame.
    /// - Parameters:
    ///   - image: [H, W, 3] bytes, RGB.
    ///   - landmarks: [L, 2] floats, x and y in pixels; finite, in or out of the picture.
    ///   - video: as returned by `addVideo`.
    ///   - index: the frame's number in its video.
    /// - Returns: the frame's number in this file.
    /// - Throws: `StoreError` `.invalid`, `.diskFull`, `.tooLarge`, `.library`.
    @discardableResult
    public func addFrame(
        image: UnsafeBufferPointer<UInt8>, landmarks points: [Float], video: Int32, index: Int64
    ) throws -> Int {
        let frame = tables.frameVideos.count
        guard neighbours == nil else {
            throw invalid("frame \(frame) comes after the neighbours; add all frames first")
        }
        guard image.count == height * width * 3 else {
            throw invalid("frame \(frame) has \(image.count) bytes where \(height)×\(width)×3 are needed; crop it anew")
        }
        guard points.count == landmarkCount * 2, points.allSatisfy(\.isFinite) else {
            throw invalid(
                "frame \(frame) needs \(landmarkCount) finite landmarks and has \(points.count / 2), "
                    + "or some are not finite; detect them anew")
        }
        guard tables.videos.indices.contains(Int(video)) else {
            throw invalid("frame \(frame) is of video \(video), but there are \(tables.videos.count); add it first")
        }
        try images.append(image)
        imageHash.update(UnsafeRawBufferPointer(image))
        points.withUnsafeBytes { landmarkHash.update($0) }
        pendingLandmarks += points
        if pendingLandmarks.count == DatasetSchema.landmarkChunk * landmarkCount * 2 { try flushLandmarks() }
        tables.frameVideos.append(video)
        tables.frameIndices.append(index)
        return frame
    }

    /// Adds a frame from an array; see above.
    @discardableResult
    public func addFrame(image: [UInt8], landmarks: [Float], video: Int32, index: Int64) throws -> Int {
        try image.withUnsafeBufferPointer {
            try addFrame(image: $0, landmarks: landmarks, video: video, index: index)
        }
    }

    /// Adds rows to the neighbour tables, after all frames. Every real frame needs one row.
    /// - Parameters:
    ///   - frames: [R] the real frames that the rows are about.
    ///   - count: K, the same in all calls.
    ///   - neighbours: [R, K] real frames of other identities, nearest first; −1 fills up.
    ///   - distances: [R, K] ascending, in pixels; −1 beside −1.
    /// - Throws: `StoreError` `.invalid` for rows that break these rules, `.diskFull`, `.library`.
    public func addNeighbours(
        frames: [Int32], count: Int, neighbours indices: [Int32], distances: [Float]
    ) throws {
        if neighbours == nil {
            try tables.validate()
            guard count > 0 else { throw invalid("rows of \(count) neighbours; give at least 1, or none at all") }
            neighbours = try NeighbourTables(in: file.root, tables, count: count)
        }
        try neighbours!.add(frames: frames, count: count, neighbours: indices, distances: distances)
    }

    /// Checks the whole, writes the tables and gives the file its name.
    /// - Parameter approve: called with the path of the finished file before that; when it throws, it is given up.
    /// - Returns: the content hash.
    /// - Throws: `StoreError`; then no file appears, and an old one of that name is untouched.
    public func finish(approve: (String) throws -> Void = { _ in }) throws -> String {
        do {
            try tables.validate()
            try neighbours?.requireAllRows()
            try flushLandmarks()
            try writeTables()
            let hash = contentHash()
            try file.root.attributes.set("content_hash", .string(hash))
            try file.close()
            try approve(atomic.temporaryPath)
            try atomic.commit()
            return hash
        } catch {
            discard()
            throw error
        }
    }

    /// Gives up; the temporary goes, an old file stays.
    public func discard() {
        try? file.close()
        atomic.discard()
    }

    private func flushLandmarks() throws {
        try landmarks.append(pendingLandmarks)
        pendingLandmarks.removeAll(keepingCapacity: true)
    }

    private func writeTables() throws {
        let frames = try file.root.group("frames")
        let frameLayout = HDF5Layout.checksummed(shape: [tables.frameVideos.count], elementBytes: 4)
        try frames.write(tables.frameVideos, to: "video", layout: frameLayout)
        if tables.hasLongIndices {
            try frames.write(
                tables.frameIndices, to: "index",
                layout: .checksummed(shape: [tables.frameVideos.count], elementBytes: 8))
        } else {
            try frames.write(tables.shortIndices, to: "index", layout: frameLayout)
        }
        let videos = try file.root.makeGroup("videos")
        let rows = tables.videos
        let layout = HDF5Layout.checksummed(shape: [rows.count], elementBytes: 4)
        try videos.writeStrings(rows.map(\.name), to: "name", layout: layout)
        try videos.writeStrings(rows.map(\.method), to: "method", layout: layout)
        try videos.write(rows.map { Int32($0.isFake ? 1 : 0) }, to: "label", layout: layout)
        try videos.writeStrings(rows.map(\.identity), to: "identity", layout: layout)
        try videos.write(rows.map(\.target), to: "target", layout: layout)
        try videos.writeStrings(rows.map(\.source), to: "source", layout: layout)
        if tables.hasDonors {
            try videos.writeStrings(rows.map(\.donor), to: "donor", layout: layout)
        }
        try file.setFormat(
            DatasetSchema.format,
            DatasetSchema.version(
                hasDonors: tables.hasDonors, hasPairDistance: hasPairDistance, hasLongIndices: tables.hasLongIndices))
    }

    private func contentHash() -> String {
        var hash = ContentHash()
        hash.add("/frames/image", .uint8, shape: images.shape, digest: imageHash.finish())
        hash.add("/frames/landmarks", .float32, shape: landmarks.shape, digest: landmarkHash.finish())
        tables.addTo(&hash)
        neighbours?.addTo(&hash)
        return hash.finish()
    }

    private func invalid(_ problem: String) -> StoreError {
        .invalid(file: tables.file, object: "/frames", problem: problem)
    }
}
