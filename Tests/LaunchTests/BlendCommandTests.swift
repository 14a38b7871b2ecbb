// BlendCommandTests.swift — `blendway blend`, `neighbours` and `bench blend` as a user types them.

import Foundation
import Store
import TestSupport
import Testing

/// One small dataset for all of them.
private let smallData: Result<String, any Error> = Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("blendway-blend-\(UUID())").path
    let made = try blendway(
        ["synth", "--out", folder, "--identities", "8", "--videos", "1", "--frames", "2", "--size", "64", "--seed", "3"])
    guard made.status == 0 else { throw StoreError.missing(file: "\(made)") }
    return folder
}

@Suite struct BlendCommandTests {
    private func inFolder(_ body: (_ folder: String, _ data: String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder, try smallData.get() + "/train.h5")
    }

    private func bytes(_ path: String) throws -> Foundation.Data {
        try Foundation.Data(contentsOf: URL(fileURLWithPath: path))
    }

    @Test func aPrintedRecipeMakesTheSamplesPicturesAgain() throws {
        try inFolder { folder, data in
            for sample in [0, 3] {
                let draw = ["blend", "--data", data, "--sample", "\(sample)", "--epoch", "2", "--seed", "9"]
                let printed = try blendway(draw + ["--print-recipe"])
                #expect(printed.status == 0 && printed.stderr.isEmpty, "\(printed)")
                let keys = Set(try printed.json().keys)
                #expect(keys == ["format", "sample", "flip", "self_blend", "cross_blend", "augmentation"])
                try printed.stdout.write(toFile: "\(folder)/r.json", atomically: true, encoding: .utf8)

                let steps = "\(folder)/steps\(sample)"
                #expect(try blendway(draw + ["--steps", steps]).status == 0)
                #expect(try String(contentsOfFile: "\(steps)/recipe.json", encoding: .utf8) == printed.stdout)
                for kind in ["self", "cross"] {
                    // From the dataset's frames, and from the same as files.
                    let outputs = ["--out", "\(folder)/out.png", "--real", "\(folder)/real.png", "--mask", "\(folder)/mask.png", "--kind", kind]
                    let pictures = ["--image", "\(steps)/input-face.png", "--landmarks", "\(steps)/landmarks.npy"]
                        + (kind == "cross" ? ["--foreground", "\(steps)/input-foreground.png"] : [])
                    for source in [["--data", data], pictures] {
                        let made = try blendway(["blend"] + source + ["--recipe", "\(folder)/r.json"] + outputs)
                        #expect(made.status == 0 && made.stdout.isEmpty, "\(made)")
                        #expect(try bytes("\(folder)/out.png") == bytes("\(steps)/final-\(kind).png"))
                        #expect(try bytes("\(folder)/real.png") == bytes("\(steps)/final-real.png"))
                        #expect(try bytes("\(folder)/mask.png") == bytes("\(steps)/\(kind)-mask-soft.png"))
                    }
                }
            }
        }
    }

