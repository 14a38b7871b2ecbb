// DecodedPicture.swift — what a decoder in C leaves, as an image or a typed error. Not a format.

import CPictures
import ForeignFiles
import Glibc

/// A picture as one of the shims' decoders gives it, the pixels as they are stored.
struct DecodedPicture {
    let image: Image
    /// 1…8 as Exif counts, where the format itself says how it is to be turned; else 1.
    let orientation: Int
    /// Exif that only the decoder could unpack; else empty.
    let exif: [UInt8]

    var uprightImage: Image { image.upright(orientation: orientation) }

    typealias Decoder = (
        UnsafePointer<UInt8>?, Int, bw_picture_limits, UnsafeMutablePointer<bw_picture>?
    ) -> bw_picture_result

    /// - Throws: `ImagingError.malformed`, `.tooLarge`, `.unsupported`.
    init(_ format: PictureFormat, _ bytes: [UInt8], channels: Int = 3, by decode: Decoder) throws(ImagingError) {
        precondition(channels == 1 || channels == 3, "\(format.rawValue): \(channels) channels")
        var picture = bw_picture()
        picture.channels = Int32(channels)
        let limits = bw_picture_limits(side: Int64(ImageLimits.side), pixels: Int64(ImageLimits.pixels))
        let result = bytes.withUnsafeBufferPointer { decode($0.baseAddress, $0.count, limits, &picture) }
        defer {
            free(picture.pixels)
            free(picture.exif)
        }
        let (width, height) = (Int(picture.width), Int(picture.height))
        guard result == BW_PICTURE_READ, let pixels = picture.pixels else {
            let reason = withUnsafeBytes(of: picture.error) { Self.text($0.bindMemory(to: CChar.self)) }
            switch result {
            case BW_PICTURE_TOO_LARGE: throw .tooLarge(format: format.rawValue, width: width, height: height)
            case BW_PICTURE_UNSUPPORTED: throw .unsupported(format: format.rawValue, reason: reason)
            default: throw .malformed(format: format.rawValue, reason: reason.isEmpty ? "its pixels can't be decoded" : reason)
            }
        }
        image = Image(
            width: width, height: height, channels: channels,
            pixels: Array(UnsafeBufferPointer(start: pixels, count: width * height * channels)))
        orientation = (1...8).contains(picture.orientation) ? Int(picture.orientation) : 1
        exif = picture.exif.map { Array(UnsafeBufferPointer(start: $0, count: picture.exif_count)) } ?? []
    }

    /// A reason as libraries write it: up to the zero, without the point that our sentences bring.
    static func text(_ reason: some Sequence<CChar>) -> String {
        let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
