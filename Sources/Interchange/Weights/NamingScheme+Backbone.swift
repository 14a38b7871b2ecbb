// NamingScheme+Backbone.swift — module names of an EfficientNet's parts, from ours to theirs. A module
// has several arrays (weight, bias, running_mean, …), whose own names are the same everywhere.

import Model

extension NamingScheme {
    /// Our modules, without "backbone." in front, with their names in this scheme.
    func backboneModules(_ architecture: Architecture) -> [(ours: String, theirs: String)] {
        var modules: [(String, String)] = []
        let stages = architecture.stages
        modules += zip(["stem", "stem_bn"], stem).map { ($0, $1) }
        var index = 0
        for (stage, shape) in stages.enumerated() {
            for position in 0..<shape.repeats {
                let parts = blockParts(
                    index: index, stage: stage, position: position, expands: shape.expansion != 1)
                modules += parts.map { ("blocks.\(index).\($0)", $1) }
                index += 1
            }
        }
        modules += zip(["head", "head_bn"], head(stages: stages.count)).map { ($0, $1) }
        return modules
    }

    /// The first convolution and its batch norm.
    private var stem: [String] {
        switch self {
        case .torchvision: ["features.0.0", "features.0.1"]
        case .timm: ["conv_stem", "bn1"]
        case .efficientnetPytorch: ["_conv_stem", "_bn0"]
        case .deepfakebench: ["backbone.efficientnet._conv_stem", "backbone.efficientnet._bn0"]
        case .blendway: ["backbone.stem", "backbone.stem_bn"]
        }
    }

    /// The last convolution and its batch norm.
    private func head(stages: Int) -> [String] {
        switch self {
        case .torchvision: ["features.\(stages + 1).0", "features.\(stages + 1).1"]
        case .timm: ["conv_head", "bn2"]
        case .efficientnetPytorch: ["_conv_head", "_bn1"]
        case .deepfakebench: ["backbone.efficientnet._conv_head", "backbone.efficientnet._bn1"]
        case .blendway: ["backbone.head", "backbone.head_bn"]
        }
    }

    private func blockParts(
        index: Int, stage: Int, position: Int, expands: Bool
    ) -> [(ours: String, theirs: String)] {
        let ours = (expands ? ["expand", "expand_bn"] : [])
            + ["depthwise", "depthwise_bn", "se.reduce", "se.expand", "project", "project_bn"]
        let theirs: [String]
        let block: String
        switch self {
        case .torchvision:
            // Each step is a module of its own: convolution .0, batch norm .1.
            block = "features.\(stage + 1).\(position).block."
            let first = expands ? 1 : 0
            theirs = (expands ? ["0.0", "0.1"] : [])
                + ["\(first).0", "\(first).1", "\(first + 1).fc1", "\(first + 1).fc2", "\(first + 2).0", "\(first + 2).1"]
        case .timm:
            block = "blocks.\(stage).\(position)."
            theirs = expands
                ? ["conv_pw", "bn1", "conv_dw", "bn2", "se.conv_reduce", "se.conv_expand", "conv_pwl", "bn3"]
                : ["conv_dw", "bn1", "se.conv_reduce", "se.conv_expand", "conv_pw", "bn2"]
        case .efficientnetPytorch, .deepfakebench:
            block = (self == .deepfakebench ? "backbone.efficientnet." : "") + "_blocks.\(index)."
            theirs = (expands ? ["_expand_conv", "_bn0"] : [])
                + ["_depthwise_conv", "_bn1", "_se_reduce", "_se_expand", "_project_conv", "_bn2"]
        case .blendway:
            block = "backbone.blocks.\(index)."
            theirs = ours
        }
        return zip(ours, theirs).map { ($0, block + $1) }
    }
}
