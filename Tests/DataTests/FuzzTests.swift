// FuzzTests.swift — every reader of foreign files, fed with mutated ones: it may refuse, but neither crash,
// nor hang, nor believe nonsense. A seeded mutator; tools/fuzz.sh runs it longer.

import Data
import Foundation
import Imaging
import Tensor
import TestSupport
import Testing

@Suite struct FuzzTests {
    /// Seconds for each reader, and which mutations: BLENDWAY_FUZZ_SECONDS and BLENDWAY_FUZZ_SEED.
    private static let seconds = Double(ProcessInfo.processInfo.environment["BLENDWAY_FUZZ_SECONDS"] ?? "") ?? 1.5
    private static let seed = UInt64(ProcessInfo.processInfo.environment["BLENDWAY_FUZZ_SEED"] ?? "") ?? 1

    enum Reader: String, CaseIterable { case numpy, png, jpeg, list, packedLandmarks, path }

    private func samples(_ reader: Reader) throws -> [[UInt8]] {
        let picture = PublishedLayout.picture(24, seed: 3)
        switch reader {
        case .numpy:
            return [
                PublishedLayout.npy(PublishedLayout.ring(68, size: 256, turn: 0)),
                PublishedLayout.npy(PublishedLayout.ring(81, size: 256, turn: 1), shape: "(1, 81, 2)"),
                PublishedLayout.npy([1, 2, 3], shape: "(3,)", type: ">i8"),
            ]
        case .png: return [try PNG.encode(picture), try PNG.encode(Image(width: 9, height: 5, channels: 1, fill: 7))]
        case .jpeg:
            return [
                try JPEG.encode(picture, quality: 80), try JPEG.encode(picture, quality: 30, subsampling: .chroma444),
                try JPEG.encode(Image(width: 17, height: 9, channels: 1), quality: 90),
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

    private func mutated(_ bytes: [UInt8], _ random: inout Philox) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.integer(below: 6) {
            guard !bytes.isEmpty else { return [UInt8(random.integer(below: 256))] }
            let place = random.integer(below: bytes.count)
            switch random.integer(below: 8) {
            case 0: bytes[place] ^= 1 << UInt8(random.integer(below: 8))
            case 1: bytes[place] = UInt8(random.integer(below: 256))
            case 2: bytes[place] = [0, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x7B, 0x2E][random.integer(below: 8)]
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.integer(below: 8)))
            case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + random.integer(below: 16))], at: place)
            case 5: bytes.removeLast(random.integer(below: bytes.count))
            case 6:
                // Numbers that overflow: four bytes at once.
                for offset in 0..<4 where place + offset < bytes.count { bytes[place + offset] = 0xFF }
            default: bytes.insert(UInt8(random.integer(below: 256)), at: place)
            }
        }
        return bytes
    }

    @Test(arguments: Reader.allCases)
    func mutatedFilesAreReadOrRefused(reader: Reader) throws {
        let samples = try samples(reader)
        for sample in samples { _ = try? read(sample, reader) }
        var random = Philox(seed: Self.seed, stream: .test, epoch: 0, sample: reader.rawValue.count)
        let end = Date().addingTimeInterval(Self.seconds)
        var (rounds, refused) = (0, 0)
        while Date() < end {
            let bytes = mutated(samples[random.integer(below: samples.count)], &random)
            do { try read(bytes, reader) } catch {
                refused += 1
                #expect(!"\(error)".isEmpty)
            }
            rounds += 1
        }
        // A mutator whose files all pass, or never do, tests nothing.
        #expect(rounds > 50 && refused > 0, "\(rounds) rounds, \(refused) refused")
    }
}
