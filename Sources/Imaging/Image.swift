// Image.swift — an 8-bit picture in memory, and nothing else: no codecs, no drawing.

/// An 8-bit picture, rows from the top, channels interleaved (RGB unless said otherwise).
///
/// A value type over one contiguous array of `height · width · channels` bytes.
public struct Image: Equatable, Sendable {
    /// Pixels across.
    public let width: Int
    /// Pixels down.
    public let height: Int
    /// 1 (grey) or 3 (RGB).
    public let channels: Int
    /// `[height, width, channels]`, row-major.
    public var pixels: [UInt8]

    /// A picture of one value.
    public init(width: Int, height: Int, channels: Int = 3, fill: UInt8 = 0) {
        self.init(
            width: width, height: height, channels: channels,
            pixels: [UInt8](repeating: fill, count: width * height * channels))
    }

    /// Takes over `pixels`, whose count has to be `width · height · channels`.
    public init(width: Int, height: Int, channels: Int = 3, pixels: [UInt8]) {
        precondition(
            width > 0 && height > 0 && (channels == 1 || channels == 3)
                && pixels.count == width * height * channels,
            "Image: \(pixels.count) bytes for \(width)×\(height)×\(channels)")
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// One channel of one pixel.
    @inlinable
    public subscript(x: Int, y: Int, channel: Int) -> UInt8 {
        get { pixels[(y * width + x) * channels + channel] }
        set { pixels[(y * width + x) * channels + channel] = newValue }
    }
}
