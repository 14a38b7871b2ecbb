// NumpyHeader.swift — the header of a .npy file: a Python dictionary with three known keys.

/// `{'descr': '<f8', 'fortran_order': False, 'shape': (68, 2), }`, in any order of keys.
struct NumpyHeader {
    var type = ""
    var isFortran = false
    var shape: [Int] = []

    /// nil for anything but the one form that NumPy writes.
    init?(_ bytes: [UInt8]) {
        var scanner = Scanner(bytes: bytes)
        var keys: Set<String> = []
        guard scanner.take("{") else { return nil }
        while !scanner.take("}") {
            guard let key = scanner.quoted(), keys.insert(key).inserted, scanner.take(":") else { return nil }
            switch key {
            case "descr":
                guard let text = scanner.quoted() else { return nil }
                type = text
            case "fortran_order":
                if scanner.take("True") { isFortran = true } else if !scanner.take("False") { return nil }
            case "shape":
                guard let sides = scanner.tuple() else { return nil }
                shape = sides
            default: return nil
            }
            if !scanner.take(",") {
                guard scanner.take("}") else { return nil }
                break
            }
        }
        guard keys == ["descr", "fortran_order", "shape"], scanner.isAtEnd else { return nil }
    }

    private struct Scanner {
        let bytes: [UInt8]
        var place = 0

        private mutating func skipSpace() {
            while place < bytes.count, [0x20, 0x0A].contains(bytes[place]) { place += 1 }
        }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return place == bytes.count
            }
        }

        mutating func take(_ text: String) -> Bool {
            skipSpace()
            guard bytes[place...].starts(with: text.utf8) else { return false }
            place += text.utf8.count
            return true
        }

        mutating func quoted() -> String? {
            guard take("'"), let end = bytes[place...].firstIndex(of: 0x27) else { return nil }
            defer { place = end + 1 }
            return String(decoding: bytes[place..<end], as: UTF8.self)
        }

        mutating func tuple() -> [Int]? {
            guard take("(") else { return nil }
            var sides: [Int] = []
            while !take(")") {
                skipSpace()
                let start = place
                while place < bytes.count, (0x30...0x39).contains(bytes[place]) { place += 1 }
                // Longer ones than an Int holds are nil; 32 axes are NumPy's own limit.
                guard let side = Int(String(decoding: bytes[start..<place], as: UTF8.self)), sides.count < 32 else {
                    return nil
                }
                sides.append(side)
                if !take(",") {
                    guard take(")") else { return nil }
                    break
                }
            }
            return sides
        }
    }
}
