// Evaluation.swift — from scored frames to results per dataset and method.
//
// Frames may come in any order and from any number of ranks: they are put into one order first,
// and everything after that is a function of that order alone.

/// A finished evaluation: the numbers, and what plots and tables of single videos need.
public struct Evaluation: Codable, Sendable {
    /// The frame-level ROC of one dataset; no points when undefined.
    public struct Curve: Codable, Equatable, Sendable {
        public var dataset: String
        public var points: [RocPoint]

        public init(dataset: String, points: [RocPoint]) {
            self.dataset = dataset
            self.points = points
        }
    }

    public var result: EvaluationResult
    /// One per dataset, in the result's order.
    public let curves: [Curve]
    /// One per video with at least one scored frame, in the order of the video table.
    public let videoScores: [VideoScore]
    /// One per dataset, method and class that has frames, in the order of the video table.
    public let perClassCounts: [ClassCount]

    /// - Parameters:
    ///   - frames: every scored frame once, in any order.
    ///   - videos: the table into which `FrameScore.video` points. Entries with equal keys are
    ///     one video. Datasets and methods are listed in the order in which they appear here.
    ///   - protocols: by dataset name.
    /// - Throws: `MetricsError`. Cost: O(n log n) for n frames.
    public init(
        frames: [FrameScore], videos: [VideoKey],
        protocols: [String: EvaluationProtocol] = [:]
    ) throws {
        let ordered = try OrderedFrames(frames: frames, videos: videos)
        videoScores = ordered.videoScores
        perClassCounts = Self.count(ordered.videoScores)

        var datasets: [DatasetResult] = []
        var curves: [Curve] = []
        for dataset in videos.map(\.dataset).uniqued() {
            let members = ordered.videoScores.indices.filter {
                ordered.videoScores[$0].video.dataset == dataset
            }
            let (measures, curve) = try ordered.measures(of: members)
            let real = members.filter { !ordered.videoScores[$0].isFake }
            let fake = members.filter { ordered.videoScores[$0].isFake }
            let methods = fake.map { ordered.videoScores[$0].video.method }.uniqued()
            let methodResults = try methods.map { method in
                let ofMethod = fake.filter { ordered.videoScores[$0].video.method == method }
                return MethodResult(
                    name: method, frames: ordered.frameCount(of: ofMethod),
                    videos: ofMethod.count,
                    measures: try ordered.measures(of: real + ofMethod).measures)
            }
            datasets.append(
                DatasetResult(
                    name: dataset, frames: ordered.frameCount(of: members), videos: members.count,
                    measures: measures, methods: methodResults,
                    evaluationProtocol: protocols[dataset]))
            curves.append(Curve(dataset: dataset, points: curve))
        }
        result = EvaluationResult(datasets: datasets)
        self.curves = curves
    }

    private static func count(_ videoScores: [VideoScore]) -> [ClassCount] {
        struct Row: Hashable {
            let dataset: String
            let method: String
            let isFake: Bool
        }
        var counts: [ClassCount] = []
        var places: [Row: Int] = [:]
        for video in videoScores {
            let row = Row(
                dataset: video.video.dataset, method: video.video.method, isFake: video.isFake)
            let place = places[row] ?? counts.count
            if place == counts.count {
                places[row] = place
                counts.append(
                    ClassCount(
                        dataset: row.dataset, method: row.method, isFake: row.isFake, frames: 0,
                        videos: 0))
            }
            counts[place].frames += video.frames
            counts[place].videos += 1
        }
        return counts
    }

    /// One line per video: dataset, method, video, label (0 real, 1 fake), frames, score.
    public func videoCSV() -> String {
        func quoted(_ field: String) -> String {
            guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else {
                return field
            }
            return "\""
                + field.split(separator: "\"", omittingEmptySubsequences: false)
                .joined(separator: "\"\"") + "\""
        }
        var csv = "dataset,method,video,label,frames,score\n"
        for video in videoScores {
            let key = video.video
            csv += [quoted(key.dataset), quoted(key.method), quoted(key.name)].joined(
                separator: ",")
            csv += ",\(video.isFake ? 1 : 0),\(video.frames),\(video.score)\n"
        }
        return csv
    }
}

/// Frames grouped by video, videos in table order, frames in frame order.
private struct OrderedFrames {
    let videoScores: [VideoScore]
    /// The frames' scores of each entry of `videoScores`.
    let frameScores: [[Double]]

    init(frames: [FrameScore], videos: [VideoKey]) throws {
        // The same key twice (a dataset in two files) is the same video.
        var placeOfKey: [VideoKey: Int] = [:]
        let places = videos.map { key -> Int in
            let place = placeOfKey[key] ?? placeOfKey.count
            placeOfKey[key] = place
            return place
        }
        let keys = videos.uniqued()
        var byVideo = [[FrameScore]](repeating: [], count: keys.count)
        for (index, frame) in frames.enumerated() {
            guard frame.score.isFinite else {
                throw MetricsError.nonFiniteScore(index: index, score: "\(frame.score)")
            }
            guard videos.indices.contains(frame.video) else {
                throw MetricsError.unknownVideo(
                    frame: index, video: frame.video, tableCount: videos.count)
            }
            byVideo[places[frame.video]].append(frame)
        }
        var videoScores: [VideoScore] = []
        var frameScores: [[Double]] = []
        for (key, members) in zip(keys, byVideo) {
            guard let isFake = members.first?.isFake else { continue }
            guard members.allSatisfy({ $0.isFake == isFake }) else {
                throw MetricsError.conflictingLabels(
                    dataset: key.dataset, method: key.method, video: key.name)
            }
            // Sums in floating point depend on their order, so the order is fixed; by score
            // where one frame number occurs twice.
            let scores = members.sorted { ($0.frame, $0.score) < ($1.frame, $1.score) }.map(\.score)
            frameScores.append(scores)
            videoScores.append(
                VideoScore(
                    video: key, isFake: isFake, frames: scores.count,
                    score: scores.reduce(0, +) / Double(scores.count)))
        }
        self.videoScores = videoScores
        self.frameScores = frameScores
    }

    func frameCount(of members: [Int]) -> Int {
        members.reduce(0) { $0 + frameScores[$1].count }
    }

    /// Measures over the videos at these places, and their frame-level ROC.
    func measures(of members: [Int]) throws -> (measures: Measures, curve: [RocPoint]) {
        let frame = try RankedScores(
            scores: members.flatMap { frameScores[$0] },
            isFake: members.flatMap {
                [Bool](repeating: videoScores[$0].isFake, count: frameScores[$0].count)
            })
        let video = try RankedScores(
            scores: members.map { videoScores[$0].score },
            isFake: members.map { videoScores[$0].isFake })
        return (Measures(frame: frame.measures, video: video.measures), frame.rocPoints)
    }
}

extension Array where Element: Hashable {
    /// Each element once, in the order of first appearance.
    fileprivate func uniqued() -> [Element] {
        var seen = Set<Element>()
        return filter { seen.insert($0).inserted }
    }
}
