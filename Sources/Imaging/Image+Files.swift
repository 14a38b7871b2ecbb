// Image+Files.swift — pictures as files. The codecs are in JPEG.swift and PNG.swift.

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
    /// Decodes JPEG or PNG, whichever the first bytes say. A JPEG whose Exif says that the camera was held
    /// otherwise is turned upright, as OpenCV and every viewer do: landmarks, and the detector of faces, are
    /// of what is seen. `JPEG.decode` gives the pixels as they are stored.
    ///
    /// - Parameter channels: 3 for RGB, 1 for luminance.
    public static func decode(_ bytes: [UInt8], channels: Int = 3) throws(ImagingError) -> Image {
        if bytes.starts(with: [0xFF, 0xD8]) {
            return try JPEG.decode(bytes, channels: channels).upright(orientation: ExifOrientation.of(jpeg: bytes))
        }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            return try PNG.decode(bytes, channels: channels)
        }
        throw .unknownFormat(firstBytes: Array(bytes.prefix(8)))
    }

    /// Reads a JPEG or PNG file, whichever its first bytes say; the name's ending plays no part. Upright, as
    /// `decode` gives it.
    public static func read(_ path: String, channels: Int = 3) throws(ImagingError) -> Image {
        try decode(FileBytes.read(path), channels: channels)
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
