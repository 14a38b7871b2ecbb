// ProtobufMessage.swift — a protocol-buffers message being written, field by field, in the wire format
// (protobuf.dev/programming-guides/encoding). Writing only, and only what ONNX needs.
//
// Note [Why no protobuf library]
// A model is some thousand small fields and hundreds of megabytes of weights. A library would hold these
// two or three times in memory and bring generated code of thousands of lines; the wire format of what is
// written here is the seventy lines below, and onnxruntime and the onnx checker read it in the tests.

import Store

/// The bytes of a message; large arrays are made only when they are written.
struct ProtobufMessage {
    private enum Part {
        case bytes([UInt8])
        case floats(count: Int, () -> [Float])
    }

    private var parts: [Part] = []
    private(set) var size = 0

    private mutating func append(_ bytes: [UInt8]) {
        size += bytes.count
        if case .bytes(let last)? = parts.last {
            parts[parts.count - 1] = .bytes(last + bytes)
        } else {
            parts.append(.bytes(bytes))
        }
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private mutating func tag(_ field: Int, wireType: UInt64) {
        append(Self.varint(UInt64(field) << 3 | wireType))
    }

    /// int64, int32 and enum fields.
    mutating func add(_ field: Int, _ value: Int) {
        tag(field, wireType: 0)
        append(Self.varint(UInt64(bitPattern: Int64(value))))
    }

    mutating func add(_ field: Int, _ value: Float) {
        tag(field, wireType: 5)
        append(withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) })
    }

    mutating func add(_ field: Int, _ text: String) {
        tag(field, wireType: 2)
        let bytes = Array(text.utf8)
        append(Self.varint(UInt64(bytes.count)) + bytes)
    }

    /// Integers side by side.
    mutating func add(packed field: Int, _ values: [Int]) {
        let bytes = values.flatMap { Self.varint(UInt64(bitPattern: Int64($0))) }
        tag(field, wireType: 2)
        append(Self.varint(UInt64(bytes.count)) + bytes)
    }

    /// A bytes field that holds float32 numbers, little-endian.
    mutating func add(_ field: Int, count: Int, floats: @escaping () -> [Float]) {
        tag(field, wireType: 2)
        append(Self.varint(UInt64(4 * count)))
        parts.append(.floats(count: count, floats))
        size += 4 * count
    }

    /// A bytes field that holds int64 numbers, little-endian.
    mutating func add(_ field: Int, integers: [Int]) {
        let bytes = integers.flatMap { value in withUnsafeBytes(of: Int64(value).littleEndian) { Array($0) } }
        tag(field, wireType: 2)
        append(Self.varint(UInt64(bytes.count)) + bytes)
    }

    mutating func add(_ field: Int, _ message: ProtobufMessage) {
        tag(field, wireType: 2)
        append(Self.varint(UInt64(message.size)))
        for part in message.parts {
            switch part {
            case .bytes(let bytes): append(bytes)
            case .floats(let count, _):
                parts.append(part)
                size += 4 * count
            }
        }
    }

    func write(to sink: ByteSink) throws {
        for part in parts {
            switch part {
            case .bytes(let bytes): try sink.write(bytes)
            case .floats(let count, let floats):
                let values = floats()
                precondition(values.count == count, "ProtobufMessage: \(values.count) numbers for \(count)")
                try values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { try sink.write($0) }
            }
        }
    }
}
