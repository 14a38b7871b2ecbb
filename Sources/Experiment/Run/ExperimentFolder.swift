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
        /// Hash of each file's content, once they are there.
        var data: [String: String]?
    }

    private var file: String { "\(path)/experiment.json" }
    private var record = Record(version: "", keys: [:])

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
        let keys = configuration.fingerprint
        guard let data = FileManager.default.contents(atPath: file),
            let old = try? JSONDecoder().decode(Record.self, from: data)
        else {
            record = Record(version: blendwayVersion, keys: keys)
            return try write()
        }
        (version, record) = (old.version, old)
        let differences = Set(keys.keys).union(old.keys.keys).sorted().filter { keys[$0] != old.keys[$0] }
        guard differences.isEmpty else {
            throw ExperimentError.otherExperiment(
                folder: path,
                differences: differences.map { "\($0) was \(old.keys[$0] ?? "not there"), is \(keys[$0] ?? "not there")" })
        }
    }

    /// Refuses files whose content isn't that of the runs that are there.
    func compare(_ files: [ExperimentProtocol.File]) throws {
        let hashes = Dictionary(files.map { ("\($0.role) \($0.path)", $0.file.contentHash) }) { $1 }
        guard let old = record.data else {
            record.data = hashes
            return try write()
        }
        guard let changed = hashes.keys.sorted().first(where: { hashes[$0] != old[$0] }) else { return }
        throw ExperimentError.otherExperiment(
            folder: path,
            differences: ["the content of \(changed) was \(old[changed]?.prefix(12) ?? "unknown"), is \(hashes[changed]!.prefix(12))"])
    }

    private func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(String(decoding: encoder.encode(record), as: UTF8.self) + "\n", to: file)
    }
}
