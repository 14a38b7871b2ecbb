// Architecture.swift — the EfficientNet family as numbers; no layers.
//
// Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019:
// one base network, its widths and depths multiplied by the compound rule.

/// A member of the family.
public enum Architecture: String, Codable, CaseIterable, Sendable {
    /// A small member for demos and tests: four stages less deep and less wide than B0's.
    case tiny
    case b0 = "efficientnet-b0"
    case b1 = "efficientnet-b1"
    case b2 = "efficientnet-b2"
    case b3 = "efficientnet-b3"
    case b4 = "efficientnet-b4"
    case b5 = "efficientnet-b5"
    case b6 = "efficientnet-b6"
    case b7 = "efficientnet-b7"

    /// A run of equal blocks; the first one has the stride.
    package struct Stage {
        package var expansion: Int
        package var kernel: Int
        package var stride: Int
        package var channels: Int
        package var repeats: Int
    }

    /// (width, depth, native image size) of the compound rule.
    private var scaling: (width: Double, depth: Double, size: Int) {
        switch self {
        case .tiny: (1.0, 1.0, 128)
        case .b0: (1.0, 1.0, 224)
        case .b1: (1.0, 1.1, 240)
        case .b2: (1.1, 1.2, 260)
        case .b3: (1.2, 1.4, 300)
        case .b4: (1.4, 1.8, 380)
        case .b5: (1.6, 2.2, 456)
        case .b6: (1.8, 2.6, 528)
        case .b7: (2.0, 3.1, 600)
        }
    }

    /// Image size that the architecture was designed for.
    package var nativeSize: Int { scaling.size }

    package var stemChannels: Int { self == .tiny ? 16 : widened(32) }

    /// Channels of the features F_raw, whose map is 1/32 of the image.
    public var featureChannels: Int { self == .tiny ? 192 : widened(1280) }

    package var stages: [Stage] {
        let base: [(expansion: Int, kernel: Int, stride: Int, channels: Int, repeats: Int)] =
            self == .tiny
            ? [(1, 3, 1, 16, 1), (4, 3, 2, 24, 2), (4, 5, 2, 40, 2), (4, 3, 2, 64, 2), (4, 5, 2, 96, 1)]
            : [
                (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3),
                (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1),
            ]
        return base.map {
            Stage(
                expansion: $0.expansion, kernel: $0.kernel, stride: $0.stride,
                channels: widened($0.channels),
                repeats: Int((Double($0.repeats) * scaling.depth).rounded(.up)))
        }
    }

    /// Width times the factor, rounded to a multiple of 8 and never down by more than 10 %.
    private func widened(_ channels: Int) -> Int {
        let wanted = Double(channels) * scaling.width
        var rounded = max(8, Int(wanted + 4) / 8 * 8)
        if Double(rounded) < 0.9 * wanted { rounded += 8 }
        return rounded
    }
}
