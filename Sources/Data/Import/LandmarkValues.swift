// LandmarkValues.swift — what landmarks of strangers must fulfil before they are believed.

/// Checks of landmarks, with the reasons as text.
public enum LandmarkValues {
    /// [L, 2] or [1, L, 2] with L of 68 or 81, finite.
    /// - Throws: `NumpyArray.Problem`.
    public static func points(_ array: NumpyArray) throws -> [Float] {
        let shape = array.shape.count == 3 && array.shape[0] == 1 ? Array(array.shape.dropFirst()) : array.shape
        guard shape.count == 2, [68, 81].contains(shape[0]), shape[1] == 2 else {
            throw NumpyArray.Problem(
                text: "it has the shape [\(array.shape.map(String.init).joined(separator: ", "))], not [68, 2] or [81, 2]")
        }
        let points = array.values.map(Float.init)
        guard points.allSatisfy(\.isFinite) else {
            throw NumpyArray.Problem(text: "it holds numbers that are not finite")
        }
        return points
    }

    /// Why landmarks can't be those of the face in a picture; nil if they can. A point may lie a
    /// good way outside (foreheads do), not anywhere, and the face may not be a dot.
    public static func problem(_ points: [Float], width: Int, height: Int) -> String? {
        let x = stride(from: 0, to: points.count, by: 2).map { points[$0] }
        let y = stride(from: 1, to: points.count, by: 2).map { points[$0] }
        let (w, h) = (Float(width), Float(height))
        let (left, right, top, bottom) = (x.min()!, x.max()!, y.min()!, y.max()!)
        guard left > -w / 2, right < w * 1.5, top > -h / 2, bottom < h * 1.5 else {
            return "its landmarks lie far outside the picture of \(width)×\(height) pixels "
                + "(x \(left) to \(right), y \(top) to \(bottom)): are they of the uncropped frame?"
        }
        let inside = (0..<68).count { (0..<w).contains(x[$0]) && (0..<h).contains(y[$0]) }
        guard inside >= 40 else {
            return "\(68 - inside) of its first 68 landmarks lie outside the picture of \(width)×\(height) pixels: are "
                + "they of another crop?"
        }
        guard right - left > w / 20, bottom - top > h / 20 else {
            return "its landmarks cover \(right - left)×\(bottom - top) pixels only: no face"
        }
        return nil
    }
}

extension LandmarkValues {
    /// Landmarks as DeepfakeBench's LMDB has them: the bare elements of an array of [L, 2], of which
    /// neither shape nor type is kept. Their number tells L and width; whole numbers and floats are
    /// told apart by their bits, since a float's, read as an integer, is far larger than any picture.
    /// - Throws: `NumpyArray.Problem`.
    public static func points(packed bytes: [UInt8]) throws -> [Float] {
        let count: Int
        switch bytes.count {
        case 68 * 2 * 4, 68 * 2 * 8: count = 136
        case 81 * 2 * 4, 81 * 2 * 8: count = 162
        default: throw NumpyArray.Problem(text: "its \(bytes.count) bytes are neither 68 nor 81 landmarks")
        }
        let isLong = bytes.count == count * 8
        let bits = bytes.withUnsafeBytes { buffer in
            (0..<count).map { place in
                isLong
                    ? Int64(littleEndian: buffer.loadUnaligned(fromByteOffset: place * 8, as: Int64.self))
                    : Int64(Int32(littleEndian: buffer.loadUnaligned(fromByteOffset: place * 4, as: Int32.self)))
            }
        }
        if bits.allSatisfy({ $0.magnitude < 1_048_576 }) { return bits.map(Float.init) }
        let points = bits.map {
            isLong ? Float(Double(bitPattern: UInt64(bitPattern: $0))) : Float(bitPattern: UInt32(truncatingIfNeeded: $0))
        }
        guard points.allSatisfy({ $0.isFinite && $0.magnitude < 1_048_576 }) else {
            throw NumpyArray.Problem(text: "they are no pixels")
        }
        return points
    }
}
