// WeightFile.swift — a safetensors file recognised as weights of a scheme, and its way into a detector.

import Model

/// Weights from elsewhere.
public struct WeightFile {
    public let file: SafetensorsFile
    public let scheme: NamingScheme
    /// Before every name, such as "net."; wrappers such as "module." are no part of it.
    public let prefix: String
    /// The file's own names by those without wrappers.
    private let stored: [String: String]

    /// Opens a file and recognises its names. Cost: the header.
    /// - Throws: `StoreError`; `InterchangeError` for a broken file, `.unknownNames`, `.several`.
    public init(_ path: String) throws {
        file = try SafetensorsFile(path)
        let names = file.names
        let stored = Dictionary(
            names.map { (NamingScheme.withoutWrappers($0), $0) }, uniquingKeysWith: { first, _ in first })
        guard let (scheme, prefixes) = NamingScheme.recognise(Array(stored.keys)) else {
            throw InterchangeError.unknownNames(file: path, examples: names)
        }
        guard prefixes.count == 1, stored.count == names.count else {
            let places = prefixes.count > 1 ? prefixes : names.filter { stored[NamingScheme.withoutWrappers($0)] != $0 }
            throw InterchangeError.several(file: path, places: places)
        }
        self.stored = stored
        self.scheme = scheme
        prefix = prefixes[0]
    }

    /// Whether it is the backbone of one of DeepfakeBench's other detectors, under the names that ProDet has too.
    private var isBackboneOfDeepfakeBench: Bool { scheme == .deepfakebench && !isWholeDetector }

    /// Where each array of a detector is in the file.
    func map(_ shape: DetectorShape, _ parameters: Parameters) -> WeightMap {
        WeightMap(scheme, shape, parameters, prefix: prefix, backboneOnly: isBackboneOfDeepfakeBench)
    }

    /// The file's own name of an array; nil when it isn't there.
    func storedName(_ name: String) -> String? { stored[name] }

    /// The shape of an array by its name without wrappers.
    func shape(of name: String) -> [Int]? { stored[name].flatMap(file.shape) }

    /// Whose settings the weights were trained with. DeepfakeBench puts a stem of its own before
    /// efficientnet_pytorch's network, and beside it the classifier by which that is known.
    private var settingsScheme: NamingScheme {
        let part = "efficientnet."
        let isTheirs = scheme == .efficientnetPytorch && prefix.hasSuffix(part)
            && stored[prefix.dropLast(part.count) + "last_layer.weight"] != nil
        return isTheirs ? .deepfakebench : scheme
    }

    /// Settings that the file's scheme and shapes decide, as `key=value`, for a detector that fits.
    public func settings(for architecture: Architecture) -> [String] {
        var settings = ["model.arch=\(architecture.rawValue)"] + settingsScheme.settings(for: architecture)
        if let channels = shape(of: .neck)?.first { settings.append("model.feature_channels=\(channels)") }
        if let channels = shape(of: .hidden)?.first { settings.append("model.head_channels=\(channels)") }
        return settings
    }

    /// Pixels a side of the images that the attention's weights are for, given the rest of the shape; nil
    /// where the file does not say. Several sizes may have equal maps: the one nearest to 256 is taken.
    public func imageSize(for shape: DetectorShape) -> Int? {
        guard let side = self.shape(of: .spread)?.last else { return nil }
        let sizes = stride(from: 32, through: 1024, by: 32).sorted { abs($0 - 256) < abs($1 - 256) }
        return sizes.first { size in
            var candidate = shape
            candidate.imageSize = size
            return Detector.mapSize(of: candidate) == side
        }
    }

    /// Whether the file has more than a backbone.
    public var isWholeDetector: Bool { shape(of: .neck) != nil }

    /// PyTorch's counter of batches, where the file has one and it is the same for all batch norms.
    public var batchesTracked: Int64? {
        let counters = file.names.filter { $0.hasSuffix(".num_batches_tracked") && file.shape(of: $0) == [] }
        let values = Set(counters.compactMap { try? file.integers($0).first })
        return values.count == 1 ? values.first : nil
    }

