// SkippedStepTests.swift — a step whose loss is not finite leaves nothing behind but its count.

import Store
import TestSupport
import Testing
import Training

extension OwnProcessTests {
    @Suite struct SkippedStepTests {
        @Test func aSkippedStepChangesNeitherWeightsNorStatisticsNorAverages() throws {
            try withTemporaryFolder { folder in
                let settings = ["optimizer.ema=0.9", "data.val=null", "model.batch_norm.momentum=0.5", "losses.anchor_momentum=0.5"]
                let first = try OwnProcessRun("\(folder)/first", settings, steps: 2)
                // Of the last layer, so that all in front of it is finite: what the forward pass updates on its way is
                // sound, and has to be undone all the same.
                var contents = try first.contents()
                let name = "model/heads.final.output.weight"
                let weight = try #require(contents.arrays[name])
                contents.arrays[name] = NamedArray(shape: weight.shape, [Float](repeating: 3e38, count: weight.shape.reduce(1, *)))
                let broken = "\(folder)/broken.h5"
                try Checkpoint.write(contents, to: broken)

                let next = try OwnProcessRun("\(folder)/next", settings, steps: 5, resume: .checkpoint(broken))
                #expect(next.summary.skippedSteps == 3 && next.summary.step == 5)
                let after = try next.contents()
                for (name, array) in contents.arrays { #expect(after.arrays[name] == array, "\(name) has changed") }
                #expect(after.integers["skipped_steps"] == 3 && after.integers["skipped_in_row"] == 3)
                #expect(after.integers["optimizer_steps"] == 2)
            }
        }
    }
}
