// SafetensorsHeader.swift — the JSON at the head of a safetensors file: read strictly, and checked
// against the size of what follows. No file access.
//
// The format (huggingface.co/docs/safetensors): 8 bytes, the header's length, little-endian; the header,
// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …, "__metadata__": {"k": "v"}};
// then the tensors' bytes without gaps, offsets counted from there.

/// Names, types, shapes and places of a file's tensors.
struct SafetensorsHeader {
    struct Entry: Equatable, Sendable {
        var type: SafetensorsType
        var shape: [Int]
        /// Bytes from the end of the header.
        var offsets: Range<Int>
        var count: Int { shape.reduce(1, *) }
    }

    /// Longest header that is read; the format's own limit.
    static let lengthLimit = 100_000_000

    private(set) var entries: [String: Entry] = [:]
    private(set) var metadata: [String: String] = [:]

    /// - Parameters:
    ///   - json: the header's bytes.
    ///   - dataSize: bytes that follow it.
    /// - Throws: `InterchangeError` `.header`, `.tensor`, `.truncated`.
    init(_ json: [UInt8], dataSize: Int, file: String) throws {
        var reader = JSONReader(json, file: file)
        try reader.object { reader, name in
            if name == "__metadata__" {
                try reader.object { reader, key in self.metadata[key] = try reader.string() }
            } else {
                self.entries[name] = try Self.entry(name, &reader, dataSize: dataSize, file: file)
            }
        }
        try reader.end()
        try requireNoGaps(dataSize: dataSize, file: file)
    }

    private static func entry(
        _ name: String, _ reader: inout JSONReader, dataSize: Int, file: String
    ) throws -> Entry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try reader.object { reader, key in
            switch key {
            case "dtype": type = try reader.string()
            case "shape": shape = try reader.integers(most: 16)
            case "data_offsets": offsets = try reader.integers(most: 2)
            default: throw reader.failure("'\(name)' has an unknown key '\(key)'")
            }
        }
        func refuse(_ problem: String) -> InterchangeError { .tensor(file: file, name: name, problem: problem) }
        guard let type, let shape, let offsets else { throw refuse("it lacks dtype, shape or data_offsets") }
        guard let known = SafetensorsType(rawValue: type) else { throw refuse("its dtype '\(type)' is unknown") }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw refuse("its data_offsets \(offsets) are no range")
        }
        guard offsets[1] <= dataSize else {
            throw InterchangeError.truncated(
                file: file, detail: "'\(name)' ends at byte \(offsets[1]) of \(dataSize)")
        }
        var size = known.bytes
        for dimension in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
            guard !overflow else { throw refuse("its shape \(shape) is absurd") }
            size = product
        }
        guard size == offsets[1] - offsets[0] else {
            throw refuse("shape \(shape) of \(type) needs \(size) bytes, its data_offsets give \(offsets[1] - offsets[0])")
        }
        return Entry(type: known, shape: shape, offsets: offsets[0]..<offsets[1])
    }

    /// Tensors that overlap, or bytes that belong to none, are a lie or a way to hide something.
    private func requireNoGaps(dataSize: Int, file: String) throws {
        var end = 0
        let sorted = entries.sorted {
            ($0.value.offsets.lowerBound, $0.value.offsets.upperBound, $0.key)
                < ($1.value.offsets.lowerBound, $1.value.offsets.upperBound, $1.key)
        }
        for (name, entry) in sorted {
            guard entry.offsets.lowerBound == end else {
                throw InterchangeError.tensor(
                    file: file, name: name,
                    problem: entry.offsets.lowerBound < end
                        ? "it overlaps another one" : "\(entry.offsets.lowerBound - end) bytes before it belong to none")
            }
            end = entry.offsets.upperBound
        }
        guard end == dataSize else {
            throw InterchangeError.header(file: file, problem: "\(dataSize - end) bytes at its end belong to no tensor")
        }
    }
}

/// The types that a file may name. Only floating-point ones are weights.
enum SafetensorsType: String, Sendable {
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case float8e4m3 = "F8_E4M3"
    case float8e5m2 = "F8_E5M2"
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"

    var bytes: Int {
        switch self {
        case .bool, .uint8, .int8, .float8e4m3, .float8e5m2: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .float64, .int64, .uint64: 8
        }
    }
}
