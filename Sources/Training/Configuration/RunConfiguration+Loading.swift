// RunConfiguration+Loading.swift — from YAML and `--set` to a checked configuration.

import Foundation
import Yams

extension RunConfiguration {
    /// Reads a configuration file.
    ///
    /// - Parameter overrides: as on the command line, `section.key=value`; later ones win.
    /// - Throws: `ConfigurationError` with everything that is wrong, not only the first of it.
    public static func load(path: String, overrides: [String] = []) throws -> RunConfiguration {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            let reason =
                FileManager.default.fileExists(atPath: path)
                ? "it isn't readable UTF-8 text" : "there is no such file"
            throw ConfigurationError.unreadable(path: path, reason: reason)
        }
        return try load(yaml: text, source: path, overrides: overrides)
    }

    /// Reads a configuration from YAML; empty text gives the defaults.
    ///
    /// - Parameter source: name for messages.
    public static func load(
        yaml: String, source: String = "configuration", overrides: [String] = []
    ) throws -> RunConfiguration {
        try load(layers: [compose(yaml, source: source)].compactMap { $0 }, source: source, overrides: overrides)
    }

    /// Reads a configuration from pieces of one YAML file, later ones laid over earlier ones.
    package static func load(
        layers: [Node], source: String, overrides: [String] = []
    ) throws -> RunConfiguration {
        let defaults = ConfigurationTree(of: RunConfiguration())
        var tree = defaults
        var problems: [ConfigurationError] = []

        for layer in layers {
            tree.merge(
                layer, from: ConfigurationSource(name: source, hasLines: true), all: defaults,
                problems: &problems)
        }
        for override in overrides {
            do {
                try tree.merge(
                    Self.parse(override: override, settings: defaults.settings),
                    from: ConfigurationSource(name: "--set", hasLines: false), all: defaults,
                    problems: &problems)
            } catch let error as ConfigurationError {
                problems.append(error)
            }
        }
        try ConfigurationError.throwIfAny(problems)

        let configuration: RunConfiguration
        do {
            configuration = try YAMLDecoder().decode(
                RunConfiguration.self, from: tree.node(naming: \.property))
        } catch {
            preconditionFailure("a checked configuration can't be decoded: \(error)")
        }
        try configuration.validate()
        return configuration
    }

    /// nil for text without content.
    package static func compose(_ yaml: String, source: String) throws -> Node? {
        do {
            return try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                throw ConfigurationError.syntax(place: "\(source):\(mark.line)", reason: problem)
            case .duplicatedKeysInMapping(let duplicates, let context):
                let names = duplicates.sorted()
                throw ConfigurationError.syntax(
                    place: "\(source):\(context.mark.line)",
                    reason: "\(names.joined(separator: ", ")) given twice")
            default:
                throw ConfigurationError.syntax(place: source, reason: "\(error)")
            }
        }
    }

    /// `a.b=value` as the mapping `{a: {b: value}}`.
    private static func parse(
        override: String,
        settings: [(key: String, kind: ConfigurationKind, value: String?)]
    ) throws -> Node {
        guard let equals = override.firstIndex(of: "="), equals != override.startIndex else {
            throw ConfigurationError.malformedOverride(override)
        }
        let key = override[..<equals]
        let text = String(override[override.index(after: equals)...])
        let parts = key.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty }) else {
            throw ConfigurationError.malformedOverride(override)
        }
        // A path may hold what YAML takes for structure ("a: b", "#2"): it then stands for itself.
        let isText = settings.first { $0.key == key }?.kind.isText == true
        let parsed = try? Yams.compose(yaml: text)
        let value =
            if text.isEmpty {
                Node("null", Tag(.null), .plain)
            } else if let parsed, !isText || (parsed.scalar != nil && !text.contains("#")) {
                parsed
            } else {
                Node(text, Tag(.str), .doubleQuoted)
            }
        return parts.reversed().reduce(value) { inner, part in
            .mapping(Node.Mapping([(Node(String(part)), inner)], Tag(.map), .block))
        }
    }
}
