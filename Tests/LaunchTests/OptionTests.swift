// OptionTests.swift — options that no other suite types: what each changes, by the smallest use of it.

import Foundation
import Imaging
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct OptionTests {
        private func json(_ arguments: [String]) throws -> [String: Any] {
            let result = try blendway(arguments)
            try #require(result.status == 0, "\(result)")
            return try result.json()
        }

        // MARK: bench scale

        /// From a computing profile, so that only the options differ.
        @Test func theEstimateFollowsTheNetworkThatIsDescribed() throws {
            try withTemporaryFolder { folder in
                let profile = "\(folder)/profile.json"
                let small = ["--arch", "tiny", "--size", "64", "--batch", "4", "--steps", "1", "--threads", "1"]
                let measured = try blendway(["bench", "scale", "--hosts", "1"] + small + ["--json"])
                try #require(measured.status == 0, "\(measured)")
                try measured.stdout.write(toFile: profile, atomically: true, encoding: .utf8)
                let computing = try #require(measured.json()["profile"] as? [String: Any])
                #expect(computing["arch"] as? String == "tiny" && computing["size"] as? Int == 64)
                #expect(computing["images"] as? Int == 4 && computing["threads"] as? Int == 1)
                let local = try json(["bench", "scale", "--hosts", "1", "--local-batch-norm", "--json"] + small)
                let localPoint = try #require((local["points"] as? [[String: Any]])?.first)
                #expect(localPoint["statistics_seconds"] as? Double == 0)

                func point(_ more: [String]) throws -> [String: Any] {
                    let all = try json(["bench", "scale", "--profile", profile, "--hosts", "4", "--jitter", "0", "--json"] + more)
                    return try #require((all["points"] as? [[String: Any]])?.first)
                }
                func step(_ more: [String]) throws -> Double { try #require(point(more)["step_seconds"] as? Double) }
                let usual = try step(["--bandwidth", "10", "--latency", "50"])
                #expect(try step(["--bandwidth", "0.1", "--latency", "50"]) > usual)
                #expect(try step(["--bandwidth", "10", "--latency", "5000"]) > usual)
                #expect(try step(["--bandwidth", "10", "--latency", "50", "--storage", "0.000001"]) > usual)
                #expect(try step(["--bandwidth", "10", "--latency", "50", "--jitter", "50"]) > usual)
                #expect(try point(["--ranks-per-host", "2"])["ranks"] as? Int == 8)
                let svg = "\(folder)/curve.svg"
                _ = try point(["--svg", svg])
                #expect(try String(contentsOfFile: svg, encoding: .utf8).contains("<svg"))
            }
        }

        @Test func theEstimateCanBeHeldAgainstAMeasurement() throws {
            let result = try runUnderMPI(
                ranks: 2, executable: builtProgram("blendway"),
                arguments: ["bench", "scale", "--measure", "--arch", "tiny", "--size", "64", "--batch", "4", "--steps", "2", "--json"])
            try #require(result.status == 0, "\(result)")
            #expect(try result.json()["measured"] is [String: Any])
            #expect(try #require(result.json()["over_model"] as? Double) > 0)
        }

        // MARK: bench reduce, bench step

        @Test func sumsAreMeasuredAsAsked() throws {
            let result = try runUnderMPI(
                ranks: 2, executable: builtProgram("blendway"),
                arguments: [
                    "bench", "reduce", "--megabytes", "2", "--pieces", "0", "1", "--in-flight", "2", "4", "--ways", "fastest",
                    "bf16", "--repeats", "1", "--busy", "--json",
                ])
            try #require(result.status == 0, "\(result)")
            #expect(try result.json()["megabytes"] as? Double == 2)
            let text = result.stdout
            #expect(text.contains("bf16") && text.contains("fastest"), "\(text)")
        }

        @Test func aStepIsMeasuredWithTheThreadsAskedFor() throws {
            let small = ["bench", "step", "--arch", "tiny", "--size", "64", "--batch", "4", "--steps", "1", "--json"]
            #expect(try json(small + ["--threads", "2"])["threads"] as? Int == 2)
        }

        // MARK: synth, blend, train-generators

        @Test func synthDrawsASheetOfItsPeople() throws {
            try withTemporaryFolder { folder in
                let small = ["synth", "--out", "\(folder)/a", "--identities", "8", "--videos", "1", "--frames", "1", "--size", "64"]
                #expect(try blendway(small + ["--sheet", "\(folder)/sheet.png", "--threads", "1"]).status == 0)
                let sheet = try Image.read("\(folder)/sheet.png")
                #expect(Set(sheet.pixels).count > 50)
            }
        }

        @Test func blendDrawsTheForegroundFromAsManyNeighbours() throws {
            try withTemporaryFolder { folder in
                func cross(_ sample: Int, neighbours: Int) throws -> Foundation.Data {
                    let out = "\(folder)/\(sample)-\(neighbours).png"
                    let result = try blendway([
                        "blend", "--data", try SmallWorld.file("train"), "--sample", "\(sample)", "--kind", "cross", "--out", out,
                        "--neighbours", "\(neighbours)",
                    ])
                    try #require(result.status == 0, "\(result)")
                    return try Foundation.Data(contentsOf: URL(fileURLWithPath: out))
                }
                // Of eight samples some draw another than the nearest.
                let differ = try (0..<8).filter { try cross($0, neighbours: 1) != cross($0, neighbours: 3) }
                #expect(!differ.isEmpty)
            }
        }

        @Test func generatorsFollowTheSeedAndNotTheThreads() throws {
            try withTemporaryFolder { folder in
                func weights(_ name: String, seed: Int, threads: Int) throws -> Foundation.Data {
                    let out = "\(folder)/\(name).bin"
                    let result = try blendway([
                        "train-generators", "--out", out, "--people", "16", "--pairs", "2", "--epochs", "1", "--seed", "\(seed)",
                        "--threads", "\(threads)",
                    ])
                    try #require(result.status == 0, "\(result)")
                    return try Foundation.Data(contentsOf: URL(fileURLWithPath: out))
                }
                let first = try weights("first", seed: 1, threads: 1)
                #expect(try weights("threads", seed: 1, threads: 2) == first)
                #expect(try weights("seed", seed: 2, threads: 1) != first)
            }
        }

        // MARK: weights

        @Test func namesAConfigurationAndPartsOfWeightsAreHeeded() throws {
            try withTemporaryFolder { folder in
                let run = try WeightsTests.trained(folder)
                let (own, timm, out) = ("\(folder)/own.safetensors", "\(folder)/timm.safetensors", "\(folder)/w.h5")
                for (names, file) in [("blendway", own), ("timm", timm)] {
                    let result = try blendway(
                        ["export", "--checkpoint", run.latest, "--format", "safetensors", "--names", names, "--out", file])
                    try #require(result.status == 0, "\(result)")
                }
                func header(_ file: String) throws -> String {
                    String(decoding: try Foundation.Data(contentsOf: URL(fileURLWithPath: file)).prefix(20_000), as: UTF8.self)
                }
                let (ownNames, timmNames) = (try header(own), try header(timm))
                #expect(ownNames.contains("backbone.blocks.0.depthwise") && !timmNames.contains("backbone.blocks"))
                #expect(timmNames.contains("conv_stem.weight"))

                // Without one weight, which another name hides, the backbone is there in part.
                var bytes = try Foundation.Data(contentsOf: URL(fileURLWithPath: timm))
                let place = try #require(bytes.range(of: Foundation.Data("\"blocks.1.0.bn1.weight\"".utf8)))
                bytes[place.lowerBound + 1] = UInt8(ascii: "x")
                let part = "\(folder)/part.safetensors"
                try bytes.write(to: URL(fileURLWithPath: part))
                let arguments = ["import-weights", part, "--arch", "prodet-tiny", "--out", out, "--set", "data.size=64"]
                try blendway(arguments).expectFailure(65, "--allow-partial")
                let partial = try blendway(arguments + ["--allow-partial"])
                #expect(partial.status == 0, "\(partial)")

                let config = "\(folder)/c.yaml"
                try "data: {size: 64}\noptimizer: {lr: 0.123}\nmodel: {padding: published}\n"
                    .write(toFile: config, atomically: true, encoding: .utf8)
                let result = try blendway(
                    ["import-weights", own, "--arch", "prodet-tiny", "--out", "\(folder)/c.h5", "--config", config])
                try #require(result.status == 0, "\(result)")
                #expect(try Checkpoint.read("\(folder)/c.h5").config.contains("lr: 0.123"))
            }
        }
    }
}
