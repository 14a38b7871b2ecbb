// FuzzTests.swift — every reader of foreign files, fed with mutated ones: it may refuse, but neither crash,
// nor hang, nor believe nonsense. Other modules' readers have suites of their own, …FuzzTests.

import Data
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct FuzzTests {
    enum Reader: String, CaseIterable { case numpy, png, jpeg, list, packedLandmarks, path }

    private func samples(_ reader: Reader) throws -> [[UInt8]] {
        let picture = PublishedLayout.picture(24, seed: 3)
        switch reader {
        case .numpy:
            return [
                PublishedLayout.npy(PublishedLayout.face(68, size: 256, turn: 0)),
                PublishedLayout.npy(PublishedLayout.face(81, size: 256, turn: 1), shape: "(1, 81, 2)"),
                PublishedLayout.npy([1, 2, 3], shape: "(3,)", type: ">i8"),
            ]
        case .png: return [try PNG.encode(picture), try PNG.encode(Image(width: 9, height: 5, channels: 1, fill: 7))]
        case .jpeg:
            return [
                try JPEG.encode(picture, quality: 80), try JPEG.encode(picture, quality: 30, subsampling: .chroma444),
                try JPEG.encode(Image(width: 17, height: 9, channels: 1), quality: 90),
                // Turned photos, and Exif whose directory is elsewhere or longer than it is.
                ExifSegment.put(into: try JPEG.encode(picture, quality: 80), orientation: 6),
                ExifSegment.put(into: try JPEG.encode(picture, quality: 80), orientation: 8, bigEndian: false),
                ExifSegment.put(into: try JPEG.encode(picture, quality: 80), orientation: 3, directory: 30),
                ExifSegment.put(into: try JPEG.encode(picture, quality: 80), orientation: 5, entries: 65535),
            ]
        case .list:
            return [
                "{\"FF-DF\":{\"FF-real\":{\"train\":{\"c23\":{\"000\":{\"label\":\"FF-real\",\"frames\":[\"FaceForensics++\\\\a\\\\frames\\\\000\\\\000.png\"]}}},\"val\":{}}}}",
                "{\"Celeb-DF-v2\":{\"CelebDFv2_fake\":{\"test\":{\"id0_id1_0000\":{\"label\":\"CelebDFv2_fake\",\"frames\":[\"Celeb-DF-v2/x/frames/v/0.png\",\"y\"]}}}}}",
            ].map { Array($0.utf8) }
        case .packedLandmarks:
            return [
                (0..<162).map { Int64($0) }.withUnsafeBytes { [UInt8]($0) },
                (0..<136).map { Float($0) + 0.5 }.withUnsafeBytes { [UInt8]($0) },
            ]
        case .path: return ["FaceForensics++\\a\\frames\\000\\000.png", "./datasets/Celeb-DF-v2/frames/x/1.png", "/mine/a/b.png"].map { Array($0.utf8) }
        }
    }

    /// Reads; what comes out must fulfil what callers build on.
    private func read(_ bytes: [UInt8], _ reader: Reader) throws {
        switch reader {
        case .numpy:
            let array = try NumpyArray.parse(bytes)
            #expect(array.values.count == array.shape.reduce(1, *))
            let points = try LandmarkValues.points(array)
            #expect([136, 162].contains(points.count) && points.allSatisfy(\.isFinite))
            _ = LandmarkValues.problem(points, width: 256, height: 256)
        case .png, .jpeg:
            let image = try Image.decode(bytes)
            #expect(image.pixels.count == image.width * image.height * 3)
        case .list:
            let list = try VideoList(bytes: bytes, file: "x.json")
            for video in list.videos {
                for frame in video.frames { _ = try? FramePath(listed: frame, root: "/mine") }
                for dataset in PublishedDataset.allCases { _ = dataset.naming(of: video.name, isFake: true) }
            }
        case .packedLandmarks:
            let points = try LandmarkValues.points(packed: bytes)
            #expect([136, 162].contains(points.count) && points.allSatisfy(\.isFinite))
        case .path:
            let path = try FramePath(listed: String(decoding: bytes, as: UTF8.self), root: "/mine")
            #expect(!path.parts.isEmpty && !path.parts.contains("..") && !path.landmarks.parts.contains(".."))
        }
    }

    @Test(arguments: Reader.allCases)
    func mutatedFilesAreReadOrRefused(reader: Reader) throws {
        let samples = try samples(reader)
        for sample in samples { _ = try? read(sample, reader) }
        let target = Reader.allCases.firstIndex(of: reader)!
        let outcome = Fuzzing.search(target) { random in
            let bytes = Fuzzing.mutated(samples[random.integer(below: samples.count)], &random)
            do { try read(bytes, reader) } catch {
                #expect(!"\(error)".isEmpty)
                return true
            }
            return false
        }
        #expect(outcome.reachesBoth, "\(outcome)")
    }
}
