// Prediction.swift — what a detector said of faces and of videos, as plain values.

/// Scores of faces and of the videos that they are from. A score is P(fake).
public struct Prediction: Codable, Sendable {
    public struct Face: Codable, Sendable {
        public var video: String
        public var file: String
        public var frame: Int
        /// Among the faces of its frame, the largest being 0.
        public var face: Int
        /// Left, top, right, bottom in the picture, if it was found there.
        public var box: [Int]?
        public var score: Double
    }

    public struct Video: Codable, Sendable {
        public var video: String
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

    /// A row per face; the last column is its video's score.
    public func csv() -> String {
        let byVideo = Dictionary(videos.map { ($0.video, $0.score) }, uniquingKeysWith: { first, _ in first })
        var text = "video,file,frame,face,left,top,right,bottom,score,video_score\n"
        for face in faces {
            let box = face.box.map { $0.map(String.init) } ?? ["", "", "", ""]
            let cells = [face.video, face.file, "\(face.frame)", "\(face.face)"] + box
                + ["\(face.score)", "\(byVideo[face.video] ?? face.score)"]
            text += cells.map(Self.quoted).joined(separator: ",") + "\n"
        }
        return text
    }

    private static func quoted(_ cell: String) -> String {
        cell.contains { ",\"\n\r".contains($0) } ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
    }
}
