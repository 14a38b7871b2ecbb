// Measures.swift — the eight numbers of a result: four on frames, four on videos.

/// The measures of one level. nil is "undefined": the items are all real or all fake.
public struct LevelMeasures: Equatable, Sendable {
    /// Area under the ROC, ties averaged.
    public var auc: Double?
    /// Equal error rate, on the ROC with straight lines between its points.
    public var eer: Double?
    public var averagePrecision: Double?
    /// Share on the right side of 0.5.
    public var accuracy: Double?

    public init(auc: Double?, eer: Double?, averagePrecision: Double?, accuracy: Double?) {
        self.auc = auc
        self.eer = eer
        self.averagePrecision = averagePrecision
        self.accuracy = accuracy
    }
}

/// Frame level and video level. In JSON a flat object, `frame_auc` … `video_accuracy`, with
/// null for what is undefined.
public struct Measures: Equatable, Sendable {
    public var frame: LevelMeasures
    /// A video's score is the mean of its frames' scores.
    public var video: LevelMeasures

    public init(frame: LevelMeasures, video: LevelMeasures) {
        self.frame = frame
        self.video = video
    }
}

extension Measures: Codable {
    private enum CodingKeys: String, CodingKey {
        case frameAUC = "frame_auc"
        case frameEER = "frame_eer"
        case frameAP = "frame_ap"
        case frameAccuracy = "frame_accuracy"
        case videoAUC = "video_auc"
        case videoEER = "video_eer"
        case videoAP = "video_ap"
        case videoAccuracy = "video_accuracy"
    }

    // Written out because a synthesised `encode` leaves nil keys away, and a key that is missing
    // says less than a null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(frame.auc, forKey: .frameAUC)
        try container.encode(frame.eer, forKey: .frameEER)
        try container.encode(frame.averagePrecision, forKey: .frameAP)
        try container.encode(frame.accuracy, forKey: .frameAccuracy)
        try container.encode(video.auc, forKey: .videoAUC)
        try container.encode(video.eer, forKey: .videoEER)
        try container.encode(video.averagePrecision, forKey: .videoAP)
        try container.encode(video.accuracy, forKey: .videoAccuracy)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value(_ key: CodingKeys) throws -> Double? {
            try container.decode(Double?.self, forKey: key)
        }
        frame = LevelMeasures(
            auc: try value(.frameAUC), eer: try value(.frameEER),
            averagePrecision: try value(.frameAP), accuracy: try value(.frameAccuracy))
        video = LevelMeasures(
            auc: try value(.videoAUC), eer: try value(.videoEER),
            averagePrecision: try value(.videoAP), accuracy: try value(.videoAccuracy))
    }
}
