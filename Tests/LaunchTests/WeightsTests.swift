// WeightsTests.swift — weights in and out, and scores of faces, as a user types the commands.

import Foundation
import Imaging
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct WeightsTests {
        /// A small run's last checkpoint, of a detector with DeepfakeBench's parts.
        static func trained(_ folder: String) throws -> TestRun {
            let run = try TestRun("\(folder)/run", ["model.padding=published"])
            try run.finish(["--steps", "2"])
            return run
        }

        @Test func weightsComeBackBitForBitAndEvaluateAlike() throws {
            try withTemporaryFolder { folder in
                let run = try Self.trained(folder)
                let (out, back, again) = ("\(folder)/w.safetensors", "\(folder)/b.h5", "\(folder)/w2.safetensors")
                #expect(try blendway(["export", "--checkpoint", run.latest, "--format", "safetensors", "--out", out]).status == 0)
                let imported = try blendway(
                    ["import-weights", out, "--arch", "prodet-tiny", "--set", "data.size=64", "--out", back, "--json"])
                #expect(imported.status == 0, "\(imported)")
                let json = try imported.json()
                #expect(json["names"] as? String == "deepfakebench")
                let report = try #require(json["report"] as? [String: Any])
                #expect((report["missing"] as? [String])?.isEmpty == true && (report["left"] as? [String])?.isEmpty == true)
                let comparison = try compare(run.latest, back)
                #expect(comparison["shape_differences"] as? [String] == [] && comparison["only_in_b"] as? [String] == [])
                let arrays = try #require(comparison["arrays"] as? [[String: Any]])
                #expect(arrays.allSatisfy { $0["identical"] as? Bool == true })
                #expect(try blendway(["export", "--checkpoint", back, "--format", "safetensors", "--out", again]).status == 0)
                let (a, b) = (try SafetensorsBytes(out), try SafetensorsBytes(again))
                #expect(a.data == b.data)
                let data = try SmallWorld.file("test-seen")
                let scores = try [run.latest, back].map {
                    let result = try blendway(["eval", "--checkpoint", $0, "--data", data, "--json", "--threads", "1"])
                    // What a checkpoint was trained on is lost on the way through a file of weights; scores are not.
                    return try #require(result.json()["datasets"] as? [[String: Any]]).map { $0.filter { $0.key != "trained_on" } } as NSArray
                }
                #expect(scores[0].count == 1 && scores[0] == scores[1])
            }
        }

        @Test func aRunBeginsWithWeightsButDoesNotResumeFromThem() throws {
            try withTemporaryFolder { folder in
                let run = try Self.trained(folder)
                let (file, weights) = ("\(folder)/w.safetensors", "\(folder)/w.h5")
                try #require(blendway(["export", "--checkpoint", run.latest, "--format", "safetensors", "--out", file]).status == 0)
                try #require(blendway(["import-weights", file, "--arch", "tiny", "--set", "data.size=64", "--out", weights]).status == 0)
                let next = try TestRun("\(folder)/next", ["model.padding=published", "optimizer.lr=1e-12", "optimizer.ema=0.5"])
                let result = try next.finish(["--init", weights, "--steps", "1"])
                #expect(result.stderr.contains("begins with the weights of"), "\(result)")
                let arrays = try #require(compare(weights, next.latest)["arrays"] as? [[String: Any]])
                let model = arrays.filter { ($0["name"] as? String)?.hasPrefix("model/") == true }
                #expect(!model.isEmpty && model.allSatisfy { ($0["largest_absolute"] as? Double ?? 1) < 1e-9 })
                // Once it has a checkpoint of its own, the file is no longer needed.
                try FileManager.default.removeItem(atPath: weights)
                try next.finish(["--init", weights, "--steps", "2"])

                try #require(blendway(["import-weights", file, "--arch", "tiny", "--set", "data.size=64", "--out", weights]).status == 0)
                let other = try TestRun("\(folder)/other", ["model.padding=published"])
                try other.train(["--resume", weights, "--steps", "1"]).expectFailure(64, "weights only", "--init")
                let missing = try TestRun("\(folder)/missing")
                #expect(try missing.train(["--init", "\(folder)/none.h5"]).status == 1)
                // With another eps it warns; with other widths it refuses.
                let loose = try TestRun("\(folder)/loose", ["model.padding=published", "model.batch_norm.eps=0.01"])
                #expect(try loose.finish(["--init", weights, "--steps", "1"]).stderr.contains("model.batch_norm.eps=0.001"))
                try TestRun("\(folder)/wide", ["model.head_channels=9"]).train(["--init", weights]).expectFailure(64, "is of another network")
            }
        }

        @Test func outputsAreNotReplacedAndBadFilesLeaveNothing() throws {
            try withTemporaryFolder { folder in
                let run = try Self.trained(folder)
                let file = "\(folder)/w.safetensors"
                let export = ["export", "--checkpoint", run.latest, "--out", file, "--format"]
                try #require(blendway(export + ["safetensors"]).status == 0)
                try blendway(export + ["onnx"]).expectFailure(64, "is there already", "--force")
                #expect(try blendway(export + ["safetensors", "--force"]).status == 0)
                try blendway(export + ["pickle"]).expectFailure(64, "pickle")

                let out = "\(folder)/out.h5"
                let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
                try bytes.dropLast(9).write(to: URL(fileURLWithPath: "\(folder)/short"))
                try Data(repeating: 0xFF, count: 100).write(to: URL(fileURLWithPath: "\(folder)/long"))
                for (input, arch, status, part) in [
                    ("short", "tiny", Int32(65), "incomplete"), ("long", "tiny", 65, "safetensors"),
                    ("none", "tiny", 1, "no such file"), ("w.safetensors", "b9", 64, "--arch is 'b9'"),
                    ("w.safetensors", "efficientnet-b0", 65, "give the --arch"),
                ] {
                    try blendway(["import-weights", "\(folder)/\(input)", "--arch", arch, "--out", out])
                        .expectFailure(status, part)
                    #expect(!FileManager.default.fileExists(atPath: out))
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.contains("partial-") })
                // A checkpoint is no place for an export, and an HDF5 file no safetensors.
                try blendway(["import-weights", run.latest, "--arch", "tiny", "--out", out]).expectFailure(65, "safetensors")
                try blendway(["export", "--checkpoint", file, "--format", "onnx", "--out", out]).expectFailure(65, "HDF5")
            }
        }

        @Test func facesAreScoredFromDatasetsAndFromTheirPictures() throws {
            try withTemporaryFolder { folder in
                let run = try Self.trained(folder)
                let data = try SmallWorld.file("test-seen")
                let fromFile = try blendway(["predict", "--checkpoint", run.latest, data, "--json"])
                #expect(fromFile.status == 0, "\(fromFile)")
                let faces = try #require(fromFile.json()["faces"] as? [[String: Any]])
                let videos = try #require(fromFile.json()["videos"] as? [[String: Any]])
                #expect(faces.count == 18 && videos.count == 6)
                let means = try videos.map { video in
                    let own = faces.filter { $0["video"] as? String == video["video"] as? String }
                    let mean = own.reduce(0.0) { $0 + ($1["score"] as! Double) } / Double(own.count)
                    return abs(mean - (try #require(video["score"] as? Double)))
                }
                #expect(means.allSatisfy { $0 < 1e-12 })

                // The same frames as PNGs, one video a folder, one of them broken.
                let file = try DatasetFile(data)
                for frame in 0..<file.frameCount where file.frameVideos[frame] < 2 {
                    let place = "\(folder)/crops/video-\(file.frameVideos[frame])"
                    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                    try PNG.write(
                        Image(width: file.width, height: file.height, pixels: try file.readImage(frame)),
                        "\(place)/\(100 + file.frameIndices[frame]).png")
                }
                try Data("no".utf8).write(to: URL(fileURLWithPath: "\(folder)/crops/video-1/999.png"))
                let (csv, sheet) = ("\(folder)/scores.csv", "\(folder)/sheet.png")
                let result = try blendway(
                    ["predict", "--checkpoint", run.latest, "\(folder)/crops", "--csv", csv, "--saliency", sheet, "--json"])
                #expect(result.status == 0 && result.stderr.contains("999.png"), "\(result)")
                let pictures = try #require(result.json()["videos"] as? [[String: Any]])
                #expect(pictures.count == 2 && pictures[0]["faces"] as? Int == 3)
                for (a, b) in zip(pictures, videos) {
                    #expect(abs((a["score"] as! Double) - (b["score"] as! Double)) < 1e-6)
                }
                #expect(try lines(of: csv).count == 7)
                let picture = try Image.read(sheet)
                #expect(Set(picture.pixels).count > 50)
                try blendway(["predict", "--checkpoint", run.latest, data, "--csv", csv]).expectFailure(64, "--force")

                // What isn't there doesn't keep the rest from being judged; the status tells.
                let rest = try blendway([
                    "predict", "--checkpoint", run.latest, "\(folder)/none", "\(folder)/crops", "--csv", csv, "--force", "--json",
                ])
                #expect(rest.status == 1 && rest.stderr.contains("no such file"), "\(rest)")
                #expect(try lines(of: csv).count == 7)
                #expect(try (rest.json()["skipped"] as? [[String: Any]])?.count == 2)
                #expect(rest.stderr.contains("6 pictures were taken as aligned face crops"), "\(rest)")
            }
        }

        @Test func whatIsNoCropSaysWhatIsMissing() throws {
            try withTemporaryFolder { folder in
                let run = try Self.trained(folder)
                let predict = ["predict", "--checkpoint", run.latest]
                try PNG.write(Image(width: 60, height: 40, fill: 9), "\(folder)/wide.png")
                try Data("RIFF....AVI ".utf8).write(to: URL(fileURLWithPath: "\(folder)/clip.avi"))
                try FileManager.default.createDirectory(atPath: "\(folder)/empty", withIntermediateDirectories: true)
                try blendway(predict + ["\(folder)/wide.png"]).expectFailure(65, "60×40", "--landmarks")
                try blendway(predict + ["\(folder)/clip.avi"]).expectFailure(65, "clip.avi")
                try blendway(predict + ["\(folder)/empty"]).expectFailure(65, "the folder is empty")
                try blendway(predict + ["\(folder)/none"]).expectFailure(65, "is not there")
                #expect(try blendway(predict).status == 64)
            }
        }
    }
}

/// What is behind a safetensors file's header.
private struct SafetensorsBytes {
    let data: Data
    init(_ path: String) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        data = bytes.dropFirst(8 + length)
    }
}
