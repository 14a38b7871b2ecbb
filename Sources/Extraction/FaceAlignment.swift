// FaceAlignment.swift — the aligned crop: which similarity, and the picture through it. Detection isn't
// here.
//
// The crop is the one of the published preprocessing: five landmarks are brought to a template of
// 112×112 pixels (that of ArcFace, shifted by 8), which is scaled to the crop's side and shrunk about its
// middle by 1.3, so that the whole head is seen.

import Imaging

/// A similarity of the plane: x' = a·x − b·y + tx, y' = b·x + a·y + ty.
public struct FaceAlignment: Equatable, Sendable {
    public var a: Double
    public var b: Double
    public var tx: Double
    public var ty: Double

    /// Eyes' upper lids, tip of the nose and corners of the mouth, in the iBUG order.
    package static let points = [37, 44, 30, 49, 55]

    /// Where they belong, for a crop of `size` pixels.
    package static func template(size: Int, scale: Double) -> [(x: Double, y: Double)] {
        let places = [
            (38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041),
        ]
        let size = Double(size)
        return places.map { x, y in
            (x: (x * size / 112 + size * (scale - 1) / 2) / scale, y: (y * size / 112 + size * (scale - 1) / 2) / scale)
        }
    }

    /// The similarity that brings `points` nearest to `template`, by least squares; nil when the
    /// points are one.
    package init?(_ points: [(x: Double, y: Double)], to template: [(x: Double, y: Double)]) {
        let count = Double(points.count)
        let px = points.reduce(0) { $0 + $1.x } / count
        let py = points.reduce(0) { $0 + $1.y } / count
        let qx = template.reduce(0) { $0 + $1.x } / count
        let qy = template.reduce(0) { $0 + $1.y } / count
        var (along, across, square) = (0.0, 0.0, 0.0)
        for (p, q) in zip(points, template) {
            let (x, y, u, v) = (p.x - px, p.y - py, q.x - qx, q.y - qy)
            along += x * u + y * v
            across += x * v - y * u
            square += x * x + y * y
        }
        guard square > 0, along != 0 || across != 0 else { return nil }
        a = along / square
        b = across / square
        tx = qx - a * px + b * py
        ty = qy - b * px - a * py
    }

    /// Where a point of the picture lies in the crop.
    package func callAsFunction(x: Double, y: Double) -> (x: Double, y: Double) {
        (x: a * x - b * y + tx, y: b * x + a * y + ty)
    }

    /// The share of a crop of `size` pixels that lies outside a picture. Counted on every fourth pixel.
    package func outside(width: Int, height: Int, size: Int) -> Double {
        let square = a * a + b * b
        let (ia, ib) = (a / square, -b / square)
        var (all, outside) = (0, 0)
        for row in stride(from: 0, to: size, by: 4) {
            for column in stride(from: 0, to: size, by: 4) {
                let (u, v) = (Double(column) - tx, Double(row) - ty)
                let (x, y) = (ia * u - ib * v, ib * u + ia * v)
                all += 1
                if !(x > -1 && y > -1 && x < Double(width) && y < Double(height)) { outside += 1 }
            }
        }
        return Double(outside) / Double(max(1, all))
    }

    /// The crop of `size` pixels, bilinear, black outside the picture. Cost: 0.3 ms at 256.
    package func crop(_ image: Image, size: Int) -> Image {
        let square = a * a + b * b
        let (ia, ib) = (a / square, -b / square)
        var result = Image(width: size, height: size)
        let (width, height) = (image.width, image.height)
        image.pixels.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                for row in 0..<size {
                    for column in 0..<size {
                        let (u, v) = (Double(column) - tx, Double(row) - ty)
                        let x = ia * u - ib * v
                        let y = ib * u + ia * v
                        guard x > -1, y > -1, x < Double(width), y < Double(height) else { continue }
                        let (left, top) = (Int(x + 1) - 1, Int(y + 1) - 1)
                        let (fx, fy) = (Float(x - Double(left)), Float(y - Double(top)))
                        for channel in 0..<3 {
                            func pixel(_ x: Int, _ y: Int) -> Float {
                                x < 0 || y < 0 || x >= width || y >= height
                                    ? 0 : Float(source[(y * width + x) * 3 + channel])
                            }
                            let above = pixel(left, top) * (1 - fx) + pixel(left + 1, top) * fx
                            let below = pixel(left, top + 1) * (1 - fx) + pixel(left + 1, top + 1) * fx
                            target[(row * size + column) * 3 + channel] = UInt8(above * (1 - fy) + below * fy + 0.5)
                        }
                    }
                }
            }
        }
        return result
    }
}