    /// Arrays whose shapes decide settings.
    private enum Mark { case neck, hidden, spread }

    private func shape(of mark: Mark) -> [Int]? {
        let name =
            switch (mark, scheme) {
            case (.neck, .blendway): "neck.weight"
            case (.hidden, .blendway): "heads.final.hidden.weight"
            case (.spread, .blendway): "attention.embeddings.generation.spread.weight"
            case (.neck, _): "adjust_feature.weight"
            case (.hidden, _): "final_classifier.2.weight"
            case (.spread, _): "fea_att.inverse_conv1.4.weight"
            }
        return shape(of: prefix + name)
    }

    /// What an import did.
    public struct Report: Codable, Equatable, Sendable {
        /// Names of the file that went into the network.
        public var taken: [String] = []
        /// Names of the file that have no place in the network, and that it does not need: a classifier.
        public var ignored: [String] = []
        /// Other names of the file without a place.
        public var left: [String] = []
        /// Names that the network needs and the file lacks.
        public var missing: [String] = []
        /// Arrays of the network that files of this scheme never hold, by our names: they keep their first
        /// values.
        public var initialized: [String] = []

        public var isPartial: Bool { !left.isEmpty || !missing.isEmpty }
    }

    /// Copies the weights into a detector's parameters, or into those of its backbone alone. Nothing is
    /// changed if it throws.
    /// - Parameters:
    ///   - shape: of the detector that the parameters are of.
    ///   - allowPartial: take what fits when names are missing or left over.
    /// - Throws: `InterchangeError` `.partial`, `.otherShape`, `.notFinite`, `.negativeVariance`, `.tensor`, `.truncated`.
    public func load(
        into parameters: Parameters, of shape: DetectorShape, allowPartial: Bool = false
    ) throws -> Report {
        let map = map(shape, parameters)
        var report = Report(initialized: map.unnamed)
        var place: [String: WeightMap.Entry] = [:]
        for entry in map.entries {
            if let own = stored[entry.name] { place[own] = entry } else { report.missing.append(entry.name) }
        }
        for name in file.names where place[name] == nil {
            if isRest(NamingScheme.withoutWrappers(name)) { report.ignored.append(name) } else { report.left.append(name) }
        }
        for (name, entry) in place.sorted(by: { $0.key < $1.key }) {
            let shape = file.shape(of: name)!
            guard entry.layout.fits(shape) else {
                throw InterchangeError.otherShape(
                    file: file.path, name: name, found: shape, expected: entry.layout.external)
            }
        }
        guard allowPartial || !report.isPartial, !place.isEmpty else {
            throw InterchangeError.partial(file: file.path, missing: report.missing, left: report.left)
        }
        // All is read before anything is changed.
        var values: [(WeightMap.Entry, [Float])] = []
        for entry in map.entries {
            guard let name = stored[entry.name] else { continue }
            let floats = try file.floats(name)
            guard floats.allSatisfy(\.isFinite) else { throw InterchangeError.notFinite(file: file.path, name: name) }
            guard !name.hasSuffix(".running_var") || floats.allSatisfy({ $0 >= 0 }) else {
                throw InterchangeError.negativeVariance(file: file.path, name: name)
            }
            values.append((entry, floats))
            report.taken.append(name)
        }
        for (entry, floats) in values {
            let target = entry.isBuffer ? parameters.buffers : parameters.values
            _ = UnsafeMutableBufferPointer(rebasing: target[entry.slot.range])
                .update(fromContentsOf: entry.layout.toOurs(floats))
        }
        return report
    }

    /// Whether a name without a place is no loss: a classifier, a training's records, and beside a backbone whatever else
    /// the model had.
    private func isRest(_ name: String) -> Bool {
        if NamingScheme.isRecord(name) { return true }
        guard name.hasPrefix(prefix) else { return !isWholeDetector }
        return scheme.isKnownRest(String(name.dropFirst(prefix.count)))
    }
}
