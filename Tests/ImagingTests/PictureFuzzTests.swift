// PictureFuzzTests.swift — mutated pictures of every format beyond those of module Data's FuzzTests: they are read
// or refused, and neither crash the process nor hold it up.

import ForeignFiles
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct PictureFuzzTests {
    private static func samples(_ format: PictureFormat) throws -> [[UInt8]] {
        let image = samplePicture(width: 40, height: 30)
        switch format {
        case .jpeg: return [SmallPictures.cmyk, SmallPictures.progressive, try JPEG.encode(image, quality: 75, subsampling: .chroma422)]
        case .png: return [try PNG.encode(image), try PNG.encode(samplePicture(width: 9, height: 30, channels: 1))]
        case .gif: return [SmallPictures.gif]
        case .bmp: return [SmallPictures.bmp, SmallPictures.bmp8, runs]
        case .webp: return [SmallPictures.webp, SmallPictures.webpLossy, SmallPictures.webpMoving]
        case .tiff: return [SmallPictures.tiff, SmallPictures.tiffJPEG, SmallPictures.tiffFax]
        case .jpeg2000: return [SmallPictures.jp2, SmallPictures.j2kLossy]
        case .avif: return [SmallPictures.avif, SmallPictures.avifTurned]
        case .heic: return [SmallPictures.heic]
        }
    }

    /// A bitmap of 8×4 pixels in run lengths: runs, different pixels, a jump, line ends.
    private static let runs: [UInt8] = {
        var bytes: [UInt8] = Array("BM".utf8) + [0, 0, 0, 0, 0, 0, 0, 0, 70, 0, 0, 0, 40, 0, 0, 0, 8, 0, 0, 0, 4, 0, 0, 0, 1, 0, 8, 0, 1, 0, 0, 0]
        bytes += [UInt8](repeating: 0, count: 12) + [4, 0, 0, 0, 0, 0, 0, 0]
        bytes += [0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0]
        bytes += [8, 1, 0, 0, 0, 4, 1, 2, 3, 0, 4, 2, 0, 0, 0, 2, 3, 1, 5, 3, 0, 1]
        return bytes
    }()

    @Test func theSampleOfRunsIsSound() throws {
        let image = try Image.decode(Self.runs)
        #expect(image.width == 8 && image.height == 4)
        // From below: a row of one colour, then four different ones and four of one.
        #expect([image[0, 3, 0], image[0, 3, 1], image[0, 3, 2]] == [0, 0, 255])
        #expect([image[2, 2, 0], image[2, 2, 1], image[2, 2, 2]] == [255, 0, 0])
    }

    @Test(arguments: PictureFormat.allCases) func mutatedPicturesAreReadOrRefused(format: PictureFormat) throws {
        let samples = try Self.samples(format)
        let target = 40 + PictureFormat.allCases.firstIndex(of: format)!
        let isBuiltIn = (try? Image.decode(SmallPictures.webp)) != nil
        let outcome = Fuzzing.search(target) { random in
            let sample = samples[random.integer(below: samples.count)]
            var bytes = sample
            if random.chance(0.4) {
                bytes = Fuzzing.mutated(sample, &random)
            } else {
                for _ in 0...random.integer(below: 6) { Fuzzing.overwrite(&bytes, in: 0..<bytes.count, &random) }
            }
            let began = Date()
            defer { #expect(Date().timeIntervalSince(began) < 20, "\(format) took long: \(bytes)") }
            do {
                let image = try Image.decode(bytes)
                #expect(ImageLimits.allow(width: image.width, height: image.height))
                #expect(image.pixels.count == image.width * image.height * 3)
                return false
            } catch {
                #expect(error is ImagingError && !"\(error)".isEmpty)
                return true
            }
        }
        #expect(outcome.reachesBoth || !isBuiltIn, "\(outcome)")
    }
}
