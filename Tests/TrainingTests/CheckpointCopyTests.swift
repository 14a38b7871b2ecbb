// CheckpointCopyTests.swift — a checkpoint holds one step's state, however long copying it takes.

import Store
import TestSupport
import Testing

extension OwnProcessTests {
    @Suite struct CheckpointCopyTests {
        private static let settings = [
            "optimizer.ema=0.9", "train.checkpoint_every_steps=1", "train.checkpoint_keep=20",
        ]

        /// Copying takes longer than a step, which takes a hundredth of a second: the update has to wait for it.
        @Test func aSlowCopyIsNotOvertakenByTheUpdate() throws {
            try withTemporaryFolder { folder in
                let slow = try OwnProcessRun("\(folder)/slow", Self.settings, steps: 5, copying: 0.3)
                let steps = try slow.checkpointSteps()
                #expect(steps.contains(1) && steps.contains(5), "\(steps)")
                for step in steps {
                    // A run's last checkpoint is written when nothing changes any more.
                    let alone = try OwnProcessRun("\(folder)/alone-\(step)", Self.settings, steps: step)
                    let expected = try alone.contents()
                    let path = try CheckpointFolder.path(slow.folder.checkpoints, step: step)
                    let contents = try Checkpoint.read(path)
                    let differing = expected.arrays.keys.filter { contents.arrays[$0] != expected.arrays[$0] }
                    #expect(differing.isEmpty && contents.integers == expected.integers, "step \(step): \(differing.prefix(3))")
                }
            }
        }
    }
}

extension CheckpointFolder {
    fileprivate static func path(_ folder: String, step: Int) throws -> String {
        try CheckpointFolder(folder, role: .reader).path(step: step)
    }
}
