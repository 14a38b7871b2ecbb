// FuzzTests.swift — every reader of foreign files, fed with mutated ones: it may refuse, but neither crash,
// nor hang, nor believe nonsense. Other modules' readers have suites of their own, …FuzzTests.

import Data
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct FuzzTests {
    enum Reader: String, CaseIterable { case numpy, png, jpeg, list, packedLandmarks, path, splits }

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
        case .splits:
            return [
                "[[\"071\",\"054\"],[\"087\",\"081\"]]", "1 YouTube-real/00170.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n",
                "{\"a.mp4\":{\"label\":\"FAKE\",\"split\":\"train\",\"original\":\"b.mp4\"}}",
                "{\"method_A/1/2.mp4\":{\"label\":\"fake\",\"set\":\"test\"}}", "filename,label\naa.mp4,1\n",
            ].map { Array($0.utf8) }
        case .path: return ["..\\rgb\\FaceForensics++\\a\\frames\\000\\000.png", "./datasets/Celeb-DF-v2/frames/x/1.png", "/mine/a/b.png"].map { Array($0.utf8) }
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
                for frame in video.frames { _ = try? FramePath(listed: frame, root: "/mine", datasets: Set(list.datasets)) }
                for label in [video.label, video.group] { _ = LabelMeaning(label) }
                for dataset in PublishedDataset.allCases { _ = dataset.naming(of: video.name, isFake: true) }
            }
        case .packedLandmarks:
            let points = try LandmarkValues.points(packed: bytes)
            #expect([136, 162].contains(points.count) && points.allSatisfy(\.isFinite))
        case .splits:
            let splits = try OfficialSplits(lists: [SplitList(bytes: bytes, file: "test.json")])
            let answers = try ["071_054.mp4", "00170.mp4", "a.mp4"].compactMap {
                try splits.answer(folders: ["YouTube-real"], file: $0, dataset: nil)
            }
            #expect(splits.missing(after: answers).allSatisfy { $0.named > 0 && (0...$0.named).contains($0.missing) })
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
