// JPEG.swift — JPEG to and from memory, through libjpeg behind the shim CPictures. Files are in Image+Files.swift.

import CPictures
import Glibc

/// JPEG in memory; every function may run on any number of threads.
///
/// The slow-but-accurate integer transform and smooth chroma upsampling are used both ways, which
/// is what libjpeg does by default and hence OpenCV and Pillow: same library version, same bytes.
public enum JPEG {
    /// How colour is thinned out.
    public enum Subsampling: Sendable {
        /// One chroma sample for 2×2 pixels; the default of libjpeg, OpenCV and Pillow.
        case chroma420
        /// One chroma sample for 2×1 pixels.
        case chroma422
        /// None.
        case chroma444
    }

    /// Encodes a picture as a baseline JPEG. Cost: about 0.3 ms for 256×256.
    ///
    /// - Parameters:
    ///   - quality: 1…100, in libjpeg's sense.
    ///   - subsampling: ignored for grey pictures.
    public static func encode(
        _ image: Image, quality: Int, subsampling: Subsampling = .chroma420
    ) throws(ImagingError) -> [UInt8] {
        guard (1...100).contains(quality) else { throw .badQuality(quality) }
        guard ImageLimits.allow(width: image.width, height: image.height) else {
            throw .encodingFailed(format: "JPEG", reason: "\(image.width)×\(image.height) pixels")
        }
        let (horizontal, vertical): (Int32, Int32) =
            switch subsampling {
            case .chroma420: (2, 2)
            case .chroma422: (2, 1)
            case .chroma444: (1, 1)
            }
        var reason = [CChar](repeating: 0, count: Int(BW_PICTURE_ERROR_LENGTH))
        var count = 0
        let encoded = image.pixels.withUnsafeBufferPointer {
            bw_jpeg_encode(
                $0.baseAddress, Int32(image.width), Int32(image.height), Int32(image.channels), Int32(quality), horizontal,
                vertical, &count, &reason)
        }
        guard let encoded else {
            throw .encodingFailed(format: "JPEG", reason: DecodedPicture.text(reason))
        }
        defer { free(encoded) }
        return Array(UnsafeBufferPointer(start: encoded, count: count))
    }

    /// Decodes a JPEG, the pixels as they are stored: Exif plays no part. CMYK is taken as Adobe's programs write it.
    /// Data cut short or damaged is refused: what the library leaves of it is half a picture.
    ///
    /// - Parameter channels: 3 for RGB (grey files are spread), 1 for luminance.
    public static func decode(_ bytes: [UInt8], channels: Int = 3) throws(ImagingError) -> Image {
        try DecodedPicture(.jpeg, bytes, channels: channels, by: bw_jpeg_decode).image
    }
}
