// Setting.swift — the baselines and the method as settings of one trainer.

/// Which anchors a run trains on and which losses it uses.
public enum Setting: String, Codable, CaseIterable, Sendable {
    /// Deepfakes only.
    case deepfakesOnly = "df-only"
    /// Blendfakes only.
    case blendfakesOnly = "bf-only"
    /// Vanilla hybrid training: both, without organising the latent space.
    case vanillaHybrid = "vht"
    /// ProDet as published.
    case prodetPublished = "prodet-published"
    /// ProDet with the regularizor on shared anchor statistics as well.
    case prodet

    /// In the order of a batch.
    public var anchors: [Anchor] {
        switch self {
        case .deepfakesOnly: [.real, .deepfake]
        case .blendfakesOnly: [.real, .selfBlended, .crossBlended]
        case .vanillaHybrid, .prodetPublished, .prodet: Anchor.allCases
        }
    }

    /// The losses in use, before an ablation removes any.
    public var terms: LossTerms {
        switch self {
        case .deepfakesOnly, .blendfakesOnly, .vanillaHybrid: [.final]
        case .prodetPublished: [.final, .attributes, .bridging, .transition]
        case .prodet: [.final, .attributes, .bridging, .transition, .orientation]
        }
    }
}
