// NPY.swift — arrays of numbers in NumPy's .npy format, as landmarks come and go. Not for other types
// (text, structures, half precision), nor for .npz.
//
// The format is that of NEP 1 (numpy.org/neps/nep-0001-npy-format.html): a magic, a version, the length
// of a header, the header as a Python dictionary, the numbers.

/// An array as read from a .npy file, all types as Double, rows first.
public struct NPY: Equatable, Sendable {
    public let shape: [Int]
    public let values: [Double]

    /// More is no list of landmarks, and not worth the memory that a broken header may ask for.
    private static let largestCount = 1 << 24

    /// Decodes a whole file: float32, float64, or integers of 8 to 64 bits, of either byte order;
    /// Fortran's order is turned into C's.
    ///
    /// Throws `ImagingError.badArray` for everything else.
    public init(_ bytes: [UInt8]) throws(ImagingError) {
        guard bytes.count >= 10, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
            throw .badArray("it does not begin like a .npy file")
        }
        let lengthBytes: Int
        switch bytes[6] {
        case 1: lengthBytes = 2
        case 2, 3: lengthBytes = 4
        default: throw .badArray("its format version \(bytes[6]) is not known")
        }
        let start = 8 + lengthBytes
        guard bytes.count >= start else { throw .badArray("it is cut short in its header") }
        let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= bytes.count - start else { throw .badArray("it is cut short in its header") }
        let header = try Header(bytes[start..<start + length])
        let type = try ElementType(header.type)

        var count = 1
        for side in header.shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: side)
            guard !overflow, product <= Self.largestCount else {
                throw .badArray("its shape \(header.shape) is that of no landmarks")
            }
            count = product
        }
        let data = bytes[(start + length)...]
        guard data.count == count * type.size else {
            throw .badArray(
                "it has \(data.count) bytes of data where shape \(header.shape) of \(header.type) takes "
                    + "\(count * type.size); it is cut short, or something follows")
        }
        var stored: [Double] = []
        stored.reserveCapacity(count)
        for place in 0..<count {
            let first = data.startIndex + place * type.size
            stored.append(type.value(data[first..<first + type.size]))
        }
        shape = header.shape
        values = header.isFortranOrder ? Self.inRows(stored, shape: header.shape) : stored
    }

    /// Reads a file of 68 or 81 landmarks, [68, 2] or [81, 2], x and y in pixels. They are not checked
    /// for being numbers: blending does that, and names the point.
    ///
    /// Throws `ImagingError`; what is wrong with the array is `badArray`, with the path in front.
    public static func readLandmarks(_ path: String) throws(ImagingError) -> Landmarks {
        let bytes = try FileBytes.read(path)
        do throws(ImagingError) {
            let array = try NPY(bytes)
            guard array.shape.count == 2, array.shape[1] == 2, array.shape[0] == 68 || array.shape[0] == 81 else {
                throw .badArray("its shape is \(array.shape), not [68, 2] or [81, 2]")
            }
            return Landmarks(
                points: stride(from: 0, to: array.values.count, by: 2).map {
                    .init(x: Float(array.values[$0]), y: Float(array.values[$0 + 1]))
                })
        } catch {
            guard case .badArray(let reason) = error else { throw error }
            throw .badArray("\(path): \(reason)")
        }
    }

    /// Landmarks as a .npy file, float32 [L, 2].
    public static func encode(_ landmarks: Landmarks) -> [UInt8] {
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(landmarks.points.count), 2), }"
        // Data begin at a multiple of 64.
        while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
        header += "\n"
        let length = header.utf8.count
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
        bytes += Array(header.utf8)
        for point in landmarks.points {
            for value in [point.x, point.y] {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
            }
        }
        return bytes
    }

    private static func inRows(_ values: [Double], shape: [Int]) -> [Double] {
        guard shape.count > 1 else { return values }
        var result = values
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
        for place in values.indices {
            var (rest, from) = (place, 0)
            for axis in shape.indices.reversed() {
                from += rest % shape[axis] * strides[axis]
                rest /= shape[axis]
            }
            result[place] = values[from]
        }
        return result
    }
}

/// What stands in a header.
private struct Header {
    var type = ""
    var isFortranOrder = false
    var shape: [Int] = []

    /// Reads the dictionary's text: just the Python that NumPy writes there.
    init(_ bytes: ArraySlice<UInt8>) throws(ImagingError) {
        let broken = ImagingError.badArray("its header cannot be read")
        guard bytes.allSatisfy({ $0 < 128 }) else { throw broken }
        var text = Substring(String(decoding: bytes, as: UTF8.self))
        func skipSpace() { text = text.drop { $0 == " " || $0 == "\n" } }
        func take(_ word: String) -> Bool {
            skipSpace()
            guard text.hasPrefix(word) else { return false }
            text = text.dropFirst(word.count)
            return true
        }
        func quoted() throws(ImagingError) -> String {
            skipSpace()
            guard let mark = text.first, mark == "'" || mark == "\"" else { throw broken }
            let inside = text.dropFirst().prefix { $0 != mark }
            text = text.dropFirst(inside.count + 1)
            guard text.first == mark else { throw broken }
            text = text.dropFirst()
            return String(inside)
        }
        var seen: Set<String> = []
        guard take("{") else { throw broken }
        while !take("}") {
            let key = try quoted()
            guard take(":"), seen.insert(key).inserted else { throw broken }
            switch key {
            case "descr":
                skipSpace()
                guard text.first != "[" else { throw .badArray("it holds structures, not plain numbers") }
                type = try quoted()
            case "fortran_order":
                if take("True") { isFortranOrder = true } else if !take("False") { throw broken }
            case "shape":
                guard take("(") else { throw broken }
                while !take(")") {
                    skipSpace()
                    let digits = text.prefix { $0.isASCII && $0.isNumber }
                    text = text.dropFirst(digits.count)
                    guard let side = Int(digits), take(",") || text.first == ")" else { throw broken }
                    shape.append(side)
                }
            default: throw broken
            }
            _ = take(",")
        }
        skipSpace()
        guard text.isEmpty, seen == ["descr", "fortran_order", "shape"] else { throw broken }
    }
}

/// How one number is stored.
private struct ElementType {
    private let kind: Character
    let size: Int
    private let isBigEndian: Bool

    init(_ code: String) throws(ImagingError) {
        let letters = Array(code)
        guard letters.count == 3, "<>|=".contains(letters[0]), let size = letters[2].wholeNumberValue,
            letters[1] == "f" ? size == 4 || size == 8 : "iu".contains(letters[1]) && [1, 2, 4, 8].contains(size),
            letters[0] != "|" || size == 1
        else { throw .badArray("its type '\(code)' is neither float32, float64 nor an integer") }
        (kind, self.size, isBigEndian) = (letters[1], size, letters[0] == ">")
    }

    func value(_ bytes: ArraySlice<UInt8>) -> Double {
        let bits =
            isBigEndian
            ? bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            : bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch (kind, size) {
        case ("f", 4): return Double(Float(bitPattern: UInt32(bits)))
        case ("f", _): return Double(bitPattern: bits)
        case ("u", _): return Double(bits)
        default:
            let unused = 64 - 8 * size
            return Double(Int64(bitPattern: bits << unused) >> unused)
        }
    }
}
