// JSONReader.swift — reads the little JSON that a safetensors header may hold, one value after the
// other. Not a JSON library: no trees, no fractions, and a key given twice is an error, because two
// readers would see two files.

/// A cursor over JSON text. Depth is bounded by the caller, who asks for what it expects.
struct JSONReader {
    private let bytes: [UInt8]
    private var place = 0
    private let file: String

    init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    func failure(_ problem: String) -> InterchangeError {
        .header(file: file, problem: "\(problem) (byte \(place) of the header)")
    }

    private mutating func skipSpace() {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x09, 0x0A, 0x0D: place += 1
            default: return
            }
        }
    }

    private mutating func next(_ character: Character) -> Bool {
        skipSpace()
        guard place < bytes.count, bytes[place] == character.asciiValue! else { return false }
        place += 1
        return true
    }

    private mutating func expect(_ character: Character) throws {
        guard next(character) else { throw failure("'\(character)' is missing") }
    }

    /// Calls `member` with each key, whose value it has to read.
    mutating func object(_ member: (inout JSONReader, String) throws -> Void) throws {
        try expect("{")
        if next("}") { return }
        var keys: Set<String> = []
        repeat {
            let key = try string()
            guard keys.insert(key).inserted else { throw failure("'\(key)' is there twice") }
            try expect(":")
            try member(&self, key)
        } while next(",")
        try expect("}")
    }

    /// A list of integers from 0.
    mutating func integers(most: Int) throws -> [Int] {
        try expect("[")
        var values: [Int] = []
        if next("]") { return values }
        repeat {
            guard values.count < most else { throw failure("a list has more than \(most) numbers") }
            values.append(try integer())
        } while next(",")
        try expect("]")
        return values
    }

    private mutating func integer() throws -> Int {
        skipSpace()
        let start = place
        var value = 0
        while place < bytes.count, (0x30...0x39).contains(bytes[place]) {
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, over2) = product.addingReportingOverflow(Int(bytes[place] - 0x30))
            guard !over, !over2 else { throw failure("a number is too large") }
            value = sum
            place += 1
        }
        guard place > start else { throw failure("a whole number from 0 is missing") }
        guard place - start == 1 || bytes[start] != 0x30 else { throw failure("a number starts with 0") }
        return value
    }

    mutating func string() throws -> String {
        try expect("\"")
        var text: [UInt8] = []
        while true {
            guard place < bytes.count else { throw failure("a string has no end") }
            let byte = bytes[place]
            place += 1
            switch byte {
            case 0x22:
                guard let string = String(validatingUTF8Bytes: text) else { throw failure("a string is not UTF-8") }
                return string
            case 0x5C: text += try escape()
            case 0..<0x20: throw failure("a string has a control character")
            default: text.append(byte)
            }
        }
    }

    /// The UTF-8 of what follows a backslash.
    private mutating func escape() throws -> [UInt8] {
        guard place < bytes.count else { throw failure("a string has no end") }
        let byte = bytes[place]
        place += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: return [byte]
        case 0x62: return [8]
        case 0x66: return [12]
        case 0x6E: return [10]
        case 0x72: return [13]
        case 0x74: return [9]
        case 0x75:
            var unit = UInt32(try codeUnit())
            if (0xD800..<0xDC00).contains(unit), place + 1 < bytes.count, bytes[place] == 0x5C, bytes[place + 1] == 0x75 {
                place += 2
                let low = UInt32(try codeUnit())
                guard (0xDC00..<0xE000).contains(low) else { throw failure("half a character") }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw failure("half a character") }
            return Array(String(Character(scalar)).utf8)
        default: throw failure("an unknown escape")
        }
    }

    private mutating func codeUnit() throws -> UInt16 {
        guard place + 4 <= bytes.count,
            let unit = UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16),
            bytes[place] != 0x2B
        else { throw failure("\\u without four digits") }
        place += 4
        return unit
    }

    /// Throws unless nothing but space is left.
    mutating func end() throws {
        skipSpace()
        guard place == bytes.count else { throw failure("something stands behind the header's end") }
    }
}

extension String {
    /// nil for what is not UTF-8, where `String(decoding:)` would repair it silently.
    fileprivate init?(validatingUTF8Bytes bytes: [UInt8]) {
        self.init(validating: bytes, as: UTF8.self)
    }
}
