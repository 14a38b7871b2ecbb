// DatasetTables.swift — the tables of a dataset in memory, and the rules that hold between them.

/// The tables of one dataset, and the rules that hold between them. The writer checks before it
/// commits what the reader checks when it opens, so a committed file opens.
struct DatasetTables {
    let file: String
    var videos: [DatasetVideo] = []
    /// [N] each.
    var frameVideos: [Int32] = []
    var frameIndices: [Int64] = []

    private func broken(_ object: String, _ problem: String) -> StoreError {
        .invalid(file: file, object: object, problem: "\(problem); make the dataset again from its source")
    }

    /// Throws `StoreError.invalid` for the first broken rule. Cost: linear in frames and videos.
    func validate() throws {
        guard !frameVideos.isEmpty else { throw broken("/frames", "the dataset has no frames") }
        var keys = Set<[String]>()
        for (row, video) in videos.enumerated() {
            guard !video.name.isEmpty else { throw broken("/videos/name", "video \(row) has no name") }
            guard keys.insert([video.method, video.name]).inserted else {
                throw broken("/videos/name", "'\(video.name)' of method '\(video.method)' is there twice")
            }
            guard video.target == -1 || video.isFake else {
                throw broken("/videos/target", "the real video '\(video.name)' has target \(video.target), not -1")
            }
            guard video.target == -1 || videos.indices.contains(Int(video.target)) else {
                throw broken(
                    "/videos/target", "'\(video.name)' has target \(video.target), but there are \(videos.count) videos")
            }
            guard video.target == -1 || !videos[Int(video.target)].isFake else {
                throw broken("/videos/target", "the target of '\(video.name)' is not a real video")
            }
        }
        struct Frame: Hashable {
            var video: Int32
            var index: Int64
        }
        var frames = Set<Frame>(minimumCapacity: frameVideos.count)
        for (frame, video) in frameVideos.enumerated() {
            guard videos.indices.contains(Int(video)) else {
                throw broken("/frames/video", "frame \(frame) is of video \(video), but there are \(videos.count)")
            }
            let index = frameIndices[frame]
            guard index >= 0 else { throw broken("/frames/index", "frame \(frame) has number \(index)") }
            guard frames.insert(Frame(video: video, index: index)).inserted else {
                throw broken(
                    "/frames/index", "number \(index) of video '\(videos[Int(video)].name)' is there twice")
            }
        }
    }

    /// A small number for each video's identity; unknown identities differ from all others.
    func identityNumbers() -> [Int32] {
        var numbers: [String: Int32] = [:]
        var next: Int32 = 0
        return videos.map { video in
            if !video.identity.isEmpty, let known = numbers[video.identity] { return known }
            next += 1
            if !video.identity.isEmpty { numbers[video.identity] = next }
            return next
        }
    }

    func isReal(_ frame: Int32) -> Bool { !videos[Int(frameVideos[Int(frame)])].isFake }

    var realFrameCount: Int { frameVideos.reduce(0) { $0 + (videos[Int($1)].isFake ? 0 : 1) } }

    /// Checks rows of the neighbour tables; needs valid videos and frames.
    /// - Parameters:
    ///   - firstRow: the number of the first row, for errors and `rowOfFrame`.
    ///   - rowOfFrame: [N], −1 where no row was seen yet; filled in.
    ///   - identities: as from `identityNumbers`.
    func validateNeighbours(
        frames: [Int32], count: Int, neighbours: [Int32], distances: [Float], firstRow: Int,
        identities: [Int32], rowOfFrame: inout [Int32]
    ) throws {
        let object = "/neighbours"
        guard neighbours.count == frames.count * count, distances.count == neighbours.count else {
            throw broken(
                object,
                "\(frames.count) rows of \(count) have \(neighbours.count) neighbours and \(distances.count) distances")
        }
        for (row, frame) in frames.enumerated() {
            guard frameVideos.indices.contains(Int(frame)), isReal(frame) else {
                throw broken("\(object)/frame", "row \(firstRow + row) is about frame \(frame), which is no real frame")
            }
            guard rowOfFrame[Int(frame)] == -1 else {
                throw broken("\(object)/frame", "frame \(frame) has two rows")
            }
            rowOfFrame[Int(frame)] = Int32(firstRow + row)
            let identity = identities[Int(frameVideos[Int(frame)])]
            var previous: Float = 0
            for column in row * count..<(row + 1) * count {
                let other = neighbours[column]
                let distance = distances[column]
                if other == -1 {
                    guard distance == -1 else {
                        throw broken("\(object)/distance", "frame \(frame) has a distance beside a -1")
                    }
                    previous = .infinity  // Nothing may follow a −1.
                    continue
                }
                guard frameVideos.indices.contains(Int(other)), isReal(other) else {
                    throw broken("\(object)/neighbour", "frame \(frame) has neighbour \(other), which is no real frame")
                }
                guard identities[Int(frameVideos[Int(other)])] != identity else {
                    throw broken(
                        "\(object)/neighbour", "frame \(frame) has neighbour \(other) of its own identity")
                }
                guard distance.isFinite, distance >= previous else {
                    throw broken("\(object)/distance", "the distances of frame \(frame) are not finite and ascending")
                }
                previous = distance
            }
        }
    }

    /// Throws unless every real frame has a row.
    func requireAllRows(_ rows: Int) throws {
        guard rows == realFrameCount else {
            throw broken("/neighbours/frame", "there are \(rows) rows for \(realFrameCount) real frames")
        }
    }

    /// Throws for landmarks that are no numbers; where they lie is a matter of the sample.
    func validateLandmarks(_ landmarks: UnsafeBufferPointer<Float>, count: Int) throws {
        if let bad = landmarks.firstIndex(where: { !$0.isFinite }) {
            throw broken("/frames/landmarks", "frame \(bad / (2 * count)) has a landmark that is not finite")
        }
    }

    /// The file has them in 64 bits, whether it needs to or not: the hash is over what is stored.
    var storesLongIndices = false

    /// Whether frame numbers need 64 bits: time stamps do.
    var hasLongIndices: Bool { storesLongIndices || frameIndices.contains { $0 > Int64(Int32.max) } }

    /// Frame numbers as files with none beyond 32 bits have them.
    var shortIndices: [Int32] { frameIndices.map(Int32.init) }

    var hasDonors: Bool { videos.contains { !$0.donor.isEmpty } }

    /// Adds the tables of videos and frames to the content hash.
    func addTo(_ hash: inout ContentHash) {
        let frames = [frameVideos.count]
        let rows = [videos.count]
        hash.add("/frames/video", shape: frames, frameVideos)
        if hasLongIndices {
            hash.add("/frames/index", shape: frames, frameIndices)
        } else {
            hash.add("/frames/index", shape: frames, shortIndices)
        }
        hash.add("/videos/name", shape: rows, videos.map(\.name))
        hash.add("/videos/method", shape: rows, videos.map(\.method))
        hash.add("/videos/label", shape: rows, videos.map { Int32($0.isFake ? 1 : 0) })
        hash.add("/videos/identity", shape: rows, videos.map(\.identity))
        hash.add("/videos/target", shape: rows, videos.map(\.target))
        hash.add("/videos/source", shape: rows, videos.map(\.source))
        if hasDonors { hash.add("/videos/donor", shape: rows, videos.map(\.donor)) }
    }
}
