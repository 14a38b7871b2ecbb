// ConfigurationError.swift — everything that can be wrong with a run's configuration.

/// What is wrong with a configuration, where, and what would be right. `place` is a file and
/// line such as `run.yaml:12`, or `--set`.
public enum ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case syntax(place: String, reason: String)
    /// `nearest` is the known key with the least edit distance; `siblings` are the section's
    /// keys, empty when the nearest one is near enough to be what was meant.
    case unknownKey(place: String, key: String, nearest: String, siblings: [String])
    case wrongType(place: String, key: String, value: String, expected: String)
    /// A section was given a single value or a list.
    case notASection(place: String, key: String, value: String, keys: [String])
    case malformedOverride(String)
    case outOfRange(key: String, value: String, expected: String)
    /// A setting without default that this command needs.
    case missing(key: String)
    /// More than one, in the order in which they were found.
    case several([ConfigurationError])

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "the configuration \(path) can't be read: \(reason); check the path"
        case .syntax(let place, let reason):
            "\(place): this isn't YAML (\(reason)); check indentation and quotes there"
        case .unknownKey(let place, let key, let nearest, let siblings):
            "\(place): there is no setting \(key); the nearest is \(nearest)"
                + (siblings.isEmpty
                    ? "" : ", and this section has " + siblings.joined(separator: ", "))
        case .wrongType(let place, let key, let value, let expected):
            "\(place): \(key) is \(value), but must be \(expected)"
        case .notASection(let place, let key, let value, let keys):
            "\(place): \(key.isEmpty ? "the configuration" : key) is \(value), but must be a section "
                + "with the keys \(keys.joined(separator: ", "))"
        case .malformedOverride(let text):
            "--set \(text) isn't of the form section.key=value, such as optimizer.lr=1e-4"
        case .outOfRange(let key, let value, let expected):
            "\(key) is \(value), but must be \(expected)"
        case .missing(let key):
            "\(key) isn't set; name it in the configuration or give --set \(key)=…"
        case .several(let errors):
            errors.map(\.description).joined(separator: "\n")
        }
    }

    /// One error as itself, several as `.several`; nothing for none.
    static func throwIfAny(_ errors: [ConfigurationError]) throws {
        guard let first = errors.first else { return }
        throw errors.count == 1 ? first : ConfigurationError.several(errors)
    }
}
