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

    /// The scheme of a file by one name that only it has, and what stands in front of that name: of a network that
    /// is part of another, or is there more than once, the path to it. More than one prefix is more than one network.
    static func recognise(_ names: [String]) -> (scheme: NamingScheme, prefixes: [String])? {
        for (scheme, mark) in marks {
            let prefixes = names.compactMap { name -> String? in
                if name == mark { return "" }
                return name.hasSuffix("." + mark) ? String(name.dropLast(mark.count)) : nil
            }
            if !prefixes.isEmpty { return (scheme, prefixes.sorted()) }
        }
        return nil
    }

    /// A name without the parts that PyTorch's wrappers put in, anywhere: data-parallel and sharded training,
    /// torch.compile, activation checkpoints.
    static func withoutWrappers(_ name: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let kept = parts.filter { !wrappers.contains(String($0)) }
        return kept.count == parts.count ? name : kept.joined(separator: ".")
    }

    private static let wrappers: Set<String> = [
        "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
    ]

    /// Whether a name is of a training's own records, which no network has: counters, an optimizer's state.
    static func isRecord(_ name: String) -> Bool {
        let first = name.split(separator: ".").first.map(String.init) ?? ""
        let last = name.split(separator: ".").last.map(String.init) ?? ""
        return ["num_batches_tracked", "n_averaged", "num_updates", "decay"].contains(last)
            || ["optimizer", "scheduler", "lr_scheduler", "scaler"].contains { first.hasPrefix($0) }
            || ["epoch", "step", "global_step", "iteration", "lr"].contains(name)
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
        // Its detectors other than ProDet have a classifier of their own on this backbone.
        case .deepfakebench: parts = ["backbone.last_layer.", "backbone.efficientnet._fc.", "last_layer."]
        case .torchvision, .timm: parts = ["classifier."]
        case .efficientnetPytorch: parts = ["_fc."]
        case .blendway: parts = []
        }
        return parts.contains(where: name.hasPrefix)
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
