// InterchangeError.swift — what can be wrong with weights from elsewhere, in sentences.

/// `description` is one sentence: object, cause, remedy.
public enum InterchangeError: Error, Equatable, Sendable {
    // The file as safetensors.
    case truncated(file: String, detail: String)
    case header(file: String, problem: String)
    case tensor(file: String, name: String, problem: String)
    /// Another kind of file, and what it is.
    case notWeights(file: String, kind: String)

    // What is in it.
    case missingTensor(file: String, name: String)
    case unknownNames(file: String, examples: [String])
    case otherShape(file: String, name: String, found: [Int], expected: [Int])
    /// More than one network: by what stands in front of each.
    case several(file: String, places: [String])
    case notFinite(file: String, name: String)
    case negativeVariance(file: String, name: String)
    case partial(file: String, missing: [String], left: [String])

    /// A detector that a naming scheme or format has no words for.
    case unsupported(String)
}

extension InterchangeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let file, let detail):
            "\(file): the file is incomplete (\(detail)); copy or download it again."
        case .header(let file, let problem):
            "\(file): this is not a sound safetensors file: \(problem); make it again, for a .pth file with "
                + "tools/pth_to_safetensors.py."
        case .tensor(let file, let name, let problem):
            "\(file): the tensor '\(Self.shown(name))' is not sound: \(problem); make the file again."
        case .notWeights(let file, let kind):
            "\(file): this is not a safetensors file; \(kind)."
        case .several(let file, let places):
            "\(file): it holds the network more than once (under \(Self.list(places.map { $0.isEmpty ? "no prefix" : $0 }))); save "
                + "the one that is wanted alone."
        case .negativeVariance(let file, let name):
            "\(file): '\(Self.shown(name))' has negative variances, which no training gives: the file is damaged or its names "
                + "are mixed up; give other weights."
        case .missingTensor(let file, let name):
            "\(file): there is no tensor '\(name)'; give a file that has it."
        case .unknownNames(let file, let examples):
            "\(file): its names (\(Self.list(examples))) are not those of an EfficientNet of torchvision, timm or "
                + "efficientnet_pytorch, nor of DeepfakeBench's ProDet or of Blendway; rename them, or export the "
                + "model's whole state_dict."
        case .otherShape(let file, let name, let found, let expected):
            "\(file): '\(Self.shown(name))' has shape \(found) where the network has \(expected); give the --arch "
                + "that the weights are of, or set model.feature_channels, model.head_channels and data.size to fit."
        case .notFinite(let file, let name):
            "\(file): '\(Self.shown(name))' holds values that are not finite in float32; these weights would score "
                + "nothing but NaN: give others."
        case .partial(let file, let missing, let left):
            "\(file): the weights match in part only: "
                + [
                    missing.isEmpty ? nil : "\(missing.count) of the network are missing (\(Self.list(missing)))",
                    left.isEmpty ? nil : "\(left.count) of the file have no place (\(Self.list(left)))",
                ].compactMap { $0 }.joined(separator: ", ")
                + "; give the right --arch, or --allow-partial to take what fits."
        case .unsupported(let sentence): sentence
        }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(3).map(shown).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    }

    /// A name from a foreign file, short and without control characters.
    private static func shown(_ name: String) -> String {
        let printable = String(name.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) })
        return printable.count > 80 ? "\(printable.prefix(77))…" : printable
    }
}
