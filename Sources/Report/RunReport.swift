// RunReport.swift — a run's report: its input, its files, and the writing of them.
//
// Not here: the plots (RunReport+Plots) and the page (RunReport+HTML).

import Foundation
import Metrics

/// What a report is made of.
///
/// Files: `index.html` (complete in itself), `results.json`, `table.md`, and each plot that has
/// data as an SVG of its own. The same input gives the same bytes.
public struct RunReport: Sendable {
    public var title: String
    /// The run's metrics.jsonl, rising steps; may be empty.
    public var records: [IntervalRecord]
    /// In the order in which they are to be shown; may be empty.
    public var evaluations: [Evaluation]
    /// Where the run comes from: version, commit, hosts, seed, data hashes, …; shown by key.
    public var provenance: [String: String]
    /// Samples that were left out, in any order, each as often as it was met.
    public var badSamples: [BadSample]

    public init(
        title: String, records: [IntervalRecord] = [], evaluations: [Evaluation] = [],
        provenance: [String: String] = [:], badSamples: [BadSample] = []
    ) {
        self.title = title
        self.records = records
        self.evaluations = evaluations
        self.provenance = provenance
        self.badSamples = badSamples
    }

    /// The datasets of all evaluations.
    public var result: EvaluationResult {
        EvaluationResult(datasets: evaluations.flatMap(\.result.datasets))
    }

    /// Writes the report's files into a folder, which is made when it isn't there. Each file is
    /// replaced in one go; files of an earlier report that this one doesn't have are left.
    ///
    /// - Returns: the paths written, `index.html` first.
    /// - Throws: `ReportError`.
    @discardableResult
    public func write(to folder: String) throws -> [String] {
        let url = URL(filePath: folder, directoryHint: .isDirectory)
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw ReportError.cannotWrite(path: folder, reason: error.localizedDescription)
        }
        let plots = self.plots
        var files = [
            ("index.html", html(plots: plots)),
            ("results.json", try resultsJSON()),
            ("table.md", ResultTable(result).markdown()),
        ]
        files += plots.map { ("\($0.name).svg", $0.plot.svg()) }
        for (name, text) in files {
            do {
                try Data(text.utf8).write(to: url.appending(path: name), options: .atomic)
            } catch {
                throw ReportError.cannotWrite(
                    path: url.appending(path: name).path, reason: error.localizedDescription)
            }
        }
        return files.map { url.appending(path: $0.0).path }
    }

    /// The result's JSON with the provenance beside its datasets.
    private func resultsJSON() throws -> String {
        struct Results: Encodable {
            let datasets: [DatasetResult]
            let provenance: [String: String]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(
            Results(datasets: result.datasets, provenance: provenance))
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
