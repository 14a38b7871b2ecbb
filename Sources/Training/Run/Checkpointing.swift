// Checkpointing.swift — a run's state to a checkpoint and back, written in the background.
//
// Rank 0's thread copies the state and writes the copy. All ranks read.
//
// Note [Copying behind the next step]
// Weights and the optimiser's state change only in the update at the end of a step. So they need not be
// copied between two steps: a thread does it while the next step's forward and backward passes run, and
// the update waits for it, mostly not at all. What a forward pass changes (running statistics) is small
// and copied at once. Memory: one more copy of weights and optimiser state on rank 0 while a checkpoint
// is being written.

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
    /// Of the samples met since a release that counts them.
    var budget = QuarantineBudget()
    /// Of the validation split: frame AUC and the step it was measured at.
    var bestMetric: Double?
    var bestStep = 0
}

/// Turns the training state into checkpoint contents and restores it.
enum TrainingSnapshot {
    /// Everything that a resumed run needs: what a forward pass changes as a copy, the rest to be copied by
    /// `PendingSnapshot.copy` before the next update.
    static func take(
        _ step: TrainStep, _ state: RunState, sampler: (seed: UInt64, globalBatch: Int), worldSize: Int,
        config: String, provenance: [String: String], trainedOn: TrainingRecord?
    ) -> PendingSnapshot {
        var contents = CheckpointContents(config: config, provenance: provenance, trainedOn: trainedOn)
        let parameters = step.detector.parameters
        contents.add("model_buffers", parameters.bufferSlots, UnsafeBufferPointer(parameters.buffers))
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
            "quarantined": Int64(state.quarantined), "quarantine_seen": Int64(state.budget.seen),
            "quarantine_bad": Int64(state.budget.bad), "best_step": Int64(state.bestStep),
        ]
        if let best = state.bestMetric { contents.reals["best_val_frame_auc"] = best }
        var large = [(group: "model", values: UnsafeBufferPointer(parameters.values))]
        large += step.optimizer.state.map { ("optimizer/\($0.name)", UnsafeBufferPointer($0.values)) }
        if let average = step.average { large.append(("ema", UnsafeBufferPointer(average.values))) }
        return PendingSnapshot(contents: contents, slots: parameters.slots, large: large)
    }

    /// Puts a checkpoint's contents into the training state.
    /// - Throws: `TrainingError.otherShape` before anything is changed if the arrays do not fit.
    static func restore(_ contents: CheckpointContents, from path: String, into step: TrainStep) throws -> RunState {
        let parameters = step.detector.parameters
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
        try restoreStatistics(contents, into: step.objective)
        step.optimizer.stepCount = contents.integer("optimizer_steps")
        return RunState(
            step: contents.integer("step"), epoch: contents.integer("epoch"),
            skippedSteps: contents.integer("skipped_steps"),
            skippedInRow: contents.integer("skipped_in_row"),
            quarantined: contents.integer("quarantined"),
            budget: QuarantineBudget(
                seen: contents.integer("quarantine_seen"), bad: contents.integer("quarantine_bad")),
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

    /// The anchors' running means.
    static func restoreStatistics(_ contents: CheckpointContents, into objective: Objective) throws {
        let group = "anchor_statistics/"
        let statistics = contents.arrays.filter { $0.key.hasPrefix(group) }.sorted { $0.key < $1.key }
        try objective.statistics.restore(
            statistics.compactMap { path, array in
                guard case .float64(let values) = array.values else { return nil }
                return (String(path.dropFirst(group.count)), values)
            })
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

/// A checkpoint whose large arrays are still those of the training itself.
struct PendingSnapshot: @unchecked Sendable {
    // Unchecked: the memory lives as long as the training, and does not change before the next update.
    fileprivate let contents: CheckpointContents
    fileprivate let slots: [Slot]
    fileprivate let large: [(group: String, values: UnsafeBufferPointer<Float>)]

    /// The whole checkpoint. Cost: one copy of all weights and optimiser state.
    func copy() -> CheckpointContents {
        var contents = contents
        for (group, values) in large { contents.add(group, slots, values) }
        return contents
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

