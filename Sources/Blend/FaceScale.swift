// FaceScale.swift — how the recipe's lengths, given for 256-pixel faces, become those of others.

/// The ratio between a picture's size and the 256 pixels that recipes are written for.
struct FaceScale {
    /// 1 for 256×256.
    let factor: Double

    init(width: Int, height: Int) {
        factor = Double(width + height) / 512
    }

    func length(_ value: Float) -> Double { Double(value) * factor }

    /// A side of the soft mask, at least 8.
    static func side(_ value: Int, of side: Int) -> Int {
        max(8, Int((Double(value) * Double(side) / 256).rounded()))
    }

    /// Half of an odd kernel without its centre, at least 1: the kernel is 2 · radius + 1.
    func radius(kernel: Int) -> Int {
        max(1, Int((Double(kernel / 2) * factor).rounded()))
    }

    /// Height of the elastic noise before it is smoothed. Smoothing white noise divides its height
    /// by sigma, so for a displacement that goes with the size the raw height goes with its square.
    func amplitude(_ value: Float) -> Float { Float(Double(value) * factor * factor) }
}
