// PNG.swift — PNG to and from memory through libpng's simplified API. Files are in Image+Files.swift.

import CPNG

/// PNG in memory; every function may run on any number of threads.
public enum PNG {
    /// Encodes a picture. Lossless: decoding with the same channel count gives the same pixels.
    public static func encode(_ image: Image) throws(ImagingError) -> [UInt8] {
        var control = png_image()
        control.version = UInt32(PNG_IMAGE_VERSION)
        control.width = UInt32(image.width)
        control.height = UInt32(image.height)
        control.format = format(channels: image.channels)
        defer { png_image_free(&control) }

        // Stored uncompressed plus filter bytes and chunk heads is the worst that deflate does.
        let raw = image.pixels.count + image.height
        let capacity = raw + raw / 1000 * 6 + 4096
        var size = capacity
        var succeeded = false
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            succeeded = image.pixels.withUnsafeBufferPointer {
                png_image_write_to_memory(
                    &control, buffer.baseAddress, &size, 0, $0.baseAddress, 0, nil) != 0
            }
            count = succeeded ? size : 0
        }
        guard succeeded else { throw .encodingFailed(format: "PNG", reason: message(of: control)) }
        return bytes
    }

    /// Decodes a PNG of any kind to 8 bits; transparency is put on black.
    ///
    /// - Parameter channels: 3 for RGB (grey files are spread), 1 for luminance.
    public static func decode(_ bytes: [UInt8], channels: Int = 3) throws(ImagingError) -> Image {
        precondition(channels == 1 || channels == 3, "PNG: \(channels) channels")
        var control = png_image()
        control.version = UInt32(PNG_IMAGE_VERSION)
        defer { png_image_free(&control) }

        // libpng keeps the pointer between the two calls: both must see the same storage.
        let result = bytes.withUnsafeBufferPointer { source -> Result<Image, ImagingError> in
            guard let start = source.baseAddress,
                png_image_begin_read_from_memory(&control, start, source.count) != 0
            else { return .failure(.malformed(format: "PNG", reason: message(of: control))) }
            let (width, height) = (Int(control.width), Int(control.height))
            guard ImageLimits.allow(width: width, height: height) else {
                return .failure(.tooLarge(format: "PNG", width: width, height: height))
            }
            control.format = format(channels: channels)
            // 16-bit files are taken for sRGB like 8-bit ones, as every other reader does.
            control.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
            var image = Image(width: width, height: height, channels: channels)
            let succeeded = image.pixels.withUnsafeMutableBufferPointer {
                png_image_finish_read(&control, nil, $0.baseAddress, 0, nil) != 0
            }
            return succeeded
                ? .success(image)
                : .failure(.malformed(format: "PNG", reason: message(of: control)))
        }
        return try result.get()
    }

    private static func format(channels: Int) -> UInt32 {
        UInt32(channels == 1 ? 0 : PNG_FORMAT_FLAG_COLOR)
    }

    private static func message(of control: png_image) -> String {
        withUnsafeBytes(of: control.message) { bytes in
            let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            return text.isEmpty ? "no data" : text
        }
    }
}
