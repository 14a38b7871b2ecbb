// ImageLimits.swift — how large a picture may be.

/// Bounds that a header is held to before memory is taken for its pixels.
public enum ImageLimits {
    /// Pixels along either side.
    public static let side = 16384
    /// Pixels in all: an 8K video frame twice over.
    public static let pixels = 1 << 26

    /// Whether a picture of this size is accepted.
    public static func allow(width: Int, height: Int) -> Bool {
        width >= 1 && height >= 1 && width <= side && height <= side && width * height <= pixels
    }
}
