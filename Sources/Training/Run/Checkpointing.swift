// Checkpointing.swift — a run's state to a checkpoint and back, written in the background.
//
// Rank 0 copies the state and goes on; a thread writes the copy. All ranks read.

import DistributedTraining
import Foundation
import Model
import Store

/// What of a run is neither weights nor optimiser.
struct RunState: Equatable {
    /// Steps done; the next one has this number.
    var step = 0
    var epoch = 0
    var skippedSteps = 0
    var skippedInRow = 0
    var quarantined = 0
    /// Of the validation split: frame AUC and the step it was measured at.
    var bestMetric: Double?
    var bestStep = 0
}

/// Turns the training state into checkpoint contents and restores it.
enum TrainingSnapshot {
    /// A copy of everything that a resumed run needs.
    static func take(
        _ step: TrainStep, _ state: RunState, sampler: (seed: UInt64, globalBatch: Int), worldSize: Int,
        config: String, provenance: [String: String]
    ) -> CheckpointContents {
        var contents = CheckpointContents(config: config, provenance: provenance)
        let parameters = step.detector.parameters
        contents.add("model", parameters.slots, UnsafeBufferPointer(parameters.values))
        contents.add("model_buffers", parameters.bufferSlots, UnsafeBufferPointer(parameters.buffers))
        for (name, values) in step.optimizer.state {
            contents.add("optimizer/\(name)", parameters.slots, UnsafeBufferPointer(values))
        }
        if let average = step.average {
            contents.add("ema", parameters.slots, UnsafeBufferPointer(average.values))
        }
        for (name, values) in step.objective.statistics.state {
            contents.arrays["anchor_statistics/\(name)"] = NamedArray(
                shape: [values.count], values: .float64(values))
        }
        contents.integers = [
            "step": Int64(state.step), "epoch": Int64(state.epoch),
            "sampler_position": Int64(state.step * sampler.globalBatch),
            "seed": Int64(bitPattern: sampler.seed), "world_size": Int64(worldSize),
            "global_batch": Int64(sampler.globalBatch), "optimizer_steps": Int64(step.optimizer.stepCount),
            "skipped_steps": Int64(state.skippedSteps), "skipped_in_row": Int64(state.skippedInRow),
            "quarantined": Int64(state.quarantined), "best_step": Int64(state.bestStep),
        ]
        if let best = state.bestMetric { contents.reals["best_val_frame_auc"] = best }
        return contents
    }

    /// Puts a checkpoint's contents into the training state.
    /// - Throws: `TrainingError.otherShape` before anything is changed if the arrays do not fit.
    static func restore(_ contents: CheckpointContents, from path: String, into step: TrainStep) throws -> RunState {
        let parameters = step.detector.parameters
        guard contents.arrays.keys.contains(where: { $0.hasPrefix("optimizer/") }) else {
            throw TrainingError.weightsOnly(checkpoint: path)
        }
        try contents.require("model", parameters.slots, path)
        try contents.require("model_buffers", parameters.bufferSlots, path)
        for (name, _) in step.optimizer.state {
            try contents.require("optimizer/\(name)", parameters.slots, path)
        }
        if step.average != nil { try contents.require("ema", parameters.slots, path) }

        contents.copy("model", parameters.slots, to: parameters.values)
        contents.copy("model_buffers", parameters.bufferSlots, to: parameters.buffers)
        for (name, values) in step.optimizer.state {
            contents.copy("optimizer/\(name)", parameters.slots, to: values)
        }
        if let average = step.average { contents.copy("ema", parameters.slots, to: average.values) }
        let group = "anchor_statistics/"
        let statistics = contents.arrays.filter { $0.key.hasPrefix(group) }.sorted { $0.key < $1.key }
        try step.objective.statistics.restore(
            statistics.compactMap { path, array in
                guard case .float64(let values) = array.values else { return nil }
                return (String(path.dropFirst(group.count)), values)
            })
        step.optimizer.stepCount = contents.integer("optimizer_steps")
        return RunState(
            step: contents.integer("step"), epoch: contents.integer("epoch"),
            skippedSteps: contents.integer("skipped_steps"),
            skippedInRow: contents.integer("skipped_in_row"),
            quarantined: contents.integer("quarantined"),
            bestMetric: contents.reals["best_val_frame_auc"], bestStep: contents.integer("best_step"))
    }

