// CodecTests.swift — JPEG and PNG there and back, and what broken bytes lead to.

import ForeignFiles
import Foundation
import Imaging
import Testing

/// A smooth picture with one sharp edge, different in every channel.
func samplePicture(width: Int, height: Int, channels: Int = 3) -> Image {
    var image = Image(width: width, height: height, channels: channels)
    for y in 0..<height {
        for x in 0..<width {
            for c in 0..<channels {
                image[x, y, c] = UInt8((x * (c + 2) + y * (4 - c)) / 4 % 200 + (x > width / 2 ? 40 : 0))
            }
        }
    }
    return image
}

@Suite struct CodecTests {
    @Test(arguments: [(1, 1, 3), (1, 1, 1), (17, 5, 3), (256, 256, 3), (33, 64, 1)])
    func pngGivesBackTheSamePixels(width: Int, height: Int, channels: Int) throws {
        let image = samplePicture(width: width, height: height, channels: channels)
        #expect(try PNG.decode(PNG.encode(image), channels: channels) == image)
    }

    @Test func noiseStillFitsThePNGBuffer() throws {
        var state: UInt32 = 1
        let noise = (0..<(97 * 61 * 3)).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        let image = Image(width: 97, height: 61, pixels: noise)
        #expect(try PNG.decode(PNG.encode(image)) == image)
    }

    @Test(arguments: [(1, 1, 3), (17, 5, 3), (256, 256, 3), (33, 64, 1)])
    func jpegComesBackClose(width: Int, height: Int, channels: Int) throws {
        let image = samplePicture(width: width, height: height, channels: channels)
        let back = try JPEG.decode(
            JPEG.encode(image, quality: 100, subsampling: .chroma444), channels: channels)
        #expect(back.width == width && back.height == height && back.channels == channels)
        let worst = zip(image.pixels, back.pixels).map { abs(Int($0) - Int($1)) }.max()!
        #expect(worst <= 4)
    }

    @Test func lowerQualityTakesFewerBytes() throws {
        let image = samplePicture(width: 64, height: 64)
        let sizes = try [20, 60, 95].map { try JPEG.encode(image, quality: $0).count }
        #expect(sizes == sizes.sorted() && Set(sizes).count == 3)
        #expect(try JPEG.encode(image, quality: 95).count
            < JPEG.encode(image, quality: 95, subsampling: .chroma444).count)
    }

    @Test func qualityOutsideTheRangeIsRefused() {
        let image = samplePicture(width: 8, height: 8)
        #expect(throws: ImagingError.badQuality(0)) { try JPEG.encode(image, quality: 0) }
        #expect(throws: ImagingError.badQuality(101)) { try JPEG.encode(image, quality: 101) }
    }

    @Test func bytesCutShortThrow() throws {
        let image = samplePicture(width: 64, height: 64)
        let jpeg = try JPEG.encode(image, quality: 90)
        let png = try PNG.encode(image)
        for length in [0, 1, 2, 10, 100, jpeg.count / 2, jpeg.count - 40] {
            #expect(throws: ImagingError.self) { try JPEG.decode(Array(jpeg.prefix(length))) }
        }
        for length in [0, 1, 8, 20, png.count / 2] {
            #expect(throws: ImagingError.self) { try PNG.decode(Array(png.prefix(length))) }
        }
        #expect(throws: ImagingError.notAPicture(FileKind.of(bytes: [1, 2, 3]))) { try Image.decode([1, 2, 3]) }
    }

    @Test func headersThatPromiseTooMuchAreRefused() throws {
        let image = samplePicture(width: 16, height: 16)
        var jpeg = try JPEG.encode(image, quality: 90)
        // The frame header: marker, length, precision, then height and width.
        let frame = jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 }!
        jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0xFF, 0xDC, 0xFF, 0xDC])
        #expect(throws: ImagingError.tooLarge(format: "JPEG", width: 65500, height: 65500)) {
            try JPEG.decode(jpeg)
        }
        var png = try PNG.encode(image)
        png.replaceSubrange(16..<24, with: [0, 0, 0x80, 0, 0, 0, 0x80, 0])
        // The header's checksum is wrong now as well; either way it must throw.
        #expect(throws: ImagingError.self) { try PNG.decode(png) }
    }

    @Test func anyDamagedByteThrowsOrDecodes() throws {
        let image = samplePicture(width: 24, height: 24)
        for original in [try JPEG.encode(image, quality: 80), try PNG.encode(image)] {
            for position in original.indices {
                var bytes = original
                bytes[position] ^= 0xA5
                _ = try? Image.decode(bytes)
            }
        }
    }

    @Test func filesAreReadByContentAndFailWithTheirPath() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let image = samplePicture(width: 300, height: 200)
        let path = folder.appendingPathComponent("picture.jpg").path
        try PNG.write(image, path)
        #expect(try Image.read(path) == image)
        try JPEG.write(image, path)
        #expect(try Image.read(path) == JPEG.decode(JPEG.encode(image, quality: 95)))
        #expect(throws: ImagingError.unreadableFile(path: "/no/such", reason: "No such file or directory")) {
            try Image.read("/no/such")
        }
        #expect(throws: ImagingError.self) { try PNG.read(folder.path) }
        #expect(throws: ImagingError.self) { try PNG.write(image, folder.path + "/no/such.png") }
    }

    @Test func concurrentCallsAgree() async throws {
        let image = samplePicture(width: 120, height: 90)
        let expected = try JPEG.decode(JPEG.encode(image, quality: 70))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 {
                group.addTask { (try? JPEG.decode(JPEG.encode(image, quality: 70))) == expected }
            }
            for await same in group { #expect(same) }
        }
    }
}
