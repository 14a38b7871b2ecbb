// DatasetSummary.swift — a dataset file in numbers, for people and programs to look at.

import Store

/// What is in a dataset file. Encodes to the JSON that `blendway inspect --json` documents.
public struct DatasetSummary: Codable, Equatable, Sendable {
    public struct Method: Codable, Equatable, Sendable {
        public var method: String
        /// 0 real, 1 fake.
        public var label: Int
        public var videos: Int
        public var frames: Int
        /// Different people; videos of unknown people count one each.
        public var identities: Int
    }

    public struct Neighbours: Codable, Equatable, Sendable {
        /// Real frames.
        public var rows: Int
        /// Columns of the table.
        public var count: Int
        /// Real frames without any neighbour: of one identity only.
        public var rowsWithout: Int
        /// Real frames with fewer than `count`.
        public var rowsNotFull: Int
        /// Pixels to the nearest neighbour: median over the rows; null without neighbours.
        public var medianNearest: Double?
        /// Pixels per landmark that this is on average: the distance over the root of their number.
        public var medianNearestPerLandmark: Double?
    }

    public var dataset: String
    public var split: String
    public var compression: String
    public var landmarkDetector: String
    public var creationCommand: String
    public var notes: String
    public var contentHash: String
    /// Pixels.
    public var width: Int
    public var height: Int
    /// 68 or 81.
    public var landmarks: Int
    public var frames: Int
    public var realFrames: Int
    public var fakeFrames: Int
    public var videos: Int
    public var realVideos: Int
    public var fakeVideos: Int
    public var identities: Int
    public var framesPerVideoLeast: Int
    public var framesPerVideoMost: Int
    /// Real methods first, then by name.
    public var methods: [Method]
    /// Fake videos that don't say which real video they were made from.
    public var fakesWithoutTarget: Int
    /// Frames with a landmark outside the picture.
    public var framesWithLandmarksOutside: Int
    /// Frames whose landmarks can't be a face, by what is wrong with them.
    public var oddFaces: [String: Int]
    /// Frame numbers that a fake frame and its real one may be apart; null where the file doesn't say.
    public var maxPairDistance: Int64?
    /// How far fake frames are from the real ones that they go with.
    public var pairs: PairCounts
    /// null when the file was packed without.
    public var neighbours: Neighbours?

    /// Cost: one pass over the tables; no image is read.
    public init(_ file: DatasetFile) {
        let description = file.description
        dataset = description.dataset
        split = description.split
        compression = description.compression
        landmarkDetector = description.landmarkDetector
        creationCommand = description.creationCommand
        notes = description.notes
        contentHash = file.contentHash
        width = file.width
        height = file.height
        landmarks = file.landmarkCount
        frames = file.frameCount
        videos = file.videos.count

        var perVideo = [Int](repeating: 0, count: file.videos.count)
        for video in file.frameVideos { perVideo[Int(video)] += 1 }
        framesPerVideoLeast = perVideo.min() ?? 0
        framesPerVideoMost = perVideo.max() ?? 0
        methods = Self.methods(file.videos, frames: perVideo)
        realVideos = methods.filter { $0.label == 0 }.reduce(0) { $0 + $1.videos }
        fakeVideos = videos - realVideos
        realFrames = methods.filter { $0.label == 0 }.reduce(0) { $0 + $1.frames }
        fakeFrames = frames - realFrames
        identities = Self.identities(file.videos)
        fakesWithoutTarget = file.videos.filter { $0.isFake && $0.target < 0 }.count
        framesWithLandmarksOutside = Self.framesWithLandmarksOutside(file)
        oddFaces = Self.oddFaces(file)
        maxPairDistance = description.maxPairDistance
        pairs = VideoFrames(file).counts
        neighbours = file.neighbours.map { Neighbours($0, landmarks: file.landmarkCount) }
    }

    private static func methods(_ videos: [DatasetVideo], frames: [Int]) -> [Method] {
        var rows: [String: [Int]] = [:]
        // A source may give real and fake videos one method name; they are told apart here.
        for (row, video) in videos.enumerated() {
            rows["\(video.isFake ? 1 : 0)\(video.method)", default: []].append(row)
        }
        return rows.sorted { $0.key < $1.key }.map { key, rows in
            Method(
                method: String(key.dropFirst()), label: key.first == "1" ? 1 : 0, videos: rows.count,
                frames: rows.reduce(0) { $0 + frames[$1] }, identities: identities(rows.map { videos[$0] }))
        }
    }

    private static func identities(_ videos: [DatasetVideo]) -> Int {
        Set(videos.map(\.identity).filter { !$0.isEmpty }).count + videos.filter(\.identity.isEmpty).count
    }

    private static func oddFaces(_ file: DatasetFile) -> [String: Int] {
        var counts: [String: Int] = [:]
        for frame in 0..<file.frameCount {
            guard let problem = LandmarkShape.problem(Array(file.landmarks(of: frame))) else { continue }
            counts[problem.rawValue, default: 0] += 1
        }
        return counts
    }

    private static func framesWithLandmarksOutside(_ file: DatasetFile) -> Int {
        (0..<file.frameCount).count { frame in
            let points = file.landmarks(of: frame)
            return stride(from: points.startIndex, to: points.endIndex, by: 2).contains { place in
                !(0...Float(file.width - 1)).contains(points[place])
                    || !(0...Float(file.height - 1)).contains(points[place + 1])
            }
        }
    }
}

extension DatasetSummary.Neighbours {
    init(_ table: DatasetNeighbours, landmarks: Int) {
        rows = table.frames.count
        count = table.count
        let starts = (0..<rows).map { $0 * table.count }
        rowsWithout = starts.count { table.neighbours[$0] < 0 }
        rowsNotFull = starts.count { table.neighbours[$0 + table.count - 1] < 0 }
        let nearest = starts.filter { table.neighbours[$0] >= 0 }.map { table.distances[$0] }.sorted()
        if !nearest.isEmpty {
            let median = Double(nearest[nearest.count / 2])
            medianNearest = median
            medianNearestPerLandmark = median / Double(landmarks).squareRoot()
        }
    }
}
