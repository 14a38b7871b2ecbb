// TrainingSummary.swift — what `train --json` prints, as far as an experiment reads it.

import Training

public struct TrainingSummary: Decodable, Sendable {
    public var ending: Trainer.Ending
    public var totalSteps: Int
    public var bestValFrameAUC: Double?

    private enum CodingKeys: String, CodingKey {
        case ending
        case totalSteps = "total_steps"
        case bestValFrameAUC = "best_val_frame_auc"
    }
}
