// FaceAlignmentTests.swift — the similarity and the crop, against scikit-image's and OpenCV's numbers.

import Extraction
import Imaging
import Testing

@Suite struct FaceAlignmentTests {
    /// skimage.transform.SimilarityTransform.estimate on five points and the template at 256 pixels.
    @Test func theSimilarityIsThatOfThePublishedTool() throws {
        let points: [(x: Double, y: Double)] = [(201, 310), (305, 302), (262, 371), (219, 428), (303, 420)]
        let alignment = try #require(FaceAlignment(points, to: FaceAlignment.template(size: 256, scale: 1.3)))
        #expect(abs(alignment.a - 0.599_984_75) < 1e-6, "\(alignment)")
        #expect(abs(alignment.b - 0.041_116_43) < 1e-6, "\(alignment)")
        #expect(abs(alignment.tx + 11.693_234) < 1e-4, "\(alignment)")
        #expect(abs(alignment.ty + 74.365_04) < 1e-4, "\(alignment)")
        #expect(FaceAlignment([(3, 3), (3, 3), (3, 3), (3, 3), (3, 3)], to: FaceAlignment.template(size: 256, scale: 1.3)) == nil)
    }

    @Test func thePlainPictureComesThroughUnchangedAndBlackAround() throws {
        var image = Image(width: 40, height: 30)
        for place in image.pixels.indices { image.pixels[place] = UInt8(place % 251) }
        let same = try #require(FaceAlignment([(0, 0), (10, 0), (0, 10)], to: [(5, 5), (15, 5), (5, 15)]))
        let crop = same.crop(image, size: 64)
        #expect(crop[4, 20, 0] == 0 && crop[20, 4, 1] == 0 && crop[63, 63, 2] == 0)
        for (x, y) in [(0, 0), (39, 29), (17, 11)] {
            for channel in 0..<3 { #expect(crop[x + 5, y + 5, channel] == image[x, y, channel]) }
        }
    }
}
