// NumpyArray.swift — reads arrays that NumPy's `save` wrote (.npy), versions 1 to 3. Not written here; no
// pickled objects, no records, no complex numbers.

import ForeignFiles
import Glibc

/// A small array of numbers from a .npy file, converted to float64.
///
/// The header is foreign text: it is read by a parser of the one form that NumPy writes, sizes are
/// checked before memory is taken, and the data must be there to the last byte and no further.
public struct NumpyArray: Equatable, Sendable {
    public let shape: [Int]
    /// In C order, whatever the file's.
    public let values: [Double]

    /// More elements are refused: what is read here are landmarks and boxes, not volumes.
    public static let elementLimit = 1 << 20
    /// Bytes that a file can at most have, with 64-bit elements and a generous header.
    static let fileLimit = elementLimit * 8 + (1 << 16)

    public init(shape: [Int], values: [Double]) {
        self.shape = shape
        self.values = values
    }

    /// - Throws: `ImportError.unreadable` with path and reason.
    public static func read(_ path: String) throws -> NumpyArray {
        let bytes = try FileBytes.read(path, limit: fileLimit)
        do { return try parse(bytes) } catch let problem as Problem {
            throw ImportError.unreadable(path: path, reason: problem.text)
        }
    }

    /// What is wrong with an array, without the path.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public let text: String
        public var description: String { text }
    }

    /// Parses a whole file.
    /// - Throws: `Problem`.
    public static func parse(_ bytes: [UInt8]) throws -> NumpyArray {
        guard bytes.count >= 10, bytes.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else {
            let kind = FileKind.of(bytes: bytes).unlessIn(.array)
            throw Problem(text: kind.map { "it is no .npy file but \($0.name)" } ?? "it is no .npy file")
        }
        let start = bytes[6] == 1 ? 10 : 12
        guard (1...3).contains(bytes[6]), bytes.count >= start else {
            throw Problem(text: "its .npy version \(bytes[6]) is unknown; save it with NumPy's save")
        }
        let length = (8..<start).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
        guard length <= bytes.count - start else { throw Problem(text: "it is cut short in its header") }
        let header = NumpyHeader(Array(bytes[start..<start + length]))
        guard let header else { throw Problem(text: "its header is not what NumPy writes; save it again") }
        guard let element = Element(header.type) else {
            throw Problem(text: "its elements are '\(header.type.prefix(20))'; save it as float32 or int64")
        }
        var count = 1
        for side in header.shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: side)
            guard !overflow, product <= elementLimit else {
                throw Problem(text: "its header promises more than \(elementLimit) elements; it is damaged or something else")
            }
            count = product
        }
        let data = start + length
        guard bytes.count - data == count * element.bytes else {
            throw Problem(text: "it has \(bytes.count - data) bytes of data where \(count * element.bytes) are promised")
        }
        let stored = bytes.withUnsafeBytes { buffer in
            (0..<count).map { element.value(UnsafeRawBufferPointer(rebasing: buffer[data...]), at: $0) }
        }
        return NumpyArray(
            shape: header.shape, values: header.isFortran ? transposed(stored, header.shape) : stored)
    }

    /// From the first index running fastest to the last one.
    private static func transposed(_ values: [Double], _ shape: [Int]) -> [Double] {
        guard !values.isEmpty else { return values }
        var index = [Int](repeating: 0, count: shape.count)
        return (0..<values.count).map { _ in
            var place = 0
            for axis in shape.indices.reversed() { place = place * shape[axis] + index[axis] }
            for axis in shape.indices.reversed() {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
            }
            return values[place]
        }
    }

    /// An element type as its header writes it: byte order, kind, size.
    private struct Element {
        let kind: Character
        let bytes: Int
        let isBigEndian: Bool

        init?(_ type: String) {
            let letters = Array(type)
            guard letters.count == 3, "<>|=".contains(letters[0]), let size = letters[2].wholeNumberValue else {
                return nil
            }
            let sizes: [Int]
            switch letters[1] {
            case "f": sizes = [2, 4, 8]
            case "i", "u": sizes = [1, 2, 4, 8]
            default: return nil
            }
            guard sizes.contains(size) else { return nil }
            (kind, bytes, isBigEndian) = (letters[1], size, letters[0] == ">")
        }

        func value(_ data: UnsafeRawBufferPointer, at index: Int) -> Double {
            var bits: UInt64 = 0
            for byte in 0..<bytes {
                let place = isBigEndian ? byte : bytes - 1 - byte
                bits = bits << 8 | UInt64(data[index * bytes + place])
            }
            switch (kind, bytes) {
            case ("f", 2): return Self.half(UInt16(bits))
            case ("f", 4): return Double(Float(bitPattern: UInt32(bits)))
            case ("f", _): return Double(bitPattern: bits)
            case ("u", _): return Double(bits)
            default:
                let shift = UInt64(64 - 8 * bytes)
                return Double(Int64(bitPattern: bits << shift) >> Int64(shift))
            }
        }

        /// IEEE half precision; `Float16` is not on every platform.
        private static func half(_ bits: UInt16) -> Double {
            let sign: Double = bits >> 15 == 1 ? -1 : 1
            let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
            if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
            let scale = Double(sign: .plus, exponent: max(exponent, 1) - 25, significand: 1)
            return sign * (fraction + (exponent == 0 ? 0 : 1024)) * scale
        }
    }
}
