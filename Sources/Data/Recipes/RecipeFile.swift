// RecipeFile.swift — a blendfake's recipe as JSON: written, read and applied. What the values mean is
// BlendRecipe's and AugmentationRecipe's; docs/blendfakes.md lists them with their units.

import Blend
import Foundation
import Imaging
import Store

/// The recipe of one training sample, or of one picture.
///
/// A part that is left out does nothing: no mirroring, no augmentation; of the two blends at least the
/// one that is asked for has to be there.
public struct RecipeFile: Codable, Equatable, Sendable {
    public static let formatName = "blendway-recipe"

    /// The frames of a dataset that the recipe was drawn for.
    public struct Sample: Codable, Equatable, Sendable {
        /// The dataset's content hash.
        public var contentHash: String
        /// Pixels a side that the frames are resized to.
        public var size: Int
        public var sample: Int
        public var epoch: Int
        public var seed: UInt64
        /// Frames of the file, from 0.
        public var real: Int
        public var fake: Int?
        public var foreground: Int?

        private enum CodingKeys: String, CodingKey {
            case size, sample, epoch, seed, real, fake, foreground
            case contentHash = "content_hash"
        }
    }

    public var format: String?
    public var sample: Sample?
    public var flip: Bool?
    public var selfBlend: BlendRecipe?
    public var crossBlend: BlendRecipe?
    public var augmentation: AugmentationRecipe?

    private enum CodingKeys: String, CodingKey {
        case format, sample, flip, augmentation
        case selfBlend = "self_blend"
        case crossBlend = "cross_blend"
    }

    public init(_ recipe: QuadrupleRecipe, sample: Sample? = nil) {
        format = Self.formatName
        self.sample = sample
        flip = recipe.flip
        selfBlend = recipe.selfBlend
        crossBlend = recipe.crossBlend
        augmentation = recipe.augmentation
    }

    // MARK: JSON

    /// Reads JSON.
    /// - Parameter name: of the file, for errors.
    /// - Throws: `DataError.badRecipe`: no JSON, an unknown key with its nearest, a missing or odd value.
    public init(json: Data, name: String) throws {
        func bad(_ problem: String) -> DataError { .badRecipe(file: name, problem: problem) }
        let tree: Any
        do {
            tree = try JSONSerialization.jsonObject(with: json)
        } catch {
            throw bad("it is no JSON: \((error as NSError).userInfo[NSDebugDescriptionErrorKey] ?? "it ends early")")
        }
        guard let object = tree as? [String: Any] else { throw bad("it is no JSON object") }
        if let problem = RecipeKeys.firstUnknown(in: object) { throw bad(problem) }
        do {
            self = try JSONDecoder().decode(RecipeFile.self, from: json)
        } catch let error as DecodingError {
            throw bad(Self.sentence(error))
        }
        guard format == nil || format == Self.formatName else {
            throw bad("format is '\(format!)', not \(Self.formatName)")
        }
        guard selfBlend != nil || crossBlend != nil else {
            throw bad("it has neither self_blend nor cross_blend")
        }
    }

    /// Reads a file.
    public static func read(_ path: String) throws -> RecipeFile {
        let json: Data
        do {
            json = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw DataError.unreadableRecipe(file: path, reason: error.localizedDescription)
        }
        return try RecipeFile(json: json, name: path)
    }

    /// Readable JSON, keys sorted, a newline at the end. Reading it gives exactly this recipe.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    private static func sentence(_ error: DecodingError) -> String {
        func path(_ keys: [any CodingKey]) -> String {
            keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(path(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return "\(context.codingPath.isEmpty ? "a value" : path(context.codingPath)) cannot be used: \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }

    // MARK: Applying

    /// Makes the wanted pictures.
    /// - Parameters as `Quadruple.apply`'s. The real picture of a recipe with a self-blend is that one's
    ///   target, and the cross-blend's background: so it is in training. `anchors` therefore has to
    ///   name the self-blend for a cross-blend to be what training saw.
    /// - Throws: `DataError.badRecipe` when the blend asked for is not in the recipe; `BlendError`.
    public func make(
        real: Image, landmarks: Landmarks, foreground: Image?, fake: Image?, anchors: Quadruple.Anchors,
        name: String, scratch: BlendWorkspace
    ) throws -> Quadruple {
        if anchors.contains(.selfBlended) && selfBlend == nil {
            throw DataError.badRecipe(file: name, problem: "it has no self_blend, which is asked for")
        }
        if anchors.contains(.crossBlended) && crossBlend == nil {
            throw DataError.badRecipe(file: name, problem: "it has no cross_blend, which is asked for")
        }
        guard let either = selfBlend ?? crossBlend else {
            throw DataError.badRecipe(file: name, problem: "it has neither self_blend nor cross_blend")
        }
        let recipe = QuadrupleRecipe(
            flip: flip ?? false, selfBlend: selfBlend ?? either, crossBlend: crossBlend ?? either,
            augmentation: augmentation ?? AugmentationRecipe())
        return try Quadruple.apply(
            recipe, real: real, realLandmarks: landmarks, fake: fake, foreground: foreground,
            anchors: anchors, scratch: scratch)
    }
}
