// ExperimentCollector.swift — reads what the runs left and makes the experiment's result of it.

import CKernels
import Foundation
import Metrics
import Report
import Tensor
import Training

/// From run folders to numbers. Reads only.
struct ExperimentCollector {
    let plan: ExperimentPlan
    let files: [ExperimentProtocol.File]

    /// - Parameters:
    ///   - failed: of this start.
    ///   - startedBy: the release that began the folder.
    func result(failed: [(job: ExperimentPlan.Job, reason: String)], startedBy version: String) -> ExperimentResult {
        let configuration = plan.configuration
        let seenCount = plan.files.seen.count
        let settings = configuration.settings.compactMap { setting -> ExperimentResult.Setting? in
            let runs = plan.allJobs.filter { $0.setting == setting.name }.compactMap { job -> ExperimentResult.Run? in
                guard let evaluation = ExperimentRunner.evaluation(job), evaluation.datasets.count > seenCount else { return nil }
                let text = (try? String(contentsOfFile: job.metrics, encoding: .utf8)) ?? ""
                return ExperimentResult.Run(
                    seed: job.seed, evaluation: evaluation, training: ExperimentRunner.summary(job),
                    records: IntervalRecord.records(jsonLines: text), seenCount: seenCount)
            }
            return runs.isEmpty ? nil : ExperimentResult.Setting(name: setting.name, runs: runs)
        }
        return ExperimentResult(
            name: configuration.name, reference: configuration.reference, settings: settings,
            pairs: ExperimentResult.pairs(settings, reference: configuration.reference),
            failures: failed.map { .init(setting: $0.job.setting, seed: $0.job.seed, reason: $0.reason) },
            data: files.map(Self.description), provenance: provenance(version))
    }

    private static func description(_ file: ExperimentProtocol.File) -> ExperimentResult.Dataset {
        let counts = Dictionary(file.file.frameVideos.map { ($0, 1) }, uniquingKeysWith: +)
        return ExperimentResult.Dataset(
            role: file.role, file: URL(filePath: file.path).lastPathComponent,
            dataset: file.file.description.dataset, split: file.file.description.split,
            methods: file.methods.sorted(), people: file.people.count, videos: file.file.videos.count,
            frames: file.file.frameCount, framesPerVideo: counts.values.max() ?? 0,
            contentHash: file.file.contentHash, creationCommand: file.file.description.creationCommand)
    }

    private func provenance(_ version: String) -> [String: String] {
        let configuration = plan.configuration
        var facts = [
            "version": blendwayVersion, "seeds": configuration.seeds.map { "\($0)" }.joined(separator: ", "),
            "machine": Self.machine, "ranks of a run": "\(max(1, configuration.run.ranks))",
            "threads of a rank": "\(configuration.run.threads)",
            "checkpoint judged": configuration.evaluation.checkpoint.rawValue,
        ]
        if version != blendwayVersion { facts["begun by version"] = version }
        if let first = configuration.settings.first?.configuration {
            facts["network"] = "\(first.model.arch.rawValue), \(first.data.size)×\(first.data.size) pixels"
            facts["training"] = "\(first.train.epochs) epochs, \(first.data.globalBatch) quadruples a step, "
                + "\(first.optimizer.name.rawValue), learning rate \(first.optimizer.lr.significant(3)), \(first.schedule.name.rawValue) schedule"
        }
        if configuration.evaluation.perturb {
            let count = configuration.evaluation.perturbFrames
            facts["perturbed frames of a video"] = count == 0 ? "all" : "\(count)"
        }
        return facts
    }

    /// Such as "2 × AMD EPYC, 24 GB, OpenBLAS SkylakeX, kernels x86-64-v4".
    private static var machine: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let name = text.split(separator: "\n").first { $0.hasPrefix("model name") }
            .map { $0.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "" }
        let memory = Double(ProcessInfo.processInfo.physicalMemory) / 1e9
        return "\(ProcessInfo.processInfo.activeProcessorCount) × \(name ?? "processor"), \(Int(memory.rounded())) GB, "
            + "OpenBLAS \(OpenBLASCore.name), kernels \(OpenBLASCore.instructionSet)"
    }
}
