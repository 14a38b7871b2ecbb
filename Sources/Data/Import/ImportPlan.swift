// ImportPlan.swift — which videos and frames go into a dataset file, decided before any picture is
// opened: from lists or folders to rows in order, with targets and identities.

import ForeignFiles
import Store

/// One video to be imported.
public struct PlannedVideo: Sendable {
    /// Its row, but for `target`.
    public var video: DatasetVideo
    /// Key of the real video that it was made from.
    var targetKeys: [[String]] = []
    /// Another name that fakes may know it by; nil without.
    var alias: String?
    /// Real videos that its name could mean alike, so that it has no target.
    var candidates: [String] = []
    /// Ascending by number.
    public var frames: [Frame] = []
    /// It has fewer frames than were asked for.
    var isShort = false

    public struct Frame: Sendable {
        public var path: FramePath
        /// Its number in the video.
        public var index: Int32
    }
}

/// What a file is to be made of.
public struct ImportPlan: Sendable {
    /// Real ones first, then by method and name.
    public internal(set) var videos: [PlannedVideo]
    /// [V] row of each video's target, −1 without.
    public internal(set) var targets: [Int]
    /// What lies in the folders and is none of the frames; empty for lists.
    public internal(set) var unread: [UnreadFile] = []

    /// Orders the videos and finds the targets.
    init(_ unordered: [PlannedVideo]) {
        videos = unordered.sorted { a, b in
            if a.video.isFake != b.video.isFake { return !a.video.isFake }
            return (a.video.method, a.video.name) < (b.video.method, b.video.name)
        }
        var rows: [[String]: Int] = [:]
        for (row, video) in videos.enumerated() where !video.video.isFake {
            rows[[video.video.method, video.video.name]] = row
        }
        for (row, video) in videos.enumerated() where !video.video.isFake {
            guard let alias = video.alias, rows[[video.video.method, alias]] == nil else { continue }
            rows[[video.video.method, alias]] = row
        }
        targets = videos.map { video in video.targetKeys.lazy.compactMap { rows[$0] }.first ?? -1 }
    }

    /// Fakes whose name could mean several real videos.
    public var ambiguous: [AmbiguousName] {
        videos.filter { !$0.candidates.isEmpty }.map {
            AmbiguousName(video: "\($0.video.method)/\($0.video.name)", candidates: $0.candidates)
        }
    }

    public var frameCount: Int { videos.reduce(0) { $0 + $1.frames.count } }

    /// Takes `count` frames of each video, evenly over its length; all where there are no more.
    ///
    /// Frame i of the selection is the one at ⌊i·n/count⌋ of n, so that 8 of 270 reach to the 236th.
    mutating func select(_ count: Int) {
        for row in videos.indices {
            let frames = videos[row].frames
            videos[row].isShort = frames.count < count
            if frames.count > count {
                videos[row].frames = (0..<count).map { frames[$0 * frames.count / count] }
            }
        }
    }
}
