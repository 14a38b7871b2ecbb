// FaceDetector+Plain.swift — the same detector by dlib's own code: the oracle of tests and benchmarks.

#if BLENDWAY_EXTRACT
import CDlib
import Imaging

extension FaceDetector {
    /// The faces of a picture, surest first, as dlib finds them.
    package static func plainFaces(in image: Image, upsample: Int) throws -> [Detection] {
        var faces = [bw_dlib_face](repeating: bw_dlib_face(), count: 1024)
        var error = [CChar](repeating: 0, count: 256)
        let count = image.pixels.withUnsafeBufferPointer {
            bw_dlib_detect(
                $0.baseAddress, Int32(image.width), Int32(image.height), Int32(upsample), &faces, Int32(faces.count),
                &error)
        }
        guard count >= 0 else { throw ExtractionError.detector(reason: VideoSource.text(error)) }
        return faces.prefix(Int(count)).map {
            Detection(
                box: FaceBox(left: Int($0.left), top: Int($0.top), right: Int($0.right), bottom: Int($0.bottom)),
                confidence: $0.confidence)
        }
    }
}
#endif
