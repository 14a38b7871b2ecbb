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
    /// How its frames are named; nil where that tells no number.
    var scheme: NameScheme?
    /// Why it doesn't, as a clause.
    var problem: String?
    /// Pictures that are none of its frames.
    public private(set) var strays: [(path: FramePath, reason: String)] = []
    /// All of its pictures, as they were found, until pairs are settled.
    private var paths: [FramePath] = []
    /// Parts of the paths that all pictures share.
    private var depth = 0

    public struct Frame: Sendable {
        public var path: FramePath
        /// Its number in the video.
        public var index: Int64
    }

    init(video: DatasetVideo) { self.video = video }

    /// Method and name, as reports call it.
    var title: String { "\(video.method)/\(video.name)" }

    /// Numbers the pictures of the video.
    /// - Parameter run: as for `FrameNumbers`.
    mutating func number(_ pictures: [FramePath], by rule: PairingRule, run: Int? = nil) {
        let unique = Set(pictures)
        paths = unique.count == pictures.count ? pictures : Array(unique).sorted { $0.joined < $1.joined }
        let folder = Self.commonFolder(paths)
        depth = folder.count
        let names = paths.map { $0.parts.dropFirst(folder.count).joined(separator: "/") }
        let numbers =
            rule.numbersByPosition
            ? FrameNumbers(positionsOf: names)
            : FrameNumbers(names, folder: folder + video.name.split(separator: "/").map(String.init), run: run)
        (scheme, problem) = (numbers.scheme, numbers.problem)
        strays = numbers.strays.map { (paths[$0.place], $0.reason) }
        frames = numbers.frames.map { Frame(path: paths[$0.place], index: $0.number) }
    }

    /// Reads the numbers anew, knowing which run of digits it is.
    mutating func renumber(run: Int) { number(paths, by: PairingRule(), run: run) }

    /// Forgets the pictures that weren't chosen.
    mutating func settle() { paths = [] }

    /// What is left of a frame's path below the video's folder.
    func name(of frame: Frame) -> String { frame.path.parts.dropFirst(depth).joined(separator: "/") }

    private static func commonFolder(_ paths: [FramePath]) -> [String] {
        guard var common = paths.first?.parts.dropLast() else { return [] }
        for path in paths {
            while !path.parts.dropLast().starts(with: common) { common.removeLast() }
        }
        return Array(common)
    }
}

/// What a file is to be made of.
public struct ImportPlan: Sendable {
    /// Real ones first, then by method and name.
    public internal(set) var videos: [PlannedVideo]
    /// [V] row of each video's target, −1 without.
    public internal(set) var targets: [Int]
    public let rule: PairingRule
    /// Pairs of videos whose frames can't be matched: with these no file is made.
    public internal(set) var unmatched: [UnpairedVideo] = []
    /// Fakes that have lost their target, since their frames' numbers contradict it.
    public internal(set) var unpaired: [UnpairedVideo] = []
    /// What lies in the folders and is none of the frames; empty for lists.
    public internal(set) var unread: [UnreadFile] = []

    /// Orders the videos, finds the targets, and takes `count` frames of each, all if nil.
    init(_ unordered: [PlannedVideo], rule: PairingRule, frames count: Int?) {
        self.rule = rule
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
        matchFrames()
        for row in videos.indices { videos[row].settle() }
        if let count { select(count) }
    }

    /// Fakes whose name could mean several real videos.
    public var ambiguous: [AmbiguousName] {
        videos.filter { !$0.candidates.isEmpty }.map {
            AmbiguousName(video: "\($0.video.method)/\($0.video.name)", candidates: $0.candidates)
        }
    }

    public var frameCount: Int { videos.reduce(0) { $0 + $1.frames.count } }
}
