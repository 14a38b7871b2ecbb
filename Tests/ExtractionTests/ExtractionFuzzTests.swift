// ExtractionFuzzTests.swift — mutated databases and videos: they may be refused or give less, but neither
// crash the process, nor hold it up, nor give what no caller expects.

import Data
import Extraction
import Foundation
import Imaging
import Tensor
import TestSupport
import Testing

@Suite struct ExtractionFuzzTests {
    private static let needsLibraries: ConditionTrait = .enabled(
        if: Extraction.isBuiltIn, "the program was built with BLENDWAY_EXTRACT=0")

    /// Every key is looked up, so each page that the check let pass is walked over by liblmdb.
    @Test(needsLibraries) func mutatedDatabasesAreReadOrRefused() throws {
        try withTemporaryFolder { folder in
            // Long keys make three levels of few entries; values are on the leaves and on pages of their own.
            let paths = try (0..<100).map {
                try FramePath(listed: "D\\\(String(repeating: "k", count: 400))\\\($0 + 100).png", root: "/mine")
            }
            let depth = try LMDBFiles.write(
                paths.enumerated().map { number, path in
                    let size = number % 16 == 3 ? 5000 : [0, 30, 200][number % 3]
                    return (Array(path.joined.utf8), [UInt8](repeating: UInt8(number), count: size))
                }, to: folder)
            #expect(depth == 3)
            let file = "\(folder)/data.mdb"
            let sound = [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: file)))
            let pageSize = LMDBBytes(sound).pageSize
            let marks: [UInt8] = [0, 1, 2, 3, 4, 8, 0x10, 0x80]
            let outcome = try Fuzzing.search(20) { random in
                var bytes = sound
                if random.integer(below: 8) == 0 { bytes = Fuzzing.mutated(sound, &random, marks: marks) }
                for _ in 0...random.integer(below: 3) where !bytes.isEmpty {
                    // Most of a page is keys and values: heads and the offsets behind them are what matters.
                    let page = random.integer(below: sound.count / pageSize) * pageSize
                    let place = page + [0, 0, pageSize - 1000][random.integer(below: 3)]
                    let length = page < 2 * pageSize ? 152 : [32, 1000][random.integer(below: 2)]
                    guard place + length <= bytes.count else { continue }
                    Fuzzing.overwrite(&bytes, in: place..<place + length, &random, marks: marks)
                }
                try PublishedLayout.write(file, bytes)
                do {
                    let frames = try LMDBFrames(folder)
                    for path in paths {
                        guard let value = try? frames.picture(path) else { continue }
                        #expect(value.count <= bytes.count)
                    }
                    return false
                } catch is ExtractionError {
                    return true
                }
            }
            #expect(outcome.reachesBoth, "\(outcome)")
        }
    }

    /// Ten seconds for a file of a few kilobytes are as good as hanging.
    @Test(needsLibraries) func mutatedVideosAreReadOrRefused() throws {
        try withTemporaryFolder { folder in
            let samples = try ["mp4", "matroska", "avi"].map { container in
                try SmallVideo.write("\(folder)/\(container)", container: container, frames: 6)
                return [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(container)")))
            }
            let file = "\(folder)/x"
            let outcome = try Fuzzing.search(21) { random in
                let sample = samples[random.integer(below: samples.count)]
                var bytes = sample
                if random.chance(0.3) {
                    bytes = Fuzzing.mutated(sample, &random)
                } else {
                    for _ in 0...random.integer(below: 12) { Fuzzing.overwrite(&bytes, in: 0..<bytes.count, &random) }
                }
                try PublishedLayout.write(file, bytes)
                let began = Date()
                let given = try frames(of: file, take: random.chance(0.5) ? 4 : nil)
                #expect(Date().timeIntervalSince(began) < 10)
                return given == nil
            }
            #expect(outcome.reachesBoth, "\(outcome)")
            for container in ["mp4", "matroska", "avi"] {
                #expect(try frames(of: "\(folder)/\(container)", take: nil) == 6, "\(container)")
            }
        }
    }

    /// Frames that a video gave; nil when it was refused.
    private func frames(of file: String, take count: Int?) throws -> Int? {
        var (given, calls, pixels) = (0, 0, 0)
        do {
            let source = try PictureSources.open(file, frames: count)
            // Large frames are read too, but not hundreds of them.
            while pixels < ImageLimits.pixels {
                calls += 1
                guard calls < 1000 else {
                    Issue.record("a video without an end")
                    break
                }
                do {
                    guard let picture = try source.next() else { break }
                    given += 1
                    let image = picture.image
                    #expect(ImageLimits.allow(width: image.width, height: image.height))
                    #expect(image.pixels.count == image.width * image.height * 3 && picture.index >= given - 1)
                    pixels += image.width * image.height
                } catch ExtractionError.badFrame {
                    continue
                }
            }
        } catch is ExtractionError {
            return nil
        }
        return given
    }
}
