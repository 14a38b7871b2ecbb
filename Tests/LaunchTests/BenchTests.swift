// BenchTests.swift — `blendway bench` as a user types it, at the smallest size. Speeds are not judged.

import Foundation
import TestSupport
import Testing

@Suite struct BenchTests {
    static let fields = [
        "images_per_second", "forward_ms", "backward_ms", "optimizer_ms", "peak_rss_mb", "minor_faults_per_step", "gemm",
        "isa", "threads",
    ]
    private static let small = ["--size", "64", "--batch", "4", "--steps", "2"]

    @Test(arguments: ["tiny", "prodet-tiny"], ["train", "inference"])
    func aStepsJSONHasItsFields(arch: String, mode: String) throws {
        let result = try blendway(["bench", "step", "--arch", arch, "--mode", mode, "--json"] + Self.small)
        #expect(result.status == 0, "\(result)")
        let json = try result.json()
        #expect(Self.fields.allSatisfy { json[$0] != nil }, "\(json)")
        #expect(try #require(json["images_per_second"] as? Double) > 0)
        let backward = try #require(json["backward_ms"] as? Double)
        #expect(mode == "train" ? backward > 0 : backward == 0)
        let flops = json["backbone_flops"] as? Double
        #expect((flops != nil) == (arch == "prodet-tiny" && mode == "train"))
        if let flops { #expect(flops > 1 && json["backbone_steps"] as? Double ?? 0 > 0) }
    }

    @Test func ranksAreMeasuredTogether() throws {
        let result = try runUnderMPI(
            ranks: 2, executable: builtProgram("blendway"),
            arguments: ["bench", "step", "--arch", "tiny", "--json"] + Self.small)
        #expect(result.status == 0, "\(result)")
        #expect(try result.json()["ranks"] as? Int == 2, "\(result)")
    }

    @Test func kernelsAreHeldAgainstTheRooflineAndTheirTwins() throws {
        let options = ["bench", "kernels", "--arch", "tiny", "--size", "64", "--batch", "1", "--repetitions", "1"]
        let result = try blendway(options + ["--json"])
        #expect(result.status == 0, "\(result)")
        let json = try result.json()
        #expect(json["peak_gflops"] as? Double ?? 0 > 0 && json["memory_gb_per_second"] as? Double ?? 0 > 0)
        let kernels = try #require(json["kernels"] as? [[String: Any]])
        for name in ["pointwise", "pointwise, weight gradient", "depthwise", "depthwise + SiLU, inference", "Adam"] {
            let kernel = try #require(kernels.first { $0["kernel"] as? String == name }, "\(name)")
            #expect(kernel["ms"] as? Double ?? 0 > 0 && kernel["roofline"] as? Double ?? 0 > 0)
            #expect((kernel["gflops"] == nil) != (kernel["gb_per_second"] == nil))
        }
        let table = try blendway(options)
        #expect(table.status == 0 && table.stdout.contains("roofline"), "\(table)")
    }

    @Test func whatCannotBeMeasuredIsSaid() throws {
        for (options, part) in [
            (["step", "--arch", "resnet"], "--arch is 'resnet'"), (["step", "--mode", "fast"], "--mode is 'fast'"),
            (["step", "--arch", "prodet-tiny", "--batch", "6"], "multiple of 4"), (["kernels", "--arch", "b4"], "--arch is 'b4'"),
            (["kernels", "--batch", "0"], "--batch"),
        ] {
            let result = try blendway(["bench"] + options)
            #expect(result.status == 64 && result.stderr.contains(part) && result.stdout.isEmpty, "\(result)")
        }
    }
}
