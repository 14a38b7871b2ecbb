// PictureName.swift — a picture's file name taken apart: text, and the runs of digits in it. Which run is the
// frame's number only the names of a whole video can tell, see FrameNumbers.

/// A name below its video's folder, without the ending, in lower case.
struct PictureName {
    /// Digits 0 to 9, as many as follow each other.
    struct Run: Equatable, Comparable {
        /// Without leading zeros, "0" at least.
        let digits: [UInt8]
        /// How many there are in the name.
        let width: Int
        /// In the stem's bytes.
        let range: Range<Int>

        /// nil beyond 63 bits.
        var value: Int64? { Int64(String(decoding: digits, as: UTF8.self)) }

        static func < (a: Run, b: Run) -> Bool {
            a.digits.count != b.digits.count
                ? a.digits.count < b.digits.count : a.digits.lexicographicallyPrecedes(b.digits)
        }
        /// As numbers: paddings don't count.
        static func == (a: Run, b: Run) -> Bool { a.digits == b.digits }
    }

    /// As it was given, but for the ending.
    let stem: String
    let bytes: [UInt8]
    let runs: [Run]
    /// The stem with "#" for each run: names of one video have one shape.
    let shape: String

    init(_ name: String) {
        stem = Self.stem(name)
        let bytes = Array(stem.lowercased().utf8)
        var (runs, shape): ([Run], [UInt8]) = ([], [])
        var place = 0
        while place < bytes.count {
            guard Self.isDigit(bytes[place]) else {
                shape.append(bytes[place])
                place += 1
                continue
            }
            let end = bytes[place...].firstIndex { !Self.isDigit($0) } ?? bytes.count
            let digits = bytes[place..<end].drop { $0 == 0x30 }
            runs.append(Run(digits: digits.isEmpty ? [0x30] : Array(digits), width: end - place, range: place..<end))
            shape.append(0x23)
            place = end
        }
        (self.bytes, self.runs, self.shape) = (bytes, runs, String(decoding: shape, as: UTF8.self))
    }

    /// Without ".png": an ending has a letter, so that "12.345" is whole.
    private static func stem(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex,
            name[dot...].dropFirst().contains(where: \.isLetter), !name[dot...].contains("/")
        else { return name }
        return String(name[..<dot])
    }

    /// The words of a text, in lower case: what stands between anything but letters and digits.
    static func words(_ text: String) -> [String] {
        text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Whether digits and a dot stand right before a run: it is then the fraction of a number.
    func isFraction(_ run: Int) -> Bool {
        run > 0 && runs[run - 1].range.upperBound + 1 == runs[run].range.lowerBound
            && bytes[runs[run].range.lowerBound - 1] == 0x2E
    }

    /// In the order of a person who counts: frame2 before frame10.
    static func natural(_ a: PictureName, _ b: PictureName) -> Bool {
        if a.shape != b.shape { return a.stem < b.stem }
        for (x, y) in zip(a.runs, b.runs) where x != y { return x < y }
        return a.stem < b.stem
    }
}
