// ConfigurationTree+Merging.swift — lays a user's YAML over the tree, checking every key and type.

import Yams

/// Where a piece of YAML stands, for messages.
struct ConfigurationSource {
    let name: String
    /// Overrides have no lines worth naming.
    let hasLines: Bool

    func place(of node: Node) -> String {
        guard hasLines, let line = node.mark?.line else { return name }
        return "\(name):\(line)"
    }
}

extension ConfigurationTree {
    /// Replaces what `node` gives. All that is wrong is appended to `problems`; what is wrong
    /// isn't taken over.
    ///
    /// - Parameters:
    ///   - path: key of this tree, empty at the root.
    ///   - all: the whole tree, in which the nearest key is looked for.
    mutating func merge(
        _ node: Node, path: String = "", from source: ConfigurationSource, all: ConfigurationTree,
        problems: inout [ConfigurationError]
    ) {
        switch self {
        case .section(var entries):
            // A section all of whose lines are commented out is empty, not wrong.
            if node.isPlainNull { return }
            guard let mapping = node.mapping else {
                problems.append(
                    .notASection(
                        place: source.place(of: node), key: path, value: node.briefly, keys: keys))
                return
            }
            for (keyNode, valueNode) in mapping {
                let key = keyNode.string ?? keyNode.briefly
                let fullKey = path.isEmpty ? key : "\(path).\(key)"
                guard let index = entries.firstIndex(where: { $0.key == key }) else {
                    let (nearest, isNear) = all.nearestKey(to: key, inSection: path)
                    problems.append(
                        .unknownKey(
                            place: source.place(of: keyNode), key: fullKey, nearest: nearest,
                            siblings: isNear ? [] : keys))
                    continue
                }
                entries[index].tree.merge(
                    valueNode, path: fullKey, from: source, all: all, problems: &problems)
            }
            self = .section(entries)

        case .setting(let kind, _):
            if node.isPlainNull, kind.isOptional {
                self = .setting(kind, nil)
            } else if !node.isPlainNull, let text = node.scalar?.string,
                let value = kind.canonical(text)
            {
                self = .setting(kind, value)
            } else {
                problems.append(
                    .wrongType(
                        place: source.place(of: node), key: path, value: node.briefly,
                        expected: kind.expectation))
            }
        }
    }

    /// The known key nearest to one that doesn't exist: of the same section by edit distance, or
    /// of another when the name is the same there but for one letter.
    private func nearestKey(to key: String, inSection path: String) -> (key: String, isNear: Bool) {
        let candidates = allKeys.map { full -> (key: String, distance: Int, isSibling: Bool) in
            let parts = full.split(separator: ".")
            let parent = parts.dropLast().joined(separator: ".")
            let distance = editDistance(key, String(parts[parts.count - 1]))
            return (full, distance, parent == path)
        }
        guard let sibling = candidates.filter(\.isSibling).min(by: { $0.distance < $1.distance })
        else { preconditionFailure("\(path) is a section without keys") }
        if let other = candidates.filter({ !$0.isSibling }).min(by: { $0.distance < $1.distance }),
            other.distance <= 1, other.distance < sibling.distance
        {
            return (other.key, true)
        }
        return (sibling.key, sibling.distance <= max(1, key.count / 3))
    }

    /// Full keys of all sections and settings.
    private var allKeys: [String] {
        guard case .section(let entries) = self else { return [] }
        return entries.flatMap { entry in
            [entry.key] + entry.tree.allKeys.map { "\(entry.key).\($0)" }
        }
    }
}

/// Fewest insertions, deletions and replacements of a letter that make one word of the other
/// (Levenshtein). Cost: O(product of the lengths).
package func editDistance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            let replaced = diagonal + (letter == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[b.count]
}

extension Node {
    /// Null as YAML writes it; a quoted "null" is text.
    fileprivate var isPlainNull: Bool {
        guard let scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// For messages.
    fileprivate var briefly: String {
        switch self {
        case .scalar(let scalar): isPlainNull ? "null" : "\"\(scalar.string)\""
        case .mapping: "a section"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
