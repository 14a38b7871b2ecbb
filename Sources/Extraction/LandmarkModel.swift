// LandmarkModel.swift — a dlib shape predictor, loaded once and shared by all threads.

import Imaging

#if BLENDWAY_EXTRACT
import CDlib
#endif

/// A model of 68 or 81 landmarks.
public final class LandmarkModel: @unchecked Sendable {
    public let path: String
    /// 68 or 81.
    public let pointCount: Int
    #if BLENDWAY_EXTRACT
    private let shape: OpaquePointer
    #endif

    /// - Throws: `ExtractionError.badModel`, `.notBuiltIn`. Cost: 0.5 s and 100 MB.
    public init(_ path: String) throws {
        #if BLENDWAY_EXTRACT
        var error = [CChar](repeating: 0, count: 256)
        guard let shape = bw_dlib_shape_load(path, &error) else {
            throw ExtractionError.badModel(path: path, reason: VideoSource.text(error))
        }
        self.path = path
        self.shape = shape
        pointCount = Int(bw_dlib_shape_points(shape))
        guard [68, 81].contains(pointCount) else {
            bw_dlib_shape_free(shape)
            throw ExtractionError.badModel(path: path, reason: "it has \(pointCount) points")
        }
        #else
        throw ExtractionError.notBuiltIn(what: "finding faces")
        #endif
    }

    #if BLENDWAY_EXTRACT
    deinit { bw_dlib_shape_free(shape) }

    /// The landmarks of a face, whole pixels of the picture.
    func points(in image: Image, box: FaceBox) throws -> [Landmarks.Point] {
        var values = [Float](repeating: 0, count: pointCount * 2)
        var error = [CChar](repeating: 0, count: 256)
        var face = bw_dlib_face(
            left: Int64(box.left), top: Int64(box.top), right: Int64(box.right), bottom: Int64(box.bottom), confidence: 0)
        let code = image.pixels.withUnsafeBufferPointer {
            bw_dlib_shape_predict(
                shape, $0.baseAddress, Int32(image.width), Int32(image.height), &face, &values, &error)
        }
        guard code == 0 else { throw ExtractionError.detector(reason: VideoSource.text(error)) }
        return (0..<pointCount).map { Landmarks.Point(x: values[2 * $0], y: values[2 * $0 + 1]) }
    }
    #endif
}
