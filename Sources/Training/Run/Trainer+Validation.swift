// Trainer+Validation.swift — a run's boundaries between steps: validation at an epoch's end, and checkpoints.

import Data
import DistributedTraining
import Foundation
import Store
import Tensor

extension Trainer {
    /// Validation at the end of an epoch, and checkpoints. Collective.
    func atBoundary(
        _ step: TrainStep, _ state: inout RunState, _ recorder: RunRecorder, _ validation: DatasetFile?,
        _ pool: ThreadPool, _ sampler: Sampler, epochDone: Bool, lastStep: Int
    ) throws {
        var isBest = false
        let every = configuration.train.evaluateEveryEpochs
        let isLast = state.step == lastStep
        if let validation, every > 0, epochDone, state.epoch % every == 0 || isLast {
            let done = state
            var result: (auc: Double?, leftOut: Int) = (nil, 0)
            try savingOnFailure(step, done, recorder) {
                result = try world.phases.during("evaluate", limit: limit(\.evaluateSeconds)) {
                    recorder.waitUntilCopied()
                    return try validate(validation, step, recorder, pool, epoch: done.epoch)
                }
            }
            if let auc = result.auc, auc > state.bestMetric ?? -1 {
                (state.bestMetric, state.bestStep, isBest) = (auc, state.step, true)
            }
            recorder.validated(auc: result.auc, leftOut: result.leftOut, state: state)
        }
        let isDue = state.step % configuration.train.checkpointEverySteps == 0
        recorder.saveAtBoundary(
            step, state, isDue: isDue && !isLast, isBest: isBest,
            isComplete: leavesNothing(state.step - 1, sampler, lastStep))
    }

    /// Frame AUC on the validation split, the same number on every rank, nil if undefined; and, on rank 0, how many
    /// frames it is without.
    private func validate(
        _ file: DatasetFile, _ step: TrainStep, _ recorder: RunRecorder, _ pool: ThreadPool, epoch: Int
    ) throws -> (auc: Double?, leftOut: Int) {
        let average = step.average
        if let average { step.detector.parameters.exchange(with: average.values) }
        defer { if let average { step.detector.parameters.exchange(with: average.values) } }
        // Products are cut by threads, and round accordingly: with shards nothing may depend on that.
        let pool = shards > 0 ? ThreadPool() : pool
        let judged = try Evaluator(
            detector: step.detector, pool: pool, world: world, quarantineLimit: configuration.data.quarantineLimit,
            products: Products(configuration.train.evaluatePrecision)
        ).score(file)
        var auc = Double.nan
        if let judged {
            let scored = Evaluator.Scored(name: "val", file: file, judged: judged)
            try recorder.leftOut(scored.leftOut, of: file, epoch: epoch)
            // Weights that blow up give scores that are no numbers: no result, and no reason to end here.
            // Steps that cannot be applied end the run by their own count.
            if judged.kept.allSatisfy({ judged.scores[$0].isFinite }) {
                auc = try Evaluator.evaluation([scored]).result.datasets[0].measures.frame.auc ?? .nan
            } else {
                log.warning("step \(step.optimizer.stepCount): validation scores are not finite")
            }
        }
        auc = try world.communicator.broadcast([auc], phase: "share the validation result")[0]
        return (auc.isNaN ? nil : auc, judged?.leftOut.count ?? 0)
    }
}
