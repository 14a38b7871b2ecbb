// WeightExport.swift — a detector's weights, or gradients of them, under the names of a scheme.

import Model

/// Writes weights for other frameworks.
public enum WeightExport {
    /// What an export wrote.
    public struct Report: Codable, Equatable, Sendable {
        public var tensors: Int
        /// Our arrays that the scheme has no names for: they are not in the file.
        public var unnamed: [String]
    }

    /// Replaces `path` with a detector's parameters and running statistics as float32, bit by bit.
    ///
    /// Under others' names the file also has PyTorch's counters of batches, and under DeepfakeBench's what a
    /// strict `load_state_dict` there asks for: the backbone's classifier, which the detector never uses, as
    /// zeros.
    /// - Parameter batches: for the counters.
    /// - Throws: `InterchangeError.unsupported` for a detector that the scheme has no names for; `StoreError`.
    public static func write(
        _ detector: Detector, names scheme: NamingScheme, metadata: [String: String], batches: Int64 = 0, to path: String
    ) throws -> Report {
        let parameters = detector.parameters
        let map = WeightMap(scheme, detector.shape, parameters)
        if scheme.namesWholeDetector, let unnamed = map.unnamed.first {
            throw InterchangeError.unsupported(
                "\(scheme.rawValue) has no name for \(unnamed), which the published detector does not have; "
                    + "export with --names blendway.")
        }
        var writer = SafetensorsWriter()
        writer.metadata = metadata
        for entry in map.entries {
            writer.add(entry.name, shape: entry.layout.external) {
                let values = entry.isBuffer ? parameters.buffers : parameters.values
                return entry.layout.toExternal(values[entry.slot.range])
            }
            if scheme != .blendway, entry.name.hasSuffix(".running_var") {
                writer.add(String(entry.name.dropLast("running_var".count)) + "num_batches_tracked", batches)
            }
        }
        if scheme == .deepfakebench {
            let width = detector.shape.architecture.featureChannels
            writer.add("backbone.last_layer.weight", shape: [2, width]) { [Float](repeating: 0, count: 2 * width) }
            writer.add("backbone.last_layer.bias", shape: [2]) { [0, 0] }
        }
        try writer.write(to: path)
        return Report(tensors: map.entries.count, unnamed: map.unnamed)
    }

    /// An array as it lies in a file of another framework.
    public struct Array {
        public let name: String
        public let shape: [Int]
        public let values: [Float]
    }

    /// Gradients of the parameters, in the names, shapes and layouts of `file`; zeros for tensors of the
    /// file that are no part of the network.
    public static func gradients(
        of parameters: Parameters, _ shape: DetectorShape, asIn weights: WeightFile
    ) -> [Array] {
        let map = weights.map(shape, parameters)
        let known = Set(map.entries.compactMap { weights.storedName($0.name) })
        return arrays(map, isBuffer: false, parameters.gradients, weights)
            + weights.file.names.filter { !known.contains($0) && weights.file.isFloat($0) }.map { name in
                let shape = weights.file.shape(of: name)!
                return Array(name: name, shape: shape, values: .init(repeating: 0, count: shape.reduce(1, *)))
            }
    }

    /// Running statistics, likewise.
    public static func buffers(
        of parameters: Parameters, _ shape: DetectorShape, asIn weights: WeightFile
    ) -> [Array] {
        let map = weights.map(shape, parameters)
        return arrays(map, isBuffer: true, parameters.buffers, weights)
    }

    private static func arrays(
        _ map: WeightMap, isBuffer: Bool, _ source: UnsafeMutableBufferPointer<Float>, _ weights: WeightFile
    ) -> [Array] {
        map.entries.filter { $0.isBuffer == isBuffer }.map { entry in
            Array(
                name: weights.storedName(entry.name) ?? entry.name,
                shape: weights.shape(of: entry.name) ?? entry.layout.external,
                values: entry.layout.toExternal(source[entry.slot.range]))
        }
    }
}
