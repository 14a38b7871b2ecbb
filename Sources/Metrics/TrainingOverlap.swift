// TrainingOverlap.swift — what of an evaluated dataset the detector has been trained on, as results state it.

/// How far a result is about data that training has seen. A score on such data says little about other data.
public struct TrainingOverlap: Codable, Equatable, Sendable {
    /// Whether the checkpoint says what it was trained on; those of earlier releases don't.
    public var isKnown: Bool
    /// Whether it says all of it; else there may be more in common than is counted here.
    public var isComplete: Bool
    /// The dataset is the one that was trained on, by its content hash.
    public var isTrainingData: Bool
    /// The dataset is the one that the best checkpoint was chosen by.
    public var isValidationData: Bool
    /// Frames that could be compared, and those of them that were trained on.
    public var framesCompared: Int
    public var frames: Int
    /// Videos that were trained on, by name or with a frame, as "method/name".
    public var videos: [String]
    /// People who are known to be in both.
    public var people: [String]

    public init(
        isKnown: Bool, isComplete: Bool, isTrainingData: Bool = false, isValidationData: Bool = false,
        framesCompared: Int = 0, frames: Int = 0, videos: [String] = [], people: [String] = []
    ) {
        self.isKnown = isKnown
        self.isComplete = isComplete
        self.isTrainingData = isTrainingData
        self.isValidationData = isValidationData
        self.framesCompared = framesCompared
        self.frames = frames
        self.videos = videos
        self.people = people
    }

    private enum CodingKeys: String, CodingKey {
        case isKnown = "is_known"
        case isComplete = "is_complete"
        case isTrainingData = "is_training_data"
        case isValidationData = "is_validation_data"
        case framesCompared = "frames_compared"
        case frames, videos, people
    }

    public var isEmpty: Bool { !isTrainingData && frames == 0 && videos.isEmpty && people.isEmpty }

    /// For people, without the dataset's name in front.
    public var sentence: String {
        var parts: [String] = []
        if isTrainingData {
            parts.append("this is the data that the checkpoint was trained on; its scores say nothing about other data")
        } else if !isKnown {
            parts.append(
                "whether it shares videos or frames with what the checkpoint was trained on can't be told, since the "
                    + "checkpoint has no record of that")
        } else if isEmpty {
            parts.append(
                "the checkpoint was not trained on any of its videos or frames"
                    + (framesCompared == 0 ? ", by their names; frames could not be compared" : ""))
        } else {
            var shared: [String] = []
            if frames > 0 { shared.append("\(frames) of \(framesCompared) frames") }
            if !videos.isEmpty { shared.append(Self.list(videos, "video")) }
            if !people.isEmpty { shared.append(people.count == 1 ? "1 person" : "\(people.count) people") }
            parts.append(
                "the checkpoint was trained on \(shared.joined(separator: ", ")) of it; scores of these say nothing about "
                    + "other data")
        }
        if isKnown && !isComplete { parts.append("not everything that it was trained on is recorded") }
        if isValidationData { parts.append("the best checkpoint was chosen by its score on this data") }
        return parts.joined(separator: "; ")
    }

    private static func list(_ videos: [String], _ noun: String) -> String {
        let names = videos.prefix(5).joined(separator: ", ") + (videos.count > 5 ? ", …" : "")
        return "\(videos.count) \(noun)\(videos.count == 1 ? "" : "s") (\(names))"
    }
}
