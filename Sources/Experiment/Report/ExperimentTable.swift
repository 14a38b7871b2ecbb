// ExperimentTable.swift — the main numbers as a table on a terminal.

import Report

/// A row a setting, in the experiment's order.
public struct ExperimentTable {
    private let result: ExperimentResult

    public init(_ result: ExperimentResult) {
        self.result = result
    }

    private static let header = [
        "setting", "seeds", "unseen frame AUC", "sd", "EER", "unseen video AUC", "seen frame AUC", "mPD", "order",
        "\u{394}", "p",
    ]

    /// For a terminal, aligned by spaces.
    public func text() -> String {
        let rows = [Self.header] + result.settings.map(cells)
        let widths = Self.header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }
        let notes = "\u{394}: \(result.reference) minus the setting, unseen frame AUC; p: paired t-test over seeds.\n"
        return ([lines[0], String(repeating: "─", count: lines[0].count)] + lines.dropFirst()).joined(separator: "\n")
            + "\n" + notes
    }

    private func cells(_ setting: ExperimentResult.Setting) -> [String] {
        func text(_ value: Double?, _ digits: Int = 4) -> String { value.map { $0.decimals(digits) } ?? "–" }
        let auc = setting.statistic { $0.unseen?.frame.auc }
        let pair = result.pairs.first { $0.b == setting.name }
        let known = setting.runs.compactMap { $0.latent?.isOrdered }
        return [
            setting.name, "\(setting.runs.count)", text(auc.mean), text(auc.sd),
            text(setting.statistic { $0.unseen?.frame.eer }.mean), text(setting.statistic { $0.unseen?.video.auc }.mean),
            text(setting.statistic { $0.seen?.frame.auc }.mean), text(setting.statistic(\.mpd).mean, 3),
            known.isEmpty ? "–" : "\(known.filter { $0 }.count)/\(known.count)",
            text(pair?.difference), ExperimentPage.p(pair?.p),
        ]
    }
}
