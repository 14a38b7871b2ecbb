// ExifOrientation.swift — how a camera was held, from the Exif segment of a JPEG. Nothing else of Exif is read;
// the turning is in Image+Orientation.swift.

/// The orientation in a JPEG's header.
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
                if marker == 0xE1, content.starts(with: Array("Exif\0\0".utf8)) {
                    return of(tiff: UnsafeRawBufferPointer(rebasing: content[6...]))
                }
                place = end
            }
            return 1
        }
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
