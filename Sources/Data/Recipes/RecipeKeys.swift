// RecipeKeys.swift — which keys a recipe's JSON may have. A misspelt one is an error, not a default.

import Blend
import Foundation

/// The keys of a JSON object and of the objects in it; empty for other values.
struct RecipeKeys: Sendable {
    private var inside: [String: RecipeKeys] = [:]

    /// What is wrong with the first key that no recipe has; nil if there is none.
    static func firstUnknown(in object: [String: Any]) -> String? { known.firstUnknown(in: object, path: "") }

    private func firstUnknown(in object: [String: Any], path: String) -> String? {
        for key in object.keys.sorted() {
            let full = path + key
            guard let keys = inside[key] else {
                let nearest = inside.keys.sorted().min { Self.distance(key, $0) < Self.distance(key, $1) }
                return "there is no \(full); the nearest is \(path)\(nearest ?? "")"
            }
            if !keys.inside.isEmpty, let object = object[key] as? [String: Any],
                let problem = keys.firstUnknown(in: object, path: full + ".")
            {
                return problem
            }
        }
        return nil
    }

    /// The keys of recipes that together use every part, as the encoder writes them.
    private static let known: RecipeKeys = {
        var keys = RecipeKeys()
        for seed in 0..<64 {
            var recipe = QuadrupleRecipe.draw(seed: UInt64(seed), epoch: 0, sample: 0)
            recipe.augmentation = AugmentationRecipe(
                rgbShift: [1, 1, 1], hsvShift: [1, 1, 1], contrast: .init(brightness: 0, contrast: 0), jpegQuality: 50)
            let sample = RecipeFile.Sample(
                contentHash: "", size: 0, sample: 0, epoch: 0, seed: 0, real: 0, fake: 0, foreground: 0)
            guard let data = try? JSONEncoder().encode(RecipeFile(recipe, sample: sample)),
                let object = try? JSONSerialization.jsonObject(with: data)
            else { continue }
            keys.add(object)
        }
        return keys
    }()

    private mutating func add(_ value: Any) {
        for (key, value) in value as? [String: Any] ?? [:] { inside[key, default: RecipeKeys()].add(value) }
    }

    /// How many pairs of neighbouring letters only one of the two words has: small for slips.
    private static func distance(_ a: String, _ b: String) -> Int {
        func pairs(_ word: String) -> [String: Int] {
            let letters = Array("^" + word.lowercased().filter { $0 != "_" } + "$")
            return Dictionary(zip(letters, letters.dropFirst()).map { (String([$0, $1]), 1) }) { $0 + $1 }
        }
        let (left, right) = (pairs(a), pairs(b))
        return Set(left.keys).union(right.keys).reduce(0) { $0 + abs(left[$1, default: 0] - right[$1, default: 0]) }
    }
}
