// CheckpointComparisonTests.swift — differences with values worked out by hand.

import Foundation
import Store
import Testing

@Suite struct CheckpointComparisonTests {
    private func contents(_ values: [Float], step: Int64 = 1) -> CheckpointContents {
        CheckpointContents(
            arrays: ["model/w": NamedArray(shape: [values.count], values)], integers: ["step": step])
    }

    @Test func equalFilesAreIdentical() throws {
        let folder = TemporaryFolder()
        let (a, b) = (folder.file("a.h5"), folder.file("b.h5"))
        var other = sampleContents()
        other.config = "other"
        other.provenance["commit"] = "abc"
        try Checkpoint.write(sampleContents(), to: a)
        try Checkpoint.write(other, to: b)
        let comparison = try Checkpoint.compare(a, b)
        #expect(comparison.identical)
        #expect(comparison.largestAbsolute == 0)
        #expect(!comparison.sameConfig)
        #expect(comparison.provenanceDifferences == ["commit"])
    }

    @Test func theLargestDifferencesAreFound() {
        let comparison = CheckpointComparison(contents([1, 2, 0, -4]), contents([1, 2.5, 0.25, -4.5]))
        #expect(!comparison.identical)
        #expect(comparison.arrays.count == 1)
        let difference = comparison.arrays[0]
        #expect(difference.name == "model/w")
        #expect(difference.largestAbsolute == 0.5)
        #expect(difference.largestRelative == 1)  // 0 against 0.25
        #expect(difference.incomparable == 0)
    }

    @Test func zeroAndMinusZeroDifferWithoutADistance() {
        let comparison = CheckpointComparison(contents([0]), contents([-0.0]))
        #expect(!comparison.identical)
        #expect(comparison.largestAbsolute == 0)
    }

    @Test func valuesThatAreNotFiniteAreCounted() {
        let comparison = CheckpointComparison(
            contents([.nan, .infinity, 1, .infinity]), contents([.nan, 1, .nan, .infinity]))
        #expect(comparison.arrays[0].incomparable == 2)
        #expect(comparison.arrays[0].largestAbsolute == 0)
        #expect(CheckpointComparison(contents([.nan]), contents([.nan])).identical)
    }

    @Test func missingArraysShapesTypesAndStateAreListed() {
        var a = contents([1, 2], step: 1)
        var b = contents([1, 2], step: 2)
        a.arrays["model/a"] = NamedArray(shape: [1], [Float(1)])
        b.arrays["model/b"] = NamedArray(shape: [1], [Float(1)])
        a.arrays["model/s"] = NamedArray(shape: [2, 3], [Float](repeating: 0, count: 6))
        b.arrays["model/s"] = NamedArray(shape: [3, 2], [Float](repeating: 0, count: 6))
        a.arrays["model/t"] = NamedArray(shape: [1], [Float(1)])
        b.arrays["model/t"] = NamedArray(shape: [1], [Double(1)])
        a.reals["loss"] = 0.5
        let comparison = CheckpointComparison(a, b)
        #expect(comparison.onlyInA == ["model/a"])
        #expect(comparison.onlyInB == ["model/b"])
        #expect(
            comparison.shapeDifferences.map { [$0.name, $0.a, $0.b] } == [
                ["model/s", "float32 [2, 3]", "float32 [3, 2]"],
                ["model/t", "float32 [1]", "float64 [1]"],
            ])
        #expect(comparison.stateDifferences == ["loss", "step"])
        #expect(!comparison.identical)
    }

    @Test func itEncodesToJSONWhateverTheValues() throws {
        var a = sampleContents()
        a.arrays["model/h"] = NamedArray(shape: [1], [Double.greatestFiniteMagnitude])
        var b = a
        b.arrays["model/h"] = NamedArray(shape: [1], [-Double.greatestFiniteMagnitude])
        b.reals["loss"] = .nan
        let comparison = CheckpointComparison(a, b)
        let json = try JSONEncoder().encode(comparison)
        #expect(try JSONDecoder().decode(CheckpointComparison.self, from: json) == comparison)
        #expect(comparison.arrays.first { $0.name == "model/h" }?.largestRelative == 2)
    }
}
