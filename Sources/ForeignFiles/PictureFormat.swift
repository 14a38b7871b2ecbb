// PictureFormat.swift — the formats of pictures that Blendway reads. Decoding is module Imaging's part.

/// A format, by the name that people know.
public enum PictureFormat: String, CaseIterable, Sendable {
    case jpeg = "JPEG"
    case png = "PNG"
    case gif = "GIF"
    case webp = "WebP"
    case bmp = "BMP"
    case tiff = "TIFF"
    case jpeg2000 = "JPEG 2000"
    case avif = "AVIF"
    case heic = "HEIC"
}
