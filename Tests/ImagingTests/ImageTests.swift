// ImageTests.swift — resizing, mirroring and drawing.

import Imaging
import Testing

@Suite struct ImageTests {
    @Test func flippingTwiceIsTheIdentity() throws {
        let image = samplePicture(width: 7, height: 3)
        let flipped = image.flippedHorizontally()
        #expect(flipped != image && flipped.flippedHorizontally() == image)
        #expect(flipped[0, 1, 2] == image[6, 1, 2])
    }

    @Test(arguments: [68, 81])
    func mirroredLandmarksSwapSidesAndComeBack(count: Int) throws {
        let face = Landmarks(points: (0..<count).map { .init(x: Float($0) * 1.5, y: Float($0 * $0 % 50)) })
        let mirrored = try face.flippedHorizontally(width: 200)
        #expect(mirrored.points[36] == .init(x: 199 - face.points[45].x, y: face.points[45].y))
        #expect(mirrored.points[8].x == 199 - face.points[8].x)
        #expect(try mirrored.flippedHorizontally(width: 200) == face)
        #expect(Set(Landmarks.mirrorPartner) == Set(0..<81))
        #expect(Landmarks.mirrorPartner[..<68].allSatisfy { $0 < 68 })
    }

    @Test func otherLandmarkCountsAreRefused() {
        let face = Landmarks(points: Array(repeating: .init(x: 0, y: 0), count: 67))
        #expect(throws: ImagingError.badLandmarkCount(67)) { try face.flippedHorizontally(width: 9) }
    }

    @Test func resizingToTheSameSizeChangesNothing() throws {
        let image = samplePicture(width: 9, height: 5)
        for interpolation in [Image.Interpolation.nearest, .bilinear, .area] {
            #expect(try image.resized(width: 9, height: 5, interpolation: interpolation) == image)
        }
    }

    @Test func resizingFollowsTheUsualConventions() throws {
        let line = Image(width: 4, height: 1, channels: 1, pixels: [0, 40, 80, 200])
        #expect(try line.resized(width: 2, height: 1, interpolation: .nearest).pixels == [0, 80])
        #expect(try line.resized(width: 2, height: 1, interpolation: .bilinear).pixels == [20, 140])
        #expect(try line.resized(width: 2, height: 1, interpolation: .area).pixels == [20, 140])
        // Centres at −0.25, 0.25, 0.75 … of the old grid.
        #expect(
            try line.resized(width: 8, height: 1).pixels == [0, 10, 30, 50, 70, 110, 170, 200])
        #expect(
            try Image(width: 3, height: 1, channels: 1, pixels: [0, 90, 210])
                .resized(width: 2, height: 1, interpolation: .area).pixels == [30, 170])
    }

    @Test func aFlatPictureStaysFlatAtAnySize() throws {
        let flat = Image(width: 31, height: 17, fill: 137)
        for (width, height) in [(1, 1), (64, 3), (5, 90)] {
            for interpolation in [Image.Interpolation.nearest, .bilinear, .area] {
                let other = try flat.resized(width: width, height: height, interpolation: interpolation)
                #expect(other == Image(width: width, height: height, fill: 137))
            }
        }
        #expect(throws: ImagingError.badSize(width: 0, height: 4)) { try flat.resized(width: 0, height: 4) }
    }

    @Test func drawingIsClippedToThePicture() {
        var image = Image(width: 10, height: 8)
        image.fillRectangle(x: -5, y: -5, width: 7, height: 6, .white)
        #expect(image.pixels.filter { $0 == 255 }.count == 2 * 3)
        image.fillRectangle(x: 20, y: 20, width: 5, height: 5, .red)
        image.drawLine(from: (-3, 4), to: (14, 4), .green)
        #expect((0..<10).allSatisfy { image[$0, 4, 1] == Image.Color.green.green })
        image.drawDot(x: 0, y: 7, radius: 2, .blue)
        #expect(image[2, 7, 2] == Image.Color.blue.blue && image[2, 6, 2] == 0)
        image.paste(Image(width: 4, height: 4, channels: 1, fill: 9), x: 8, y: -2)
        #expect(image[8, 1, 0] == 9 && image[9, 0, 2] == 9 && image[7, 0, 0] == 0)
        image.paste(Image(width: 4, height: 4, fill: 9), x: -40, y: 90)
        image.drawText("Ωa9", x: 6, y: 5, scale: 3, .yellow)
    }

    @Test func textLeavesItsGlyphs() {
        var image = Image(width: 12, height: 8, channels: 1)
        image.drawText("i", x: 0, y: 0, .white)
        let row = (0..<12).map { image[$0, 0, 0] }
        #expect(row == [0, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(Image.textSize("ab", scale: 2) == (24, 16))
    }
}
