// Image+Files.swift — pictures as files. Decoding is in Image+Formats.swift.

import Glibc

extension PNG {
    /// Reads a PNG file.
    public static func read(_ path: String, channels: Int = 3) throws(ImagingError) -> Image {
        try decode(FileBytes.read(path), channels: channels)
    }

    /// Writes a PNG file, replacing one that is there.
    public static func write(_ image: Image, _ path: String) throws(ImagingError) {
        try FileBytes.write(encode(image), path)
    }
}

extension JPEG {
    /// Reads a JPEG file, the pixels as they are stored.
    public static func read(_ path: String, channels: Int = 3) throws(ImagingError) -> Image {
        try decode(FileBytes.read(path), channels: channels)
    }

    /// Writes a JPEG file, replacing one that is there.
    public static func write(
        _ image: Image, _ path: String, quality: Int = 95
    ) throws(ImagingError) {
        try FileBytes.write(encode(image, quality: quality), path)
    }
}

extension Image {
    /// Reads a picture file, of whatever format its contents are; the name's ending plays no part. Upright, as
    /// `decode` gives it.
    public static func read(_ path: String) throws(ImagingError) -> Image {
        try decode(FileBytes.read(path))
    }
}

/// Whole files as bytes, with the system's reason in the error.
enum FileBytes {
    static func read(_ path: String) throws(ImagingError) -> [UInt8] {
        guard let file = fopen(path, "rb") else {
            throw .unreadableFile(path: path, reason: reason())
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        let step = 1 << 16
        while true {
            let before = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: step))
            let got = bytes.withUnsafeMutableBytes { fread($0.baseAddress! + before, 1, step, file) }
            bytes.removeLast(step - got)
            guard got == step else { break }
        }
        if ferror(file) != 0 { throw .unreadableFile(path: path, reason: reason()) }
        return bytes
    }

    static func write(_ bytes: [UInt8], _ path: String) throws(ImagingError) {
        guard let file = fopen(path, "wb") else {
            throw .unwritableFile(path: path, reason: reason())
        }
        let written = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        // A full disk may show only when the buffer is flushed.
        let why = reason()
        let closed = fclose(file) == 0
        guard written == bytes.count, closed else {
            throw .unwritableFile(path: path, reason: closed ? why : reason())
        }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
