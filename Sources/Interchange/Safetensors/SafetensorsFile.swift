// SafetensorsFile.swift — a safetensors file open for reading. It trusts nothing that the file says:
// see SafetensorsHeader for what is checked.

import Glibc

import ForeignFiles
import Store

/// Tensors by name, read one at a time: memory is that of the header and of what is asked for.
///
/// Read with `pread` rather than mapped: a file that another program cuts short is an error, not a
/// signal.
public final class SafetensorsFile {
    /// As named by the user.
    public let path: String
    private let header: SafetensorsHeader
    private let descriptor: Int32
    /// Where the tensors' bytes begin.
    private let dataStart: Int

    /// Opens and checks a file. Cost: the header.
    /// - Throws: `StoreError` `.missing`, `.notAFile`, `.notPermitted`; `InterchangeError` `.notWeights`, `.truncated`,
    ///   `.header`, `.tensor`.
    public init(_ path: String) throws {
        self.path = path
        // Not blocking on a pipe without a writer; a pipe is refused right after.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw StoreError.fromErrno(errno, file: path, operation: "opening") }
        do {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else {
                throw StoreError.fromErrno(errno, file: path, operation: "opening")
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: break
            case S_IFDIR: throw StoreError.notAFile(file: path, kind: "a folder")
            default: throw StoreError.notAFile(file: path, kind: "a device or pipe")
            }
            let kind = FileKind.of(path)
            if kind.group != .unknown, kind != FileKind.safetensors {
                throw InterchangeError.notWeights(file: path, kind: kind.sentence)
            }
            let size = Int(status.st_size)
            guard size >= 8 else { throw InterchangeError.truncated(file: path, detail: "it has \(size) bytes") }
            let head = try Self.read(8, at: 0, descriptor, path)
            let length = head.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard length <= UInt64(SafetensorsHeader.lengthLimit) else {
                throw InterchangeError.header(
                    file: path, problem: "its first 8 bytes say that the header has \(length) bytes")
            }
            guard length <= UInt64(size - 8) else {
                throw InterchangeError.truncated(
                    file: path, detail: "a header of \(length) bytes in a file of \(size)")
            }
            dataStart = 8 + Int(length)
            header = try SafetensorsHeader(
                try Self.read(Int(length), at: 8, descriptor, path), dataSize: size - dataStart, file: path)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// All names, sorted.
    public var names: [String] { header.entries.keys.sorted() }

    public var metadata: [String: String] { header.metadata }

    public func shape(of name: String) -> [Int]? { header.entries[name]?.shape }

    /// Whether a tensor holds floating-point numbers that `floats` reads.
    public func isFloat(_ name: String) -> Bool {
        switch header.entries[name]?.type {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }

    /// The values as float32, in memory order; float64 is rounded. May hold what is not finite.
    /// - Throws: `InterchangeError` `.missingTensor`, `.tensor` for other types, `.truncated`; `StoreError`.
    public func floats(_ name: String) throws -> [Float] {
        let entry = try entry(name)
        let bytes = try Self.read(entry.offsets.count, at: dataStart + entry.offsets.lowerBound, descriptor, path)
        return try bytes.withUnsafeBytes { raw in
            func map<Word: FixedWidthInteger>(_ type: Word.Type, _ float: (Word) -> Float) -> [Float] {
                (0..<entry.count).map {
                    float(Word(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Word>.size, as: Word.self)))
                }
            }
            return switch entry.type {
            case .float32: map(UInt32.self) { Float(bitPattern: $0) }
            case .float64: map(UInt64.self) { Float(Double(bitPattern: $0)) }
            case .bfloat16: map(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
            case .float16: map(UInt16.self, Self.half)
            default:
                throw InterchangeError.tensor(
                    file: path, name: name, problem: "it holds \(entry.type.rawValue), but weights are F32, F16, BF16 or F64")
            }
        }
    }

    /// The values of an I64 tensor.
    public func integers(_ name: String) throws -> [Int64] {
        let entry = try entry(name)
        guard entry.type == .int64 else {
            throw InterchangeError.tensor(file: path, name: name, problem: "it holds \(entry.type.rawValue), not I64")
        }
        let bytes = try Self.read(entry.offsets.count, at: dataStart + entry.offsets.lowerBound, descriptor, path)
        return bytes.withUnsafeBytes { raw in
            (0..<entry.count).map { Int64(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
        }
    }

    private func entry(_ name: String) throws -> SafetensorsHeader.Entry {
        guard let entry = header.entries[name] else { throw InterchangeError.missingTensor(file: path, name: name) }
        return entry
    }

    /// IEEE half precision: 1 sign, 5 exponent, 10 fraction bits.
    private static func half(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Float(bits & 0x3FF) / 1024
        return switch exponent {
        case 0: sign * fraction * 0x1p-14
        case 31: fraction == 0 ? sign * .infinity : .nan
        default: sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
        }
    }

    private static func read(_ count: Int, at offset: Int, _ descriptor: Int32, _ path: String) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let got = pread(descriptor, buffer.baseAddress! + done, count - done, off_t(offset + done))
                if got < 0 && errno == EINTR { continue }
                guard got >= 0 else { throw StoreError.fromErrno(errno, file: path, operation: "reading") }
                guard got > 0 else {
                    throw InterchangeError.truncated(file: path, detail: "it ends at byte \(offset + done)")
                }
                done += got
            }
        }
    }
}
