// ResultTable.swift — the results as a table: for a terminal, as Markdown, as HTML.

import Metrics

/// One row per dataset, and one per manipulation method below it.
public struct ResultTable: Sendable {
    struct Row: Sendable {
        let isDataset: Bool
        let cells: [String]
    }

    static let header = [
        "dataset", "method", "frames", "videos", "frame AUC", "EER", "AP", "acc.", "video AUC",
        "EER", "AP", "acc.",
    ]
    /// The first two columns are names, the others numbers.
    static let nameColumns = 2

    let rows: [Row]
    /// What has to be known with the numbers: the protocol of each dataset, what of it was trained on, what of it
    /// could not be read.
    let notes: [String]

    public init(_ result: EvaluationResult) {
        rows = result.datasets.flatMap { dataset in
            [
                Row(
                    isDataset: true,
                    cells: [dataset.name, "all", "\(dataset.frames)", "\(dataset.videos)"]
                        + Self.cells(dataset.measures))
            ]
                + dataset.methods.map { method in
                    Row(
                        isDataset: false,
                        cells: [dataset.name, method.name, "\(method.frames)", "\(method.videos)"]
                            + Self.cells(method.measures))
                }
        }
        notes = result.datasets.flatMap { dataset in Self.notes(dataset).map { "\(dataset.name): \($0)" } }
    }

    /// Left out frames that are named; results.json has all.
    private static let leftOutLimit = 10

    private static func notes(_ dataset: DatasetResult) -> [String] {
        var notes: [String] = []
        if let conditions = dataset.evaluationProtocol {
            let verified = conditions.framesVerified.map {
                $0 ? ", every frame as it was packed" : ", not verified: the file has no frame hashes"
            }
            notes.append(
                "split \(conditions.split), \(conditions.frames) frames a video at most, "
                    + "content \(conditions.contentHash)\(verified ?? "")")
        }
        if let overlap = dataset.trainedOn { notes.append(overlap.sentence) }
        if !dataset.leftOut.isEmpty {
            let count = dataset.leftOut.count
            notes.append("\(count) frame\(count == 1 ? "" : "s") could not be read and \(count == 1 ? "is" : "are") left out")
            notes += dataset.leftOut.prefix(leftOutLimit).map { "left out: \($0.reason)" }
            if count > leftOutLimit { notes.append("\(count - leftOutLimit) more frames are left out") }
        }
        return notes
    }

    private static func cells(_ measures: Measures) -> [String] {
        [measures.frame, measures.video].flatMap { level in
            [level.auc, level.eer, level.averagePrecision, level.accuracy].map {
                $0.map { $0.decimals(4) } ?? "undefined"
            }
        }
    }

    /// For a terminal: aligned by spaces, the notes below.
    public func text() -> String {
        let widths = Self.header.indices.map { column in
            ([Self.header[column]] + rows.map { $0.cells[column] }).map(\.count).max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column < Self.nameColumns ? cell + space : space + cell
            }
            return padded.joined(separator: "  ").trimmingTrailingSpaces + "\n"
        }
        let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
        return line(Self.header) + rule + "\n" + rows.map { line($0.cells) }.joined()
            + notes.map { $0 + "\n" }.joined()
    }

    /// GitHub's dialect.
    public func markdown() -> String {
        func line(_ cells: [String]) -> String {
            let safe = cells.map {
                $0.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
            }
            return "| " + safe.joined(separator: " | ") + " |\n"
        }
        let rule = Self.header.indices.map { $0 < Self.nameColumns ? ":--" : "--:" }
        var text = line(Self.header) + line(rule) + rows.map { line($0.cells) }.joined()
        if !notes.isEmpty { text += "\n" + notes.map { "- \($0)\n" }.joined() }
        return text
    }

    func html() -> String {
        func cell(_ column: Int, _ text: String, _ tag: String) -> String {
            let kind =
                column < Self.nameColumns ? "name" : text == "undefined" ? "undefined" : "number"
            return "<\(tag) class=\"\(kind)\">\(text.escaped)</\(tag)>"
        }
        func line(_ cells: [String], _ tag: String) -> String {
            cells.enumerated().map { cell($0, $1, tag) }.joined()
        }
        let levels =
            "<tr><th colspan=\"4\"></th><th colspan=\"4\">frames</th><th colspan=\"4\">videos</th></tr>"
        let names = ["dataset", "method", "frames", "videos"] + Self.shortHeader + Self.shortHeader
        let body = rows.map { row in
            "<tr class=\"\(row.isDataset ? "dataset" : "method")\">\(line(row.cells, "td"))</tr>\n"
        }.joined()
        return "<table class=\"results\">\n<thead>\(levels)<tr>\(line(names, "th"))</tr></thead>\n"
            + "<tbody>\n\(body)</tbody>\n</table>\n"
    }

    private static let shortHeader = ["AUC", "EER", "AP", "accuracy"]
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
