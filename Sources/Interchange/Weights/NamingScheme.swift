// NamingScheme.swift — what others call the parts of an EfficientNet and of the published detector.
//
// The names are facts of torchvision, timm, efficientnet_pytorch and DeepfakeBench's ProDet, looked up
// in their state_dicts.

import Model

/// Whose names a file of weights has.
public enum NamingScheme: String, CaseIterable, Sendable {
    /// The published detector: DeepfakeBench's module names, with efficientnet_pytorch's inside.
    case deepfakebench
    case torchvision
    case timm
    case efficientnetPytorch = "efficientnet_pytorch"
    /// Our own names, in PyTorch's layouts.
    case blendway

    /// Whether it names the whole detector, not only the backbone.
    public var namesWholeDetector: Bool { self == .deepfakebench || self == .blendway }

    /// The scheme of a file by one name that only it has, and what stands in front of all its names.
    static func recognise(_ names: [String]) -> (scheme: NamingScheme, prefix: String)? {
        let known = Set(names)
        // What PyTorch's DataParallel and the common training loops put in front.
        for prefix in ["", "module.", "model.", "state_dict."] {
            for (scheme, mark) in marks where known.contains(prefix + mark) { return (scheme, prefix) }
        }
        return nil
    }

    private static let marks: [(NamingScheme, String)] = [
        (.deepfakebench, "backbone.efficientnet._conv_stem.weight"), (.blendway, "backbone.stem.weight"),
        (.torchvision, "features.0.0.weight"), (.timm, "conv_stem.weight"),
        (.efficientnetPytorch, "_conv_stem.weight"),
    ]

    /// Names of a classifier or head that the detector has no place for, and does not need.
    func isKnownRest(_ name: String) -> Bool {
        let parts: [String]
        switch self {
        case .deepfakebench: parts = ["backbone.last_layer.", "backbone.efficientnet._fc."]
        case .torchvision, .timm: parts = ["classifier."]
        case .efficientnetPytorch: parts = ["_fc."]
        case .blendway: parts = []
        }
        return parts.contains(where: name.hasPrefix) || name.hasSuffix(".num_batches_tracked")
    }

    /// The settings that these weights were trained with, as `key=value`.
    ///
    /// torchvision's B5 to B7 and timm's `tf_` ports have another eps; both can't be told from the names.
    func settings(for architecture: Architecture) -> [String] {
        switch self {
        case .deepfakebench:
            ["model.padding=published", "model.batch_norm.eps=0.001", "model.batch_norm.momentum=0.01"]
        case .efficientnetPytorch:
            // Its padding is "same" at the network's native size, like the published one behind its stem.
            ["model.padding=same", "model.batch_norm.eps=0.001", "model.batch_norm.momentum=0.01"]
        case .torchvision where [.b5, .b6, .b7].contains(architecture):
            ["model.padding=symmetric", "model.batch_norm.eps=0.001", "model.batch_norm.momentum=0.01"]
        case .torchvision, .timm:
            ["model.padding=symmetric", "model.batch_norm.eps=0.00001", "model.batch_norm.momentum=0.1"]
        case .blendway: []
        }
    }
}
