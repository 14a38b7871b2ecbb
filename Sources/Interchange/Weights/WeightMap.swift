// WeightMap.swift — where each array of a detector is in a file of a naming scheme. No values.

import Model

/// Our arrays with their names and layouts in a scheme.
struct WeightMap {
    struct Entry: Sendable {
        /// Ours.
        let slot: Slot
        /// Running statistics rather than a trained parameter.
        let isBuffer: Bool
        /// Theirs.
        let name: String
        let layout: WeightLayout
    }

    let scheme: NamingScheme
    /// In our order: trained parameters, then running statistics.
    let entries: [Entry]
    /// Our arrays that the scheme has no names for.
    let unnamed: [String]

    /// - Parameters:
    ///   - prefix: stands before each of their names.
    ///   - backboneOnly: of a scheme that names whole detectors, take the backbone's names alone.
    init(
        _ scheme: NamingScheme, _ shape: DetectorShape, _ parameters: Parameters, prefix: String = "",
        backboneOnly: Bool = false
    ) {
        self.scheme = scheme
        var names: [String: String] = [:]
        for (ours, theirs) in scheme.backboneModules(shape.architecture) { names["backbone." + ours] = theirs }
        if scheme == .deepfakebench, !backboneOnly { names.merge(Self.publishedModules(shape)) { first, _ in first } }
        var entries: [Entry] = []
        var unnamed: [String] = []
        let slots = parameters.slots.map { ($0, false) } + parameters.bufferSlots.map { ($0, true) }
        for (slot, isBuffer) in slots {
            let dot = slot.name.lastIndex(of: ".")!
            let module = String(slot.name[..<dot])
            guard let theirs = names[module] ?? (scheme == .blendway ? module : nil) else {
                unnamed.append(slot.name)
                continue
            }
            // The published transition blocks take the features first and the noise second.
            let isJoin = scheme == .deepfakebench && slot.name.hasPrefix("transitions.")
                && slot.name.hasSuffix(".join.weight")
            entries.append(
                Entry(
                    slot: slot, isBuffer: isBuffer, name: prefix + theirs + slot.name[dot...],
                    layout: WeightLayout(
                        slot, isLinear: Self.isLinear(module),
                        columnsBefore: isJoin ? shape.featureChannels : 0)))
        }
        self.entries = entries
        self.unnamed = unnamed
    }

    /// Fully connected layers: those of the heads and of the attention's embeddings.
    private static func isLinear(_ module: String) -> Bool {
        (module.hasPrefix("heads.") || module.hasPrefix("attention.embeddings."))
            && (module.hasSuffix(".hidden") || module.hasSuffix(".output"))
    }

    /// Modules of the published detector behind the backbone, ours to theirs. Heads and transitions of
    /// ablations have no names there.
    private static func publishedModules(_ shape: DetectorShape) -> [String: String] {
        var names = ["neck": "adjust_feature"]
        let heads = [
            "generation": "deepfake_classifier", "blending": "blend_classifier",
            "identity": "ID_inconsistency_classifier", "final": "final_classifier",
        ]
        for (ours, theirs) in heads {
            names["heads.\(ours).hidden"] = theirs + ".2"
            names["heads.\(ours).output"] = theirs + ".4"
        }
        for (number, head) in ["generation", "blending", "identity"].enumerated() {
            let theirs = "fea_att.inverse_conv\(number + 1)"
            names["attention.embeddings.\(head).hidden"] = theirs + ".0"
            names["attention.embeddings.\(head).output"] = theirs + ".2"
            names["attention.embeddings.\(head).spread"] = theirs + ".4"
        }
        for (ours, place) in [("mix.0", 0), ("mix.0_bn", 1), ("mix.1", 3), ("mix.1_bn", 4), ("mix.2", 6)] {
            names["attention.\(ours)"] = "fea_att.attention.\(place)"
        }
        for (ours, theirs) in [("rs", "real2sbi"), ("sc", "sbi2bi"), ("cf", "bi2fake")] {
            names["transitions.\(ours).noise.0"] = theirs + ".noise_process.0"
            names["transitions.\(ours).noise.1"] = theirs + ".noise_process.2"
            names["transitions.\(ours).join"] = theirs + ".concat_process.0"
            names["transitions.\(ours).output"] = theirs + ".concat_process.2"
        }
        // One wide head, or one whose logits mean something else, is another network's.
        if shape.heads.map(\.name) != DetectorShape.attributeHeads.map(\.name) {
            names = names.filter { !$0.key.hasPrefix("attention.") }
        }
        return names
    }
}
