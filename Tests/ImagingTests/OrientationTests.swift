// OrientationTests.swift — photos that a camera stored turned or mirrored, and Exif that is none.

import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct OrientationTests {
    /// Exif's own words for each orientation: what the first row and the first column show.
    private static let sides: [(row: String, column: String)] = [
        ("top", "left"), ("top", "right"), ("bottom", "right"), ("bottom", "left"), ("left", "top"),
        ("right", "top"), ("right", "bottom"), ("left", "bottom"),
    ]

    /// How far a line is from the left or from the top, counted from a side.
    private func place(_ index: Int, from side: String, of count: Int) -> Int {
        ["right", "bottom"].contains(side) ? count - 1 - index : index
    }

    @Test(arguments: 1...8, [true, false])
    func photosAreTurnedAsTheirExifSays(orientation: Int, bigEndian: Bool) throws {
        let stored = try JPEG.encode(samplePicture(width: 29, height: 13), quality: 95)
        let photo = ExifSegment.put(into: stored, orientation: orientation, bigEndian: bigEndian)
        let sides = Self.sides[orientation - 1]
        for channels in [1, 3] { #expect(try JPEG.decode(photo, channels: channels) == JPEG.decode(stored, channels: channels)) }
        let pixels = try JPEG.decode(stored)
        let upright = try Image.decode(photo)
        let isTurned = orientation > 4
        #expect(upright.width == (isTurned ? 13 : 29) && upright.height == (isTurned ? 29 : 13))
        guard upright.width == (isTurned ? 13 : 29) else { return }
        var expected = Image(width: upright.width, height: upright.height)
        for row in 0..<13 {
            for column in 0..<29 {
                let across = isTurned ? place(row, from: sides.row, of: 13) : place(column, from: sides.column, of: 29)
                let down = isTurned ? place(column, from: sides.column, of: 29) : place(row, from: sides.row, of: 13)
                for channel in 0..<3 { expected[across, down, channel] = pixels[column, row, channel] }
            }
        }
        #expect(upright == expected)
    }

    /// OpenCV turns photos by itself; both must show the same, to the differences of two JPEG decoders.
    @Test(.enabled(if: python(with: ["cv2"]) != nil, "Python with cv2 is needed"))
    func openCVTurnsThemTheSameWay() throws {
        try withTemporaryFolder { folder in
            let stored = try JPEG.encode(samplePicture(width: 29, height: 13), quality: 95, subsampling: .chroma444)
            let script = """
                import cv2, sys
                for path in sys.argv[1:]:
                    picture = cv2.imread(path)[:, :, ::-1]
                    print(*picture.shape[1::-1], *picture.reshape(-1))
                """
            let paths = try (1...8).map { orientation in
                let path = "\(folder)/\(orientation).jpg"
                try PublishedLayout.write(
                    path, ExifSegment.put(into: stored, orientation: orientation, bigEndian: orientation % 2 == 0))
                return path
            }
            let result = try run(python(with: ["cv2"])!, ["-c", script] + paths)
            #expect(result.status == 0, "\(result)")
            let lines = result.stdout.split(separator: "\n")
            #expect(lines.count == 8)
            for (path, line) in zip(paths, lines) {
                let numbers = line.split(separator: " ").compactMap { Int($0) }
                let upright = try Image.read(path)
                #expect(Array(numbers.prefix(2)) == [upright.width, upright.height])
                let worst = zip(numbers.dropFirst(2), upright.pixels).map { abs($0 - Int($1)) }.max()!
                #expect(worst <= 4, "\(path): \(worst)")
            }
        }
    }

    @Test func whatIsNoOrientationLeavesThePhotoAsItIs() throws {
        let stored = try JPEG.encode(samplePicture(width: 29, height: 13), quality: 95)
        let plain = try Image.decode(stored)
        let photo = ExifSegment.put(into: stored, orientation: 6)
        var others = [
            ExifSegment.put(into: stored, orientation: 0), ExifSegment.put(into: stored, orientation: 9),
            ExifSegment.put(into: stored, orientation: 0x0600), ExifSegment.put(into: stored, orientation: 6, type: 4),
            ExifSegment.put(into: stored, orientation: 6, entries: 0),
            ExifSegment.put(into: stored, orientation: 6, entries: 1),
            // Directories behind the segment, at its very end, in its head, and beyond 32 bits' half.
            ExifSegment.put(into: stored, orientation: 6, directory: 5000),
            ExifSegment.put(into: stored, orientation: 6, directory: 36),
            ExifSegment.put(into: stored, orientation: 6, directory: 0),
            ExifSegment.put(into: stored, orientation: 6, directory: 0xFFFF_FFFF),
        ]
        // Another byte order, another number than 42, and another name than Exif.
        for place in [12, 13, 15, 6] {
            var bytes = photo
            bytes[place] ^= 0x20
            others.append(bytes)
        }
        for (number, bytes) in others.enumerated() {
            #expect(try Image.decode(bytes) == plain, "\(number)")
        }
        // More entries than there are: the one that is there counts.
        #expect(try Image.decode(ExifSegment.put(into: stored, orientation: 6, entries: 65535)).width == 13)
        // Cut at every byte of the segment: the decoder may refuse the file, and nothing else.
        for length in 0..<60 { _ = try? Image.decode(Array(photo.prefix(length))) }
        for length in 2..<44 {
            var bytes = photo
            bytes.replaceSubrange(4..<6, with: [0, UInt8(length)])
            _ = try? Image.decode(bytes)
        }
    }
}
