// ConfigurationTree.swift — the configuration as a tree of keys, kinds and scalars, between the
// typed struct and YAML.
//
// Note [Keys from defaults]
// The tree is read off a value of `RunConfiguration` by reflection: names, order, types, allowed
// values and defaults all come from the struct's own properties. So a setting is declared once,
// and a key that the struct doesn't have can't be accepted by mistake.

import Yams

/// A section with its entries in the order of declaration, or a setting with its scalar.
indirect enum ConfigurationTree: Equatable {
    struct Entry: Equatable {
        /// Name in YAML.
        let key: String
        /// Name of the Swift property, under which the value is decoded.
        let property: String
        var tree: ConfigurationTree
    }

    case section([Entry])
    /// nil is null.
    case setting(ConfigurationKind, String?)

    init(of value: Any) {
        if let value = value as? any ConfigurationValue,
            type(of: value).configurationKind.isOptional == false
        {
            self = .setting(type(of: value).configurationKind, value.scalarText)
        } else if let kind = type(of: value) as? any ConfigurationValue.Type {
            // An Optional: a cast of the value itself would look through it.
            self = .setting(kind.configurationKind, kind.scalarText(ofAny: value))
        } else {
            self = .section(
                Mirror(reflecting: value).children.map { child in
                    guard let property = child.label else {
                        preconditionFailure("\(type(of: value)) has a part without name")
                    }
                    return Entry(
                        key: Self.snakeCase(property), property: property,
                        tree: ConfigurationTree(of: child.value))
                })
        }
    }

    private static func snakeCase(_ name: String) -> String {
        name.reduce(into: "") { result, letter in
            result += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
        }
    }

    /// The tree as YAML nodes, under YAML's names or the properties'.
    func node(naming: KeyPath<Entry, String>) -> Node {
        switch self {
        case .section(let entries):
            let pairs = entries.map { entry in
                (Node(entry[keyPath: naming]), entry.tree.node(naming: naming))
            }
            return .mapping(Node.Mapping(pairs, Tag(.map), .block))
        case .setting(_, nil):
            return .scalar(Node.Scalar("null", Tag(.null), .plain))
        case .setting(let kind, let text?):
            return kind.isText
                ? .scalar(Node.Scalar(text, Tag(.str), .doubleQuoted))
                : .scalar(Node.Scalar(text, Tag(.implicit), .plain))
        }
    }

    /// Every setting with its full key, in order.
    var settings: [(key: String, kind: ConfigurationKind, value: String?)] {
        guard case .section(let entries) = self else { return [] }
        return entries.flatMap { entry in
            switch entry.tree {
            case .section:
                entry.tree.settings.map { ("\(entry.key).\($0.key)", $0.kind, $0.value) }
            case .setting(let kind, let value):
                [(entry.key, kind, value)]
            }
        }
    }

    /// The keys of this section; empty for a setting.
    var keys: [String] {
        guard case .section(let entries) = self else { return [] }
        return entries.map(\.key)
    }
}

extension ConfigurationValue {
    fileprivate static func scalarText(ofAny value: Any) -> String? {
        (value as? Self)?.scalarText
    }
}
