// PNG.swift — PNG to and from memory: written through libpng's simplified API, read through its rows behind the
// shim CPictures. Files are in Image+Files.swift.

import CPNGSystem
import CPictures

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

    /// Decodes a PNG of any kind to 8 bits, as OpenCV and Pillow do: gamma and colour profiles play no part,
    /// transparency is dropped, so that the colours below it show, and of 16 bits the upper 8 are taken. The pixels
    /// as they are stored: Exif plays no part.
    ///
    /// - Parameter channels: 3 for RGB (grey files are spread), 1 for luminance.
    public static func decode(_ bytes: [UInt8], channels: Int = 3) throws(ImagingError) -> Image {
        try DecodedPicture(.png, bytes, channels: channels, by: bw_png_decode).image
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
