// FormatTests.swift — pictures of every format: against Pillow's and OpenCV's pixels where Python has them, and
// small ones that are stored here where it hasn't.

import ForeignFiles
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct FormatTests {
    #if BLENDWAY_EXTRACT
    private static let isBuiltIn = true
    #else
    private static let isBuiltIn = false
    #endif
    private static let needsLibraries: ConditionTrait = .enabled(if: isBuiltIn, "the program was built with BLENDWAY_EXTRACT=0")

    private static let interpreter = isBuiltIn ? python(with: ["cv2", "numpy", "PIL.AvifImagePlugin"]) : nil

    /// Largest difference of any value; nil where sizes differ.
    private func difference(_ one: Image, _ other: Image) -> Int? {
        guard one.width == other.width, one.height == other.height else { return nil }
        return zip(one.pixels, other.pixels).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
    }

    private func ppm(_ path: String) throws -> Image? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        // "P6", the size, "255", each followed by one white space.
        let head = data.prefix(32).split(whereSeparator: { $0 == 0x0A || $0 == 0x20 }).prefix(4)
        let numbers = head.dropFirst().compactMap { Int(String(decoding: $0, as: UTF8.self)) }
        let start = head.map(\.count).reduce(4, +)
        return Image(width: numbers[0], height: numbers[1], pixels: [UInt8](data.dropFirst(start)))
    }

    @Test(.enabled(if: interpreter != nil, "needs the libraries of pictures, and Python with numpy, OpenCV and a Pillow that knows AVIF"))
    func everyKindHasThePixelsOfPillowOrOpenCV() throws {
        try withTemporaryFolder { folder in
            let script = "\(packageFolder)/Tests/ImagingTests/Oracle/make_pictures.py"
            let made = try run(Self.interpreter!, [script, folder], timeout: 240)
            #expect(made.status == 0, "\(made)")
            let names = made.stdout.split(separator: "\n").map(String.init)
            #expect(names.count > 120)
            for name in names {
                let ours = try Image.read("\(folder)/\(name)")
                let differences = try ["pillow", "opencv"].compactMap { try ppm("\(folder)/\(name).\($0).ppm") }
                    .map { difference(ours, $0) ?? 999 }
                #expect((differences.min() ?? 999) <= 1, "\(name): \(ours.width)×\(ours.height), \(differences)")
            }
        }
    }

    private static let always: [(String, [UInt8])] = [
        ("gif", SmallPictures.gif), ("bmp", SmallPictures.bmp), ("bmp8", SmallPictures.bmp8), ("cmyk", SmallPictures.cmyk),
        ("progressive", SmallPictures.progressive),
    ]
    private static let withLibraries: [(String, [UInt8])] = [
        ("webp", SmallPictures.webp), ("webpLossy", SmallPictures.webpLossy), ("webpMoving", SmallPictures.webpMoving),
        ("tiff", SmallPictures.tiff), ("tiffJPEG", SmallPictures.tiffJPEG), ("jp2", SmallPictures.jp2),
        ("j2kLossy", SmallPictures.j2kLossy), ("avif", SmallPictures.avif), ("avifTurned", SmallPictures.avifTurned),
        ("heic", SmallPictures.heic),
    ]

    @Test func storedPicturesShowARedAndABlueHalf() throws {
        for (name, bytes) in Self.always + (Self.isBuiltIn ? Self.withLibraries : []) {
            let image = try Image.decode(bytes)
            let size = name == "heic" ? (64, 64) : name == "avifTurned" ? (12, 16) : (16, 12)
            #expect((image.width, image.height) == size, "\(name)")
            // Turned clockwise, the left half is above.
            let blue = name == "avifTurned" ? (2, size.1 - 2) : (size.0 - 2, 2)
            for ((x, y), colour) in [((2, 2), [200, 40, 30]), (blue, [20, 60, 180])] {
                for channel in 0..<3 {
                    #expect(abs(Int(image[x, y, channel]) - colour[channel]) <= 12, "\(name) at \(x), \(y): \(image[x, y, channel])")
                }
            }
        }
    }

    @Test(.enabled(if: !isBuiltIn, "this build has the libraries"))
    func withoutTheLibrariesTheFormatIsNamed() {
        for (name, bytes) in Self.withLibraries {
            #expect { try Image.decode(bytes) } throws: { "\($0)".contains("BLENDWAY_EXTRACT=0") } 
            _ = name
        }
    }

    /// Of every format, a file that is cut in its pixels is refused by the format's name.
    @Test func picturesCutShortAreRefusedByName() throws {
        let kinds: [(String, [UInt8])] =
            [("GIF", SmallPictures.gif), ("BMP", SmallPictures.bmp), ("JPEG", SmallPictures.progressive)]
            + (Self.isBuiltIn
                ? [
                    ("WebP", SmallPictures.webp), ("TIFF", SmallPictures.tiffJPEG), ("JPEG 2000", SmallPictures.jp2),
                    ("AVIF", SmallPictures.avif), ("HEIC", SmallPictures.heic),
                ] : [])
        for (format, bytes) in kinds {
            for keep in [bytes.count * 3 / 4, bytes.count / 2, 40] {
                #expect { try Image.decode(Array(bytes.prefix(keep))) } throws: { error in
                    let text = "\(error)"
                    return error is ImagingError && text.contains(format)
                }
            }
        }
    }

    // MARK: JPEG and PNG, which need no oracle

    @Test func paddingBeforeMarkersIsNoDamage() throws {
        let image = samplePicture(width: 64, height: 48)
        let sound = try JPEG.encode(image, quality: 90)
        let expected = try JPEG.decode(sound)
        let scan = sound.indices.first { sound[$0] == 0xFF && sound[$0 + 1] == 0xDA }!
        for padding in [[UInt8](repeating: 0xFF, count: 7), [UInt8](repeating: 0, count: 700), [1, 2, 3]] {
            var before = sound
            before.insert(contentsOf: padding, at: scan)
            #expect(try JPEG.decode(before) == expected)
            var behind = sound
            behind.insert(contentsOf: padding, at: sound.count - 2)
            #expect(try JPEG.decode(behind) == expected)
        }
        // What a damaged place leaves over is no padding.
        var damaged = sound
        damaged.insert(contentsOf: (0..<60).map { UInt8($0 * 3 + 1) }, at: sound.count - 2)
        #expect(throws: ImagingError.self) { try JPEG.decode(damaged) }
    }

    /// A chunk with its checksum.
    private func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) } }
        let body = Array(name.utf8) + content
        var checksum = ~UInt32(0)
        for byte in body {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return number(UInt32(content.count)) + body + number(~checksum)
    }

    @Test(arguments: [UInt32(50994), 55556, 100_000]) func gammaPlaysNoPart(gamma: UInt32) throws {
        let image = samplePicture(width: 33, height: 20)
        var bytes = try PNG.encode(image)
        // Without the encoder's own sRGB chunk, which would come before gamma.
        let own = bytes.indices.first { bytes[$0...].starts(with: "sRGB".utf8) }
        if let own { bytes.removeSubrange(own - 4..<own + 9) }
        bytes.insert(contentsOf: chunk("gAMA", [UInt8(gamma >> 24), UInt8(gamma >> 16 & 255), UInt8(gamma >> 8 & 255), UInt8(gamma & 255)]), at: 33)
        #expect(try Image.decode(bytes) == image)
    }

    @Test func exifTurnsPNGWhereverItStands() throws {
        let image = samplePicture(width: 33, height: 20)
        let png = try PNG.encode(image)
        let jpeg = ExifSegment.put(into: [0xFF, 0xD8], orientation: 6)
        // Behind the marker, the length and "Exif", zero, zero.
        let exif = chunk("eXIf", Array(jpeg.dropFirst(2 + 4 + 6)))
        for place in [33, png.count - 12] {
            var bytes = png
            bytes.insert(contentsOf: exif, at: place)
            let turned = try Image.decode(bytes)
            #expect(turned.width == 20 && turned.height == 33)
            #expect((0..<3).allSatisfy { turned[19, 0, $0] == image[0, 0, $0] })
        }
    }

    @Test func whatIsNoPictureIsNamed() throws {
        for (bytes, name) in [
            (Array("version https://git-lfs.github.com/spec/v1\nsize 12\n".utf8), "git lfs pull"),
            (Array("<html></html>".utf8), "a web page"), ([UInt8](), "an empty file"), (Array("8BPS".utf8), "Photoshop"),
        ] {
            #expect { try Image.decode(bytes) } throws: { "\($0)".contains(name) }
        }
    }
}
