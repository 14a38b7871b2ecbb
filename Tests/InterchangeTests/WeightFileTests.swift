// WeightFileTests.swift — weights out under each scheme's names and in again, bit for bit.

import Foundation
import Interchange
import Model
import Store
import Tensor
import TestSupport
import Testing

@Suite struct WeightFileTests {
    static let shape = DetectorShape(
        architecture: .tiny, imageSize: 64, padding: .published, featureChannels: 6, headChannels: 5)

    /// Distinct numbers everywhere, running statistics too.
    static func filled(_ shape: DetectorShape = shape) -> Detector {
        let detector = Detector(shape, seed: 1)
        for i in detector.parameters.values.indices { detector.parameters.values[i] = Float(i) * 0.25 + 1 }
        for i in detector.parameters.buffers.indices { detector.parameters.buffers[i] = Float(i) + 0.5 }
        return detector
    }

    private func equalBits(_ a: Detector, _ b: Detector, where isWanted: (String) -> Bool = { _ in true }) -> Bool {
        let (p, q) = (a.parameters, b.parameters)
        return p.slots.filter { isWanted($0.name) }.allSatisfy { p.values[$0.range].elementsEqual(q.values[$0.range]) }
            && p.bufferSlots.filter { isWanted($0.name) }.allSatisfy { p.buffers[$0.range].elementsEqual(q.buffers[$0.range]) }
    }