    @Test func wrongRecipesAreRefusedWithWhatWouldBeRight() throws {
        try inFolder { folder, data in
            #expect(try blendway(["blend", "--data", data, "--sample", "0", "--steps", "\(folder)/s"]).status == 0)
            let text = try String(contentsOfFile: "\(folder)/s/recipe.json", encoding: .utf8)
            func expect(_ recipe: String, _ code: Int32, _ parts: String..., extra: [String] = []) throws {
                try recipe.write(toFile: "\(folder)/r.json", atomically: true, encoding: .utf8)
                let result = try blendway(
                    ["blend", "--image", "\(folder)/s/input-face.png", "--landmarks", "\(folder)/s/landmarks.npy",
                     "--recipe", "\(folder)/r.json", "--out", "\(folder)/no.png"] + extra)
                #expect(result.status == code && result.stdout.isEmpty, "\(result)")
                for part in parts { #expect(result.stderr.contains(part), "\(part): \(result.stderr)") }
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/no.png"))
            }
            func changed(_ old: String, _ new: String) -> String { text.replacingOccurrences(of: old, with: new) }
            try expect(changed("\"amplitude\"", "\"amplitud\""), 65, "there is no", "elastic.amplitud", "the nearest is", "elastic.amplitude")
            try expect(changed("\"flip\"", "\"flipped\""), 65, "there is no flipped; the nearest is flip")
            try expect(changed("\"soft_mask\"", "\"softMask\""), 65, "softMask", "soft_mask")
            try expect(changed("\"amplitude\" : 50", "\"amplitude\" : \"50\""), 65, "elastic.amplitude cannot be used")
            try expect(changed("\"amplitude\" : 50,", ""), 65, "elastic.amplitude is missing")
            try expect(changed("\"amplitude\" : 50", "\"amplitude\" : -1"), 65, "elastic amplitude -1.0 is outside 0…1000")
            try expect("{\"flip\": true}", 65, "neither self_blend nor cross_blend")
            try expect("[1]", 65, "no JSON object")
            try expect(String(text.dropLast(20)), 65, "no JSON")
            try expect(text, 64, "needs --foreground", extra: ["--kind", "cross"])
        }
    }

    @Test func wrongPicturesAndLandmarksAreNamed() throws {
        try inFolder { folder, data in
            #expect(try blendway(["blend", "--data", data, "--sample", "1", "--steps", "\(folder)/s"]).status == 0)
            func expect(image: String? = nil, landmarks: String? = nil, extra: [String] = [], _ code: Int32, _ part: String) throws {
                let result = try blendway(
                    ["blend", "--image", image ?? "\(folder)/s/input-face.png", "--landmarks",
                     landmarks ?? "\(folder)/s/landmarks.npy", "--recipe", "\(folder)/s/recipe.json", "--out", "\(folder)/no.png"] + extra)
                #expect(result.status == code && result.stderr.contains(part), "\(part): \(result)")
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/no.png"))
            }
            func write(_ name: String, _ bytes: Foundation.Data) throws -> String {
                try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
                return "\(folder)/\(name)"
            }
            var npy = try bytes("\(folder)/s/landmarks.npy")
            try expect(image: "\(folder)/missing.png", 1, "missing.png")
            try expect(image: "\(folder)/s/recipe.json", 65, "a JSON text")
            let picture = try bytes("\(folder)/s/input-face.png")
            try expect(image: write("cut.png", picture.prefix(picture.count / 2)), 65, "cannot be decoded")
            try expect(image: write("cut.jpg", Foundation.Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 16])), 65, "JPEG data cannot be decoded")
            try expect(landmarks: write("cut.npy", npy.prefix(300)), 65, "bytes of data")
            // 67 points, and one that is no number.
            let header = String(decoding: npy.prefix(128), as: UTF8.self)
            #expect(header.contains("(81, 2)"))
            var fewer = npy.dropLast(14 * 8)
            fewer.replaceSubrange(fewer.range(of: Foundation.Data("81".utf8))!, with: Foundation.Data("67".utf8))
            try expect(landmarks: write("67.npy", Foundation.Data(fewer)), 65, "it has the shape [67, 2]")
            npy.replaceSubrange(128..<132, with: [0, 0, 0xC0, 0x7F])
            try expect(landmarks: write("nan.npy", npy), 65, "not finite")
            // A foreground of another size, and outputs in the wrong place.
            #expect(try blendway(["blend", "--data", data, "--sample", "1", "--size", "48", "--steps", "\(folder)/t"]).status == 0)
            try expect(extra: ["--foreground", "\(folder)/t/input-face.png"], 65, "48×48")
            try expect(extra: ["--mask", "\(folder)/s/input-face.png"], 64, "would replace one that is read")
        }
    }

    @Test func wrongUseOfADatasetIsNamed() throws {
        try inFolder { folder, data in
            func expect(_ arguments: [String], _ code: Int32, _ part: String) throws {
                let result = try blendway(["blend", "--data"] + arguments)
                #expect(result.status == code && result.stderr.contains(part), "\(part): \(result)")
            }
            try expect([data, "--sample", "100000", "--print-recipe"], 64, "there is no sample 100000")
            try expect([data, "--sample", "0"], 64, "Say what is wanted")
            try expect([data, "--print-recipe"], 64, "--sample or --recipe")
            try expect(["\(folder)/none.h5", "--sample", "0", "--print-recipe"], 1, "none.h5")
            let printed = try blendway(["blend", "--data", data, "--sample", "0", "--print-recipe"])
            try printed.stdout.write(toFile: "\(folder)/r.json", atomically: true, encoding: .utf8)
            let other = try smallData.get() + "/val.h5"
            try expect([other, "--recipe", "\(folder)/r.json", "--out", "\(folder)/x.png"], 65, "another dataset")
        }
    }

    // MARK: Neighbours

    @Test func neighboursAreThoseOfPackingOnAnyRankCount() throws {
        try inFolder { folder, data in
            let hash = try DatasetFile(data).contentHash
            for ranks in [1, 2, 3] {
                let file = "\(folder)/\(ranks).h5"
                try DatasetCopy(neighbours: false).write(data, to: file)
                let before = try bytes(file)
                let found = try runUnderMPI(
                    ranks: ranks, executable: builtProgram("blendway"), arguments: ["neighbours", file, "--json"], timeout: 120)
                #expect(found.status == 0, "\(found)")
                let report = try found.json()
                #expect(report["content_hash"] as? String == hash && report["ranks"] as? Int == ranks)
                #expect(try DatasetFile(file).contentHash == hash)
                try DatasetFile(file).verifyContentHash()

                // What is there is kept, unless told otherwise.
                let again = try blendway(["neighbours", file])
                #expect(again.status == 64 && again.stderr.contains("--force"), "\(again)")
                let fewer = try blendway(["neighbours", file, "--force", "--count", "5", "--threads", "1"])
                #expect(fewer.status == 0 && fewer.stdout.contains("5 neighbours"), "\(fewer)")
                let opened = try DatasetFile(file)
                #expect(opened.neighbours?.count == 5)
                try opened.verifyContentHash()

                // A broken dataset is not given a new hash, and stays as it is.
                var broken = before
                let place = try #require(broken.range(of: Foundation.Data(try opened.readImage(3).prefix(64)))).lowerBound
                broken[place] ^= 0xFF
                try broken.write(to: URL(fileURLWithPath: file))
                let refused = try blendway(["neighbours", file])
                #expect(refused.status == 65, "\(refused)")
                #expect(try bytes(file) == broken)
                #expect(try names(in: folder).allSatisfy { !$0.hasPrefix(".") })
            }
        }
    }

    // MARK: Benchmarks, and the comparison with OpenCV

    @Test func benchmarksPrintTheirFigures() throws {
        let blend = try blendway(["bench", "blend", "--size", "64", "--recipes", "8", "--json"]).json()
        for key in ["self_blend_ms", "cross_blend_ms", "augment_ms", "quadruple_ms", "quadruples_per_second"] {
            #expect((blend[key] as? Double ?? 0) > 0, "\(key)")
        }
        let neighbours = try blendway(["bench", "neighbours", "--frames", "300", "--threads", "2", "--json"]).json()
        #expect(neighbours["frames"] as? Int == 300 && (neighbours["seconds"] as? Double ?? 0) > 0)
    }

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// A Python that has what the oracle needs; nothing is installed for a test.
    private static let python: String? = ["BLENDWAY_PYTHON"].compactMap { ProcessInfo.processInfo.environment[$0] }
        .appending(["\(root)/.build-python/env/bin/python", "/usr/bin/python3"])
        .first { (try? run($0, ["-c", "import cv2, numpy, scipy"], timeout: 60))?.status == 0 }

    @Test(.enabled(if: python != nil, "needs a Python with opencv, numpy and scipy; BLENDWAY_PYTHON names one"))
    func openCVMakesTheSamePictures() throws {
        let result = try run(
            Self.python!,
            ["\(Self.root)/benchmarks/blend_oracle.py", "--program", builtProgram("blendway"), "--cases", "30", "--seed", "7"],
            timeout: 240)
        #expect(result.status == 0 && result.stdout.contains(" 0 out of tolerance"), "\(result)")
    }
}

extension Array {
    fileprivate func appending(_ more: [Element]) -> [Element] { self + more }
}
