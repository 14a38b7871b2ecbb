// ExperimentConfiguration+Loading.swift — from YAML to a checked experiment.

import Foundation
import Training
import Yams

extension ExperimentConfiguration {
    /// Reads an experiment.
    /// - Throws: `ExperimentError`, or `ConfigurationError` for what is wrong with a setting of the
    ///   training. Both name file and line.
    public static func load(path: String) throws -> ExperimentConfiguration {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            let reason = FileManager.default.fileExists(atPath: path) ? "it isn't readable UTF-8 text" : "there is no such file"
            throw ExperimentError.unreadable(path: path, reason: reason)
        }
        return try load(yaml: text, source: path)
    }

    /// - Parameter source: name for messages.
    public static func load(yaml: String, source: String) throws -> ExperimentConfiguration {
        guard let root = try RunConfiguration.compose(yaml, source: source) else {
            throw ExperimentError.unreadable(path: source, reason: "it is empty")
        }
        let reader = Reader(source: source)
        let sections = try reader.section(
            root, "the experiment", ["name", "data", "seeds", "reference", "settings", "train", "run", "evaluation"])
        let settings = try reader.settings(sections["settings"], over: sections["train"])
        let names = settings.map(\.name)

        let seeds = try reader.list(sections["seeds"], "seeds", "whole numbers from 0").map { text -> UInt64 in
            guard let seed = UInt64(text) else {
                throw ExperimentError.wrong(
                    place: reader.place(sections["seeds"]!), key: "seeds", value: text, expected: "a list of whole numbers from 0")
            }
            return seed
        }
        guard !seeds.isEmpty, Set(seeds).count == seeds.count else {
            throw ExperimentError.missing(source: source, key: "seeds", remedy: "list one or more different ones, such as seeds: [1, 2, 3]")
        }
        var experiment = ExperimentConfiguration(
            name: sections["name"]?.string ?? "Experiment", source: try reader.data(sections["data"]),
            seeds: seeds, reference: sections["reference"]?.string ?? names[0], settings: settings)
        guard names.contains(experiment.reference) else {
            throw ExperimentError.wrong(
                place: reader.place(sections["reference"]!), key: "reference", value: experiment.reference,
                expected: "one of the settings \(names.joined(separator: ", "))")
        }
        try reader.run(sections["run"], &experiment.run)
        try reader.evaluation(sections["evaluation"], &experiment.evaluation, settings: names)
        if sections["evaluation"]?["pictures"] == nil { experiment.evaluation.pictures = [experiment.reference] }
        return experiment
    }

    /// Reads sections, with the place of what is wrong.
    private struct Reader {
        let source: String

        func place(_ node: Node) -> String { node.mark.map { "\(source):\($0.line)" } ?? source }

        /// A mapping's values by key; keys that aren't known are refused.
        func section(_ node: Node, _ name: String, _ known: [String]) throws -> [String: Node] {
            guard let mapping = node.mapping else {
                throw ExperimentError.wrong(
                    place: place(node), key: name, value: node.string ?? "a list",
                    expected: "a section with some of the keys \(known.joined(separator: ", "))")
            }
            var values: [String: Node] = [:]
            for (key, value) in mapping {
                let key = (key, key.string ?? "?")
                guard known.contains(key.1) else {
                    let nearest = known.min { editDistance(key.1, $0) < editDistance(key.1, $1) }!
                    throw ExperimentError.unknownKey(place: place(key.0), key: key.1, nearest: nearest, known: known)
                }
                values[key.1] = value
            }
            return values
        }

        /// Scalars of a sequence; a single scalar is a list of one.
        func list(_ node: Node?, _ key: String, _ expected: String) throws -> [String] {
            guard let node else { return [] }
            if let text = node.string { return [text] }
            guard let items = node.sequence, items.allSatisfy({ $0.string != nil }) else {
                throw ExperimentError.wrong(place: place(node), key: key, value: "a section", expected: "a list of \(expected)")
            }
            return items.map { $0.string! }
        }

        func settings(_ node: Node?, over common: Node?) throws -> [Setting] {
            guard let node, let mapping = node.mapping, mapping.count > 0 else {
                throw ExperimentError.missing(
                    source: source, key: "settings", remedy: "list the settings to compare, each a name with what it changes, such as vht: {setting: vht}")
            }
            return try mapping.map { key, value in
                let name = key.string ?? ""
                // It becomes a folder's name.
                guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }),
                    !name.hasPrefix(".")
                else {
                    throw ExperimentError.wrong(
                        place: place(key), key: "a setting's name", value: "'\(name)'", expected: "letters, digits, '-', '_' and '.'")
                }
                let configuration = try RunConfiguration.load(layers: [common, value].compactMap { $0 }, source: source)
                let defaults = RunConfiguration()
                guard configuration.data.train == nil, configuration.data.val == defaults.data.val else {
                    throw ExperimentError.notHere(
                        source: place(value), key: "data.train or data.val of \(name)",
                        remedy: "all settings train on the same data, which the section data names")
                }
                guard configuration.train.seed == defaults.train.seed else {
                    throw ExperimentError.notHere(
                        source: place(value), key: "train.seed of \(name)", remedy: "list the seeds under seeds")
                }
                return Setting(name: name, configuration: configuration)
            }
        }

        func data(_ node: Node?) throws -> Source {
            guard let node else {
                throw ExperimentError.missing(
                    source: source, key: "data", remedy: "name the files under train, val, seen and unseen, or options of blendway synth under synth")
            }
            let keys = try section(node, "data", ["synth", "train", "val", "seen", "unseen"])
            if let synth = keys["synth"] {
                guard keys.count == 1, let mapping = synth.mapping else {
                    throw ExperimentError.wrong(
                        place: place(node), key: "data", value: "more than one source", expected: "either synth with its options, or files")
                }
                let options = mapping.compactMap { key, value in
                    key.string.flatMap { key in value.string.map { Source.Option(key: key, value: $0) } }
                }
                guard options.count == mapping.count, !options.contains(where: { ["out", "json", "force"].contains($0.key) }) else {
                    throw ExperimentError.wrong(
                        place: place(synth), key: "data.synth", value: "not of that form",
                        expected: "options of blendway synth with their values, such as identities: 40; out, force and json are given by the experiment")
                }
                return .synth(options)
            }
            guard let train = keys["train"]?.string else {
                throw ExperimentError.missing(source: place(node), key: "data.train", remedy: "name the dataset to train on")
            }
            let unseen = try list(keys["unseen"], "data.unseen", "files")
            guard !unseen.isEmpty else {
                throw ExperimentError.missing(
                    source: place(node), key: "data.unseen", remedy: "name datasets with manipulations that the training doesn't see")
            }
            return .files(
                train: train, val: keys["val"]?.string, seen: try list(keys["seen"], "data.seen", "files"), unseen: unseen)
        }

        private func whole(_ node: Node, _ key: String, _ range: ClosedRange<Int>) throws -> Int {
            guard let value = node.int, range.contains(value) else {
                throw ExperimentError.wrong(
                    place: place(node), key: key, value: node.string ?? "a section", expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }

        func run(_ node: Node?, _ run: inout Run) throws {
            guard let node else { return }
            let keys = try section(node, "run", ["ranks", "threads", "launcher"])
            if let ranks = keys["ranks"] { run.ranks = try whole(ranks, "run.ranks", 0...100_000) }
            if let threads = keys["threads"] { run.threads = try whole(threads, "run.threads", 0...1024) }
            if let launcher = keys["launcher"] {
                guard let text = launcher.string, text.contains("{ranks}") else {
                    throw ExperimentError.wrong(
                        place: place(launcher), key: "run.launcher", value: launcher.string ?? "a list",
                        expected: "a command with {ranks} in it, such as mpirun -n {ranks}")
                }
                run.launcher = text
            }
        }

        func evaluation(_ node: Node?, _ evaluation: inout Evaluation, settings: [String]) throws {
            guard let node else { return }
            let keys = try section(node, "evaluation", ["checkpoint", "perturb", "perturb_frames", "pictures"])
            if let checkpoint = keys["checkpoint"] {
                guard let choice = checkpoint.string.flatMap(Evaluation.Checkpoint.init(rawValue:)) else {
                    throw ExperimentError.wrong(
                        place: place(checkpoint), key: "evaluation.checkpoint", value: checkpoint.string ?? "a section", expected: "latest or best")
                }
                evaluation.checkpoint = choice
            }
            if let perturb = keys["perturb"] {
                guard let truth = perturb.bool else {
                    throw ExperimentError.wrong(
                        place: place(perturb), key: "evaluation.perturb", value: perturb.string ?? "a section", expected: "true or false")
                }
                evaluation.perturb = truth
            }
            if let frames = keys["perturb_frames"] {
                evaluation.perturbFrames = try whole(frames, "evaluation.perturb_frames", 0...1_000_000)
            }
            if let pictures = keys["pictures"] {
                evaluation.pictures = try list(pictures, "evaluation.pictures", "settings")
                for name in evaluation.pictures where !settings.contains(name) {
                    throw ExperimentError.wrong(
                        place: place(pictures), key: "evaluation.pictures", value: name, expected: "names of settings")
                }
            }
        }
    }
}
