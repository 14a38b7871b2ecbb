// FrameReader.swift — one frame of a dataset as picture and landmarks, at the size wanted.

import Imaging
import Store

public enum FrameReader {
    /// - Parameter size: pixels a side; a frame of another size is resized bilinearly and its
    ///   landmarks are scaled with it.
    /// - Throws: `StoreError` if the frame cannot be read.
    public static func read(
        _ frame: Int, of file: DatasetFile, size: Int
    ) throws -> (image: Image, landmarks: Landmarks) {
        let pixels = try file.readImage(frame)
        var image = Image(width: file.width, height: file.height, pixels: pixels)
        let flat = Array(file.landmarks(of: frame))
        var points = stride(from: 0, to: flat.count, by: 2).map {
            Landmarks.Point(x: flat[$0], y: flat[$0 + 1])
        }
        if image.width != size || image.height != size {
            // Pixel centres: (x + ½) · scale − ½.
            let (sx, sy) = (Float(size) / Float(image.width), Float(size) / Float(image.height))
            points = points.map {
                Landmarks.Point(x: ($0.x + 0.5) * sx - 0.5, y: ($0.y + 0.5) * sy - 0.5)
            }
            image = try image.resized(width: size, height: size, interpolation: .bilinear)
        }
        return (image, Landmarks(points: points))
    }
}
