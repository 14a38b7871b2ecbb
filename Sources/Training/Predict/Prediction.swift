// Prediction.swift — what a detector said of faces and of videos, as plain values.

/// Scores of faces and of the videos that they are from. A score is P(fake).
public struct Prediction: Codable, Sendable {
    public struct Face: Codable, Sendable {
        public var video: String
        public var file: String
        public var frame: Int
        /// Among the faces of its frame, the largest being 0.
        public var face: Int
        /// How many faces its frame has.
        public var of: Int
        /// Which of its video's faces it is, from frame to frame; 0 where there is one.
        public var track: Int
        /// The share of the crop that lies outside the picture, and so is black.
        public var outside: Double
        /// Left, top, right, bottom in the picture, if it was found there.
        public var box: [Int]?
        public var score: Double
    }

    /// One face of a video through its frames, or one face of a picture.
    public struct Video: Codable, Sendable {
        public var video: String
        public var track: Int
        public var faces: Int
        /// The mean of its faces' scores.
        public var score: Double
    }

    /// What could not be judged, and why.
    public struct Skipped: Codable, Sendable {
        public var video: String
        public var reason: String
        public init(video: String, reason: String) {
            self.video = video
            self.reason = reason
        }
    }

    public var faces: [Face] = []
    public var videos: [Video] = []
    public var skipped: [Skipped] = []

    public init() {}

    /// A row per face; the last column is the score of its track.
    public func csv() -> String {
        struct Key: Hashable {
            var video: String
            var track: Int
        }
        let means = Dictionary(
            videos.map { (Key(video: $0.video, track: $0.track), $0.score) }, uniquingKeysWith: { first, _ in first })
        var text = "video,file,frame,face,of,track,left,top,right,bottom,outside,score,video_score\n"
        for face in faces {
            let box = face.box.map { $0.map(String.init) } ?? ["", "", "", ""]
            let thousandths = Int((face.outside * 1000).rounded())
            let outside = "\(thousandths / 1000).\(String("\(1000 + thousandths % 1000)".dropFirst()))"
            let cells = [face.video, face.file, "\(face.frame)", "\(face.face)", "\(face.of)", "\(face.track)"] + box
                + [outside, "\(face.score)", "\(means[Key(video: face.video, track: face.track)] ?? face.score)"]
            text += cells.map(Self.quoted).joined(separator: ",") + "\n"
        }
        return text
    }

    private static func quoted(_ cell: String) -> String {
        cell.contains { ",\"\n\r".contains($0) } ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
    }
}
