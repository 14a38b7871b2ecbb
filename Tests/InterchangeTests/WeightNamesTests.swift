// WeightNamesTests.swift — what stands before, between and beside the names of weights, in every scheme.

import Foundation
import Interchange
import Model
import TestSupport
import Testing

@Suite struct WeightNamesTests {
    /// A sound export under `scheme`, written again with other names.
    private func renamed(
        _ scheme: NamingScheme, _ folder: String, extra: [String: [Int]] = [:], _ rename: (String) -> String?
    ) throws -> String {
        let (own, path) = ("\(folder)/own", "\(folder)/w")
        _ = try WeightExport.write(WeightFileTests.filled(), names: scheme, metadata: [:], to: own)
        let file = try SafetensorsFile(own)
        var writer = SafetensorsWriter()
        for name in file.names where file.isFloat(name) {
            guard let new = rename(name) else { continue }
            let values = try file.floats(name)
            writer.add(new, shape: file.shape(of: name)!) { values }
        }
        for (name, shape) in extra { writer.add(name, shape: shape) { [Float](repeating: 1, count: shape.reduce(1, *)) } }
        try writer.write(to: path)
        return path
    }

    private func loads(_ path: String) throws -> WeightFile.Report {
        let detector = Detector(WeightFileTests.shape, seed: 2)
        let report = try WeightFile(path).load(into: detector.parameters, of: detector.shape)
        let expected = WeightFileTests.filled()
        let slot = expected.parameters.slots.first { $0.name == "backbone.stem.weight" }!
        #expect(detector.parameters.values[slot.range].elementsEqual(expected.parameters.values[slot.range]))
        return report
    }

    @Test(arguments: NamingScheme.allCases, [
        "net.", "_orig_mod.", "module._orig_mod.", "backbone.", "model.module.", "efficientnet.", "detector.", "state_dict.",
        "module.model.student.encoder.",
    ]) func whatStandsBeforeAllNamesIsNoObstacle(scheme: NamingScheme, prefix: String) throws {
        try withTemporaryFolder { folder in
            let path = try renamed(scheme, folder, extra: ["n_averaged": [], "optimizer.state.0.exp_avg": [3]]) { prefix + $0 }
            let report = try loads(path)
            #expect(!report.isPartial && report.taken.allSatisfy { $0.hasPrefix(prefix) })
            #expect(Set(report.ignored).isSuperset(of: ["n_averaged", "optimizer.state.0.exp_avg"]))
        }
    }

    @Test func wrappersWithinNamesAreNoObstacle() throws {
        try withTemporaryFolder { folder in
            let path = try renamed(.deepfakebench, folder) {
                $0.replacingOccurrences(of: "backbone.efficientnet.", with: "module.backbone._orig_mod.efficientnet.")
            }
            #expect(try !loads(path).isPartial)
            #expect(try WeightFile(path).scheme == .deepfakebench)
        }
    }

    @Test(arguments: ["", "module.", "net."]) func theBackboneOfDeepfakeBenchsPlainDetectorIsTaken(prefix: String) throws {
        try withTemporaryFolder { folder in
            let path = try renamed(.deepfakebench, folder, extra: [prefix + "last_layer.weight": [2, 192]]) {
                $0.hasPrefix("backbone.") ? prefix + $0 : nil
            }
            let file = try WeightFile(path)
            #expect(!file.isWholeDetector && file.settings(for: .tiny).contains("model.padding=published"))
            let report = try loads(path)
            #expect(!report.isPartial && report.initialized.contains("neck.weight"))
            #expect(report.ignored.contains(prefix + "last_layer.weight"))
            #expect(report.ignored.contains(prefix + "backbone.last_layer.weight"))
        }
    }

    @Test func theBackboneOfAModelWithMorePartsIsTakenAndTheRestIsNamed() throws {
        try withTemporaryFolder { folder in
            let path = try renamed(.timm, folder, extra: ["head.fc.weight": [2, 192], "text.proj": [4]]) { "visual." + $0 }
            let report = try loads(path)
            #expect(!report.isPartial && Set(report.ignored).isSuperset(of: ["head.fc.weight", "text.proj"]))
        }
    }

    @Test func aNetworkThatIsThereTwiceIsRefused() throws {
        try withTemporaryFolder { folder in
            let path = try renamed(.timm, folder, extra: ["ema.conv_stem.weight": [16, 3, 3, 3]]) { "model." + $0 }
            #expect(throws: InterchangeError.several(file: path, places: ["ema.", "model."])) { try WeightFile(path) }
        }
    }

    @Test func negativeVariancesAreRefused() throws {
        try withTemporaryFolder { folder in
            let path = try renamed(.timm, folder, extra: ["bn1.running_var": [16]]) { $0 == "bn1.running_var" ? nil : $0 }
            _ = try loads(path)
            var writer = SafetensorsWriter()
            let file = try SafetensorsFile(path)
            for name in file.names {
                let values = try file.floats(name)
                writer.add(name, shape: file.shape(of: name)!) { name == "bn1.running_var" ? [-1e-3] + values.dropFirst() : values }
            }
            try writer.write(to: "\(folder)/bad")
            let detector = Detector(WeightFileTests.shape, seed: 2)
            #expect(throws: InterchangeError.negativeVariance(file: "\(folder)/bad", name: "bn1.running_var")) {
                try WeightFile("\(folder)/bad").load(into: detector.parameters, of: detector.shape)
            }
        }
    }

    /// What users have given instead of weights, and what the error has to name.
    @Test(arguments: [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 81\n", "Git LFS pointer"),
        ("<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>", "web page"), ("PK\u{3}\u{4}", "archive"), ("", "empty"),
    ]) func anotherKindOfFileIsNamed(content: String, part: String) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/w.safetensors"
            try Data(content.utf8).write(to: URL(filePath: path))
            let error = #expect(throws: InterchangeError.self) { try WeightFile(path) }
            #expect("\(error!)".contains(part), "\(error!)")
        }
    }
}
