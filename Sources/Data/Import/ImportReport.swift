// ImportReport.swift — what an import took and left, for people and programs to look at.

import ForeignFiles

/// Counts of an import or of a check. Encodes to the JSON that `blendway import --json` documents.
public struct ImportReport: Codable, Equatable, Sendable {
    public struct Method: Codable, Equatable, Sendable {
        public var method: String
        /// 0 real, 1 fake.
        public var label: Int
        public var videos: Int
        /// Frames that were asked for, and those of them that can be used.
        public var planned: Int
        public var frames: Int
        /// Fake videos whose real one is not among what was to be imported.
        public var withoutTarget: Int
        /// Fake videos whose real one is, but without one usable frame.
        public var withoutRealFrames: Int
        /// Videos without one usable frame.
        public var empty: Int
        /// Videos that had fewer frames than were asked for.
        public var short: Int
        /// Of fakes: how far their frames are from their real frames.
        public var pairs: PairCounts?
    }

    /// A picture in a video's folder that is none of its frames.
    public struct Stray: Codable, Equatable, Sendable {
        public var file: String
        /// Method and name of the video.
        public var video: String
        public var reason: String
    }

    /// How many frames have a size.
    public struct Size: Codable, Equatable, Sendable {
        public var width: Int
        public var height: Int
        public var frames: Int
    }

    /// Real methods first, then by name.
    public var methods: [Method] = []
    /// Pixels of the frames' sides, as taken.
    public var width = 0
    public var height = 0
    /// 68 or 81.
    public var landmarks = 0
    public var planned = 0
    public var frames = 0
    /// Frames with a landmark outside the picture; they are taken.
    public var landmarksOutside = 0
    public var skipped: [SkippedFrame] = []
    /// Of the skipped ones, those whose landmarks are no face, by what is wrong.
    public var oddFaces: [String: Int] = [:]
    /// Left alone, without consequence for the frames beside them.
    public var strays: [Stray] = []
    /// Every size that frames have, the most frequent first; more than one only in a check.
    public var sizes: [Size] = []
    /// Fakes of which some frames are no pairs.
    public var unpaired: [UnpairedVideo] = []
    /// Fakes whose frames can't be matched with their real video's by name: in a check only, since they
    /// stop an import.
    public var unmatched: [UnpairedVideo] = []
    /// What the pictures of some fakes say about pairs; null for a check and where there are none.
    public var pairCheck: PairCheck?
    /// What lies in the folders and is none of the frames.
    public var unread: [UnreadFile] = []
    /// Fakes that have no target because their names could mean several real videos.
    public var ambiguous: [AmbiguousName] = []
    /// SHA-256 over pixels and landmarks of the frames in their order: equal for equal contents,
    /// whatever the files are called.
    public var framesHash = ""
    /// nil for a check, which writes nothing.
    public var contentHash: String?

    public init() {}
}