    @Test(arguments: NamingScheme.allCases) func exportAndImportGiveEqualBits(scheme: NamingScheme) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/w"
            let detector = Self.filled()
            let written = try WeightExport.write(detector, names: scheme, metadata: [:], batches: 7, to: path)
            let file = try WeightFile(path)
            #expect(file.batchesTracked == (scheme == .blendway ? nil : 7))
            #expect(file.scheme == scheme && file.isWholeDetector == scheme.namesWholeDetector)
            let other = Detector(Self.shape, seed: 2)
            let report = try file.load(into: other.parameters, of: other.shape)
            #expect(!report.isPartial && report.taken.count == written.tensors)
            #expect(report.initialized == written.unnamed)
            let isWhole = scheme.namesWholeDetector
            #expect(written.unnamed.isEmpty == isWhole)
            #expect(equalBits(detector, other) { isWhole || $0.hasPrefix("backbone.") })
        }
    }

    @Test func layoutsArePyTorchs() throws {
        try withTemporaryFolder { folder in
            let detector = Self.filled()
            _ = try WeightExport.write(detector, names: .deepfakebench, metadata: [:], to: "\(folder)/w")
            let file = try SafetensorsFile("\(folder)/w")
            let parameters = detector.parameters
            func ours(_ name: String) throws -> ArraySlice<Float> {
                let slot = try #require(parameters.slots.first { $0.name == name })
                return ArraySlice(Array(parameters.values[slot.range]))
            }
            // ours [O, k, k, I] at (1, 2, 0, 1); theirs [O, I, k, k].
            let stem = try file.floats("backbone.efficientnet._conv_stem.weight")
            #expect(file.shape(of: "backbone.efficientnet._conv_stem.weight") == [16, 3, 3, 3])
            // Filter 1, channel 1, tap (2, 0).
            let (there, here): (Int, Int) = (1 * 27 + 1 * 9 + 2 * 3 + 0, 1 * 27 + 2 * 9 + 0 * 3 + 1)
            #expect(try stem[there] == ours("backbone.stem.weight")[here])
            // Depthwise: ours [k, k, C], theirs [C, 1, k, k].
            let depthwise = try file.floats("backbone.efficientnet._blocks.0._depthwise_conv.weight")
            #expect(file.shape(of: "backbone.efficientnet._blocks.0._depthwise_conv.weight") == [16, 1, 3, 3])
            let tap = 2 * 3 + 1
            #expect(try depthwise[5 * 9 + tap] == ours("backbone.blocks.0.depthwise.weight")[tap * 16 + 5])
            // Transposed: ours [I, S, S, O], theirs [I, O, S, S]; here S is 1.
            #expect(file.shape(of: "fea_att.inverse_conv2.4.weight") == [6, 6, detector.mapSize, detector.mapSize])
            // 1×1 and linear.
            #expect(file.shape(of: "adjust_feature.weight") == [6, 192, 1, 1])
            #expect(file.shape(of: "final_classifier.4.weight") == [2, 5])
            // The join's first half is for the features there, for the noise here.
            let join = try file.floats("sbi2bi.concat_process.0.weight")
            #expect(try join[0] == ours("transitions.sc.join.weight")[6])
            #expect(try join[6] == ours("transitions.sc.join.weight")[0])
        }
    }

    @Test func partialMatchesAreRefusedUnlessAllowed() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/w"
            var writer = SafetensorsWriter()
            writer.add("module.conv_stem.weight", shape: [16, 3, 3, 3]) { [Float](repeating: 2, count: 432) }
            writer.add("module.stranger", shape: [1]) { [1] }
            writer.add("module.classifier.weight", shape: [1]) { [1] }
            try writer.write(to: path)
            let file = try WeightFile(path)
            #expect(file.scheme == .timm && file.prefix.isEmpty)
            let detector = Self.filled()
            let before = Array(detector.parameters.values)
            #expect(throws: InterchangeError.self) { try file.load(into: detector.parameters, of: detector.shape) }
            #expect(detector.parameters.values.elementsEqual(before))
            let report = try file.load(into: detector.parameters, of: detector.shape, allowPartial: true)
            #expect(report.taken == ["module.conv_stem.weight"] && report.left == ["module.stranger"])
            #expect(report.ignored == ["module.classifier.weight"] && report.missing.contains("bn1.weight"))
            #expect(detector.parameters.values[0] == 2)
        }
    }

    @Test func otherShapesAndNumbersThatAreNoneAreRefusedBeforeAnythingChanges() throws {
        try withTemporaryFolder { folder in
            let detector = Self.filled()
            let before = Array(detector.parameters.values)
            for (name, shape, value) in [
                ("wide", [17, 3, 3, 3], Float(1)), ("flat", [16, 27], 1), ("nan", [16, 3, 3, 3], .nan),
            ] {
                var writer = SafetensorsWriter()
                writer.add("conv_stem.weight", shape: shape) { [Float](repeating: value, count: shape.reduce(1, *)) }
                writer.add("bn1.weight", shape: [16]) { [Float](repeating: 3, count: 16) }
                try writer.write(to: "\(folder)/\(name)")
                let file = try WeightFile("\(folder)/\(name)")
                let error = #expect(throws: InterchangeError.self) {
                    try file.load(into: detector.parameters, of: detector.shape, allowPartial: true)
                }
                #expect("\(error!)".contains("conv_stem.weight"), "\(error!)")
                #expect(detector.parameters.values.elementsEqual(before), "\(name)")
            }
        }
    }

    @Test func namesThatNobodyHasAreRefused() throws {
        try withTemporaryFolder { folder in
            var writer = SafetensorsWriter()
            writer.add("layer1.0.conv1.weight", shape: [1]) { [1] }
            try writer.write(to: "\(folder)/w")
            #expect(throws: InterchangeError.unknownNames(file: "\(folder)/w", examples: ["layer1.0.conv1.weight"])) {
                try WeightFile("\(folder)/w")
            }
        }
    }

    @Test func anAblationIsExportedUnderOurNamesOnly() throws {
        try withTemporaryFolder { folder in
            var shape = Self.shape
            shape.heads = [.init(name: "anchor", outputs: 4)]
            let detector = Self.filled(shape)
            #expect(throws: InterchangeError.self) {
                try WeightExport.write(detector, names: .deepfakebench, metadata: [:], to: "\(folder)/a")
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/a"))
            _ = try WeightExport.write(detector, names: .blendway, metadata: [:], to: "\(folder)/b")
            let other = Detector(shape, seed: 2)
            _ = try WeightFile("\(folder)/b").load(into: other.parameters, of: shape)
            #expect(equalBits(detector, other))
        }
    }
}
