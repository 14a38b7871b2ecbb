// ExperimentFolder.swift — an experiment's folder: taken by one experiment at a time, of one configuration.

import Foundation
import Store
import Training

/// `experiment.json` (what it holds), `settings/`, `data/`, `runs/`, `report/`, `results.json`.
final class ExperimentFolder {
    let path: String
    private let lock: Int32

    private struct Record: Codable {
        var version: String
        var keys: [String: String]
    }

    /// The release that began the experiment.
    private(set) var version = blendwayVersion

    /// Takes the folder, which is made if it isn't there; given back when the process ends.
    /// - Throws: `ExperimentError.inUse`, `.otherExperiment`, `.folder`, `StoreError`.
    init(_ plan: ExperimentPlan) throws {
        path = plan.folder
        do {
            for name in ["settings", "runs", "report"] {
                try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
            }
        } catch {
            throw ExperimentError.folder(path: path, reason: error.localizedDescription)
        }
        lock = open("\(path)/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard lock >= 0 else { throw ExperimentError.folder(path: path, reason: String(cString: strerror(errno))) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw ExperimentError.inUse(folder: path)
        }
        try compare(plan.configuration)
        for setting in plan.configuration.settings {
            try AtomicFile.write(setting.configuration.resolvedYAML(), to: plan.settingFile(setting.name))
        }
    }

    deinit { if lock >= 0 { close(lock) } }

    /// Refuses a folder of another configuration: its runs would be mixed with new ones.
    private func compare(_ configuration: ExperimentConfiguration) throws {
        let file = "\(path)/experiment.json"
        let keys = configuration.fingerprint
        guard let data = FileManager.default.contents(atPath: file),
            let old = try? JSONDecoder().decode(Record.self, from: data)
        else {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let record = Record(version: blendwayVersion, keys: keys)
            return try AtomicFile.write(String(decoding: encoder.encode(record), as: UTF8.self) + "\n", to: file)
        }
        version = old.version
        let differences = Set(keys.keys).union(old.keys.keys).sorted().filter { keys[$0] != old.keys[$0] }
        guard differences.isEmpty else {
            throw ExperimentError.otherExperiment(
                folder: path,
                differences: differences.map { "\($0) was \(old.keys[$0] ?? "not there"), is \(keys[$0] ?? "not there")" })
        }
    }
}
