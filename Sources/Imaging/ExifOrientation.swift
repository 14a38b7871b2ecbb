// ExifOrientation.swift — how a camera was held, from the Exif in a JPEG, PNG or WebP. Nothing else of Exif is
// read; the turning is in Image+Orientation.swift.

/// The orientation in a picture's Exif.
enum ExifOrientation {
    /// 1…8, as the tag Orientation of Exif 2.3 (4.6.4) counts them. A file without the tag, or with one that
    /// can't be read, is upright: 1. Only the segments before the pixels are looked at, of these the first
    /// that is Exif.
    static func of(jpeg bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { bytes in
            var place = 2
            while place + 4 <= bytes.count, bytes[place] == 0xFF {
                let marker = bytes[place + 1]
                if marker == 0xFF {
                    // A marker may have more than one of these before it.
                    place += 1
                    continue
                }
                // The scan and the end; markers without a length don't come before them.
                guard marker != 0xDA, marker != 0xD9 else { return 1 }
                let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
                let end = place + 2 + length
                guard length >= 2, end <= bytes.count else { return 1 }
                let content = UnsafeRawBufferPointer(rebasing: bytes[place + 4..<end])
                if marker == 0xE1, content.starts(with: prefix) { return of(exif: content) }
                place = end
            }
            return 1
        }
    }

    /// That of a PNG's chunk eXIf, which may stand before the pixels or behind them; nil without one.
    static func of(png bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBytes { bytes in
            chunk("eXIf", in: bytes, from: 8, nameFirst: false, bigEndian: true, trailing: 4).map { of(exif: $0) }
        }
    }

    /// That of a WebP's chunk EXIF.
    static func of(webp bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { bytes in
            chunk("EXIF", in: bytes, from: 12, nameFirst: true, bigEndian: false, trailing: 0).map { of(exif: $0) } ?? 1
        }
    }

    /// That of a block of Exif, with or without the prefix that it has in a JPEG.
    static func of(exif bytes: [UInt8]) -> Int { bytes.withUnsafeBytes { of(exif: $0) } }

    private static let prefix = Array("Exif\0\0".utf8)

    private static func of(exif bytes: UnsafeRawBufferPointer) -> Int {
        of(tiff: bytes.starts(with: prefix) ? UnsafeRawBufferPointer(rebasing: bytes[prefix.count...]) : bytes)
    }

    /// A chunk's content in a file that is a row of chunks: each a length and a name of four letters, in either order.
    private static func chunk(
        _ name: String, in bytes: UnsafeRawBufferPointer, from start: Int, nameFirst: Bool, bigEndian: Bool, trailing: Int
    ) -> UnsafeRawBufferPointer? {
        var place = start
        while place + 8 <= bytes.count {
            let (nameAt, lengthAt) = nameFirst ? (place, place + 4) : (place + 4, place)
            let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[lengthAt + (bigEndian ? $1 : 3 - $1)]) }
            guard place + 8 + length <= bytes.count else { return nil }
            let content = bytes[place + 8..<place + 8 + length]
            if bytes[nameAt..<nameAt + 4].elementsEqual(name.utf8) { return UnsafeRawBufferPointer(rebasing: content) }
            // Of RIFF's chunks each begins at an even place.
            place += 8 + length + trailing + (nameFirst ? length & 1 : 0)
        }
        return nil
    }

    /// The tag in the first directory of the TIFF structure that Exif is.
    private static func of(tiff bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count >= 8 else { return 1 }
        let isBigEndian = bytes[0] == 0x4D
        guard bytes[0] == bytes[1], isBigEndian || bytes[0] == 0x49 else { return 1 }
        /// A number of `size` bytes; nil beyond the end.
        func number(_ place: Int, _ size: Int) -> Int? {
            guard place + size <= bytes.count else { return nil }
            return (0..<size).reduce(0) { $0 << 8 | Int(bytes[place + (isBigEndian ? $1 : size - 1 - $1)]) }
        }
        guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else { return 1 }
        for entry in 0..<count {
            let place = directory + 2 + 12 * entry
            guard let tag = number(place, 2), let type = number(place + 2, 2), let value = number(place + 8, 2) else {
                return 1
            }
            // Type 3 is a number of 16 bits.
            if tag == 0x0112 { return type == 3 && (1...8).contains(value) ? value : 1 }
        }
        return 1
    }
}
