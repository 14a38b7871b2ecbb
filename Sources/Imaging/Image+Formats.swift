// Image+Formats.swift — a picture of any format out of memory: which decoder, and how it is turned. The decoders
// are in JPEG.swift, PNG.swift, BMP.swift and GIF.swift, and behind the shim CPictureFormats.

import CPictures
import ForeignFiles

#if BLENDWAY_EXTRACT
import CPictureFormats
#endif

extension Image {
    /// Decodes a picture of any format that Blendway reads, to RGB of 8 bits, as OpenCV and Pillow do: colour
    /// profiles and gamma play no part, transparency is dropped (the colours below it show), of several pictures
    /// in a file the first is taken.
    ///
    /// It is upright: turned as its Exif, its TIFF tag or its HEIF properties say, as OpenCV and every viewer do,
    /// since landmarks and the detector of faces are of what is seen.
    /// - Throws: `ImagingError.notAPicture` with what the bytes are instead, and whatever the decoders throw.
    public static func decode(_ bytes: [UInt8]) throws(ImagingError) -> Image {
        let kind = FileKind.of(bytes: bytes)
        switch kind.format {
        case .jpeg: return try JPEG.decode(bytes).upright(orientation: ExifOrientation.of(jpeg: bytes))
        case .png:
            let picture = try DecodedPicture(.png, bytes, channels: 3, by: bw_png_decode)
            let packed = picture.exif.isEmpty ? 1 : ExifOrientation.of(exif: picture.exif)
            return picture.image.upright(orientation: ExifOrientation.of(png: bytes) ?? packed)
        case .bmp: return try BMP.decode(bytes)
        case .gif: return try GIF.decode(bytes)
        #if BLENDWAY_EXTRACT
        case .webp:
            return try DecodedPicture(.webp, bytes, by: bw_webp_decode).image.upright(orientation: ExifOrientation.of(webp: bytes))
        case .tiff: return try DecodedPicture(.tiff, bytes, by: bw_tiff_decode).uprightImage
        case .jpeg2000: return try DecodedPicture(.jpeg2000, bytes, by: bw_jpeg2000_decode).uprightImage
        case .avif: return try DecodedPicture(.avif, bytes, by: bw_avif_decode).uprightImage
        case .heic: return try DecodedPicture(.heic, bytes, by: bw_heic_decode).uprightImage
        #else
        case .webp, .tiff, .jpeg2000, .avif, .heic: throw .notBuiltIn(format: kind.format!.rawValue)
        #endif
        case nil: throw .notAPicture(kind)
        }
    }
}
