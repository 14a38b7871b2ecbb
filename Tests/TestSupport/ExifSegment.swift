// ExifSegment.swift — a JPEG with an orientation, as a phone writes it. Nothing else of Exif.

/// An Exif segment that holds the orientation and one tag before it.
public enum ExifSegment {
    /// `jpeg` with such a segment behind its first marker.
    /// - Parameters:
    ///   - type: of the tag's value; 3, a number of 16 bits, is the right one.
    ///   - entries: tags that the directory is said to have.
    ///   - directory: where it is said to be, counted from the byte order's letters.
    public static func put(
        into jpeg: [UInt8], orientation: Int, bigEndian: Bool = true, type: Int = 3, entries: Int = 2, directory: Int = 8
    ) -> [UInt8] {
        func number(_ value: Int, _ size: Int) -> [UInt8] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return bigEndian ? bytes.reversed() : bytes
        }
        func entry(_ tag: Int, _ type: Int, _ value: [UInt8]) -> [UInt8] {
            number(tag, 2) + number(type, 2) + number(1, 4) + value
        }
        let content: [[UInt8]] = [
            Array("Exif\0\0".utf8), Array((bigEndian ? "MM" : "II").utf8), number(42, 2), number(directory, 4),
            number(entries, 2), entry(0x0100, 4, number(640, 4)),
            entry(0x0112, type, number(orientation, 2) + [0, 0]), number(0, 4),
        ]
        let length = content.joined().count + 2
        var result = jpeg
        result.insert(contentsOf: [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + content.joined(), at: 2)
        return result
    }
}
