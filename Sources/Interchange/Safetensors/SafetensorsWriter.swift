// SafetensorsWriter.swift — writes float32 tensors, and counters, as a safetensors file.

import Store

/// Tensors to be written, each made when its turn comes: memory is that of the largest.
public struct SafetensorsWriter {
    private struct Pending {
        var name: String
        var type: String
        var shape: [Int]
        var bytes: Int
        var write: (ByteSink) throws -> Void
    }

    private var pending: [Pending] = []
    public var metadata: [String: String] = [:]

    public init() {}

    /// Adds a float32 tensor whose values are asked for once, in memory order.
    public mutating func add(_ name: String, shape: [Int], _ values: @escaping () -> [Float]) {
        let count = shape.reduce(1, *)
        pending.append(
            Pending(name: name, type: "F32", shape: shape, bytes: 4 * count) { sink in
                let values = values()
                precondition(values.count == count, "SafetensorsWriter: \(values.count) values for \(name) \(shape)")
                try values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { try sink.write($0) }
            })
    }

    /// Adds a single 64-bit integer, such as PyTorch's `num_batches_tracked`.
    public mutating func add(_ name: String, _ value: Int64) {
        pending.append(
            Pending(name: name, type: "I64", shape: [], bytes: 8) { sink in
                try withUnsafeBytes(of: value.littleEndian) { try sink.write($0) }
            })
    }

    /// Replaces `path`, whole or not at all. The same tensors give the same bytes.
    /// - Throws: `StoreError`.
    public func write(to path: String) throws {
        // Integers of 8 bytes first, so that every tensor is aligned to its type.
        let sorted = pending.sorted { ($0.type == "I64" ? 0 : 1, $0.name) < ($1.type == "I64" ? 0 : 1, $1.name) }
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
            members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for tensor in sorted {
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(Self.quoted(tensor.name)):{\"dtype\":\"\(tensor.type)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(offset + tensor.bytes)]}")
            offset += tensor.bytes
        }
        var header = "{\(members.joined(separator: ","))}"
        // Spaces at the end are allowed, and align the data.
        header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        try AtomicFile.writeBytes(to: path) { sink in
            try withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { try sink.write($0) }
            try sink.write(Array(header.utf8))
            for tensor in sorted { try tensor.write(sink) }
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
