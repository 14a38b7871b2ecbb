// FaceDetectorTests.swift — our kernels against dlib's own code, on photographs and on noise.

#if BLENDWAY_EXTRACT
import Extraction
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct FaceDetectorTests {
    /// Boxes to the pixel or two (they lie on a grid of levels and cells); scores to what the last bit of
    /// a resized pixel does, since dlib sums up positions in float32 and ours do not drift.
    private func compare(_ image: Image, upsample: Int, _ name: String) throws -> Int {
        let plain = try FaceDetector.plainFaces(in: image, upsample: upsample)
        let ours = try FaceDetector().faces(in: image, upsample: upsample)
        // A face right at the threshold may be there or not.
        let sure = plain.filter { $0.confidence > 0.05 }
        #expect(ours.count >= sure.count && ours.count <= plain.count + 1, "\(name): \(ours.count) for \(plain.count)")
        for face in sure {
            let near = ours.first {
                abs($0.box.left - face.box.left) <= 2 && abs($0.box.top - face.box.top) <= 2
                    && abs($0.box.right - face.box.right) <= 2 && abs($0.box.bottom - face.box.bottom) <= 2
            }
            let found = try #require(near, "\(name): dlib's \(face) is not among \(ours)")
            #expect(abs(found.confidence - face.confidence) < 0.05, "\(name): \(found) for \(face)")
        }
        return sure.count
    }

    @Test(.enabled(if: ExamplePictures.hasPhotos, "libdlib19.1's example photographs and libdlib-data are needed"))
    func theSameFacesAreFoundAsByDlib() throws {
        var faces = 0
        for name in ["2007_007763.jpg", "2008_001322.jpg", "2009_004587.jpg", "Tom_Cruise_avp_2014_4.jpg", "dogs.jpg"] {
            let image = try Image.read("\(ExamplePictures.dlib)/faces/\(name)")
            faces += try compare(image, upsample: 1, name)
            _ = try compare(image, upsample: 0, name)
        }
        #expect(faces >= 8)
        let johns = FileManager.default.enumerator(atPath: "\(ExamplePictures.dlib)/johns")!.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".jpg") }.sorted()
        #expect(johns.count == 55)
        for name in johns.enumerated().filter({ $0.offset % 9 == 0 }).map(\.element) {
            #expect(try compare(Image.read("\(ExamplePictures.dlib)/johns/\(name)"), upsample: 1, name) >= 1)
        }
    }

    @Test func oddSizesAreNoTrouble() throws {
        for (width, height) in [(1, 1), (2, 5), (7, 9), (16, 200), (200, 16), (63, 64), (65, 81), (80, 80), (513, 97), (640, 23)] {
            var image = Image(width: width, height: height)
            var state: UInt32 = 7
            for place in image.pixels.indices {
                state = state &* 1_664_525 &+ 1_013_904_223
                image.pixels[place] = UInt8(state >> 24)
            }
            for upsample in 0...1 { _ = try compare(image, upsample: upsample, "\(width)×\(height)") }
        }
    }
}
#endif