    /// A checkpoint of weights and running statistics alone: for evaluation, and for a run to begin with,
    /// but not to go on with.
    static func weights(of detector: Detector, config: String, provenance: [String: String]) -> CheckpointContents {
        var contents = CheckpointContents(config: config, provenance: provenance)
        let parameters = detector.parameters
        contents.add("model", parameters.slots, UnsafeBufferPointer(parameters.values))
        contents.add("model_buffers", parameters.bufferSlots, UnsafeBufferPointer(parameters.buffers))
        contents.integers = ["step": 0, "epoch": 0]
        return contents
    }

    /// Weights and running statistics only, for evaluation; averaged weights where there are some.
    static func restoreWeights(_ contents: CheckpointContents, from path: String, into detector: Detector) throws {
        let parameters = detector.parameters
        let group = contents.arrays.keys.contains { $0.hasPrefix("ema/") } ? "ema" : "model"
        try contents.require(group, parameters.slots, path, allowingMore: true)
        try contents.require("model_buffers", parameters.bufferSlots, path, allowingMore: true)
        contents.copy(group, parameters.slots, to: parameters.values)
        contents.copy("model_buffers", parameters.bufferSlots, to: parameters.buffers)
    }
}

extension CheckpointContents {
    fileprivate mutating func add(
        _ group: String, _ slots: [Slot], _ values: UnsafeBufferPointer<Float>
    ) {
        for slot in slots {
            arrays["\(group)/\(slot.name)"] = NamedArray(
                shape: slot.shape, values: .float32(Array(values[slot.range])))
        }
    }

    fileprivate func integer(_ name: String) -> Int { Int(integers[name] ?? 0) }

    /// Throws unless the group has exactly the slots' arrays, in their shapes.
    fileprivate func require(
        _ group: String, _ slots: [Slot], _ path: String, allowingMore: Bool = false
    ) throws {
        let present = arrays.keys.filter { $0.hasPrefix(group + "/") }
        for slot in slots {
            guard let array = arrays["\(group)/\(slot.name)"] else {
                throw TrainingError.otherShape(
                    checkpoint: path,
                    detail: present.isEmpty ? "it has no \(group)" : "it has no \(group)/\(slot.name)")
            }
            guard array.shape == slot.shape, case .float32 = array.values else {
                throw TrainingError.otherShape(
                    checkpoint: path, detail: "\(group)/\(slot.name) is \(array.shape), not \(slot.shape)")
            }
        }
        if !allowingMore && present.count != slots.count {
            let known = Set(slots.map { "\(group)/\($0.name)" })
            throw TrainingError.otherShape(
                checkpoint: path, detail: "it has \(present.first { !known.contains($0) } ?? group) too much")
        }
    }

    /// After `require`.
    fileprivate func copy(
        _ group: String, _ slots: [Slot], to values: UnsafeMutableBufferPointer<Float>
    ) {
        for slot in slots {
            guard case .float32(let array) = arrays["\(group)/\(slot.name)"]!.values else { continue }
            for (i, value) in zip(slot.range, array) { values[i] = value }
        }
    }
}

/// Writes checkpoints on a thread of its own, one at a time. On rank 0.
final class CheckpointWriter: @unchecked Sendable {
    private let folder: CheckpointFolder
    private let condition = NSCondition()
    private var isWriting = false
    private var failure: (any Error)?

    init(_ folder: CheckpointFolder) {
        self.folder = folder
    }

    /// Starts to write; waits first until the one before is done.
    /// - Throws: what went wrong with an earlier one.
    func write(_ contents: CheckpointContents, step: Int, isBest: Bool) throws {
        try wait()
        condition.lock()
        isWriting = true
        condition.unlock()
        Thread.detachNewThread { [self] in
            var problem: (any Error)?
            do {
                try folder.write(contents, step: step, isBest: isBest)
            } catch {
                problem = error
            }
            condition.lock()
            failure = problem
            isWriting = false
            condition.broadcast()
            condition.unlock()
        }
    }

    /// Waits until nothing is being written.
    func wait() throws {
        condition.lock()
        defer { condition.unlock() }
        while isWriting { condition.wait() }
        if let failure {
            self.failure = nil
            throw failure
        }
    }
}
