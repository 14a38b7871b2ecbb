// RunReport+HTML.swift — the report's page: everything inline, light, made to be printed too.

import Metrics

extension RunReport {
    /// - Parameter plots: those to show, in order.
    func html(plots: [NamedPlot]) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title.escaped)</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <h1>\(title.escaped)</h1>
        \(summary)
        \(results)
        \(figures(plots))
        \(badSampleTable)
        \(provenanceTable)
        </body>
        </html>

        """
    }

    /// One line on how far the run is.
    private var summary: String {
        guard let last = records.last else { return "" }
        let ranks = last.worldSize == 1 ? "1 rank" : "\(last.worldSize) ranks"
        var parts = [
            "\(last.step) steps", "epoch \(last.epoch)", ranks,
            "loss \(last.loss.significant(4))",
            "\(last.imagesPerSecond.significant(3)) images/s",
        ]
        if last.quarantined > 0 { parts.append("quarantined \(last.quarantined)") }
        if last.skippedSteps > 0 { parts.append("skipped steps \(last.skippedSteps)") }
        return "<p class=\"summary\">\(parts.map(\.escaped).joined(separator: " · "))</p>"
    }

    private var results: String {
        guard !result.datasets.isEmpty else {
            return "<h2>Results</h2>\n<p>No evaluation yet.</p>"
        }
        let table = ResultTable(result)
        let notes = table.notes.map { "<li>\($0.escaped)</li>" }.joined(separator: "\n")
        return """
            <h2>Results</h2>
            <div class="scroll">
            \(table.html())</div>
            <p class="note">A method's rows set its fakes against all real ones of the dataset. \
            A video's score is the mean of its frames' scores. Undefined: all real, or all fake.</p>
            \(notes.isEmpty ? "" : "<ul class=\"note\">\n\(notes)\n</ul>")
            """
    }

    private func figures(_ plots: [NamedPlot]) -> String {
        guard !plots.isEmpty else { return "" }
        let figures = plots.map { named in
            let caption =
                named.caption.isEmpty ? "" : "<figcaption>\(named.caption.escaped)</figcaption>"
            return "<figure>\n\(named.plot.svg())\(caption)</figure>"
        }
        return "<h2>Plots</h2>\n<div class=\"figures\">\n"
            + figures.joined(separator: "\n") + "\n</div>"
    }

    private var provenanceTable: String {
        guard !provenance.isEmpty else { return "" }
        let rows = provenance.sorted { $0.key < $1.key }.map {
            "<tr><th>\($0.key.escaped)</th><td>\($0.value.escaped)</td></tr>"
        }
        return "<h2>Provenance</h2>\n<table class=\"provenance\">\n"
            + rows.joined(separator: "\n") + "\n</table>"
    }

    private static let style = """
        body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
          Arial, sans-serif; color: #1a1a1a; background: #fff; max-width: 1240px;
          margin: 2rem auto; padding: 0 1.5rem; }
        h1 { font-size: 1.7rem; margin: 0 0 .2rem; }
        h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
        .summary { color: #555; margin: 0; }
        .note { color: #666; font-size: .85rem; margin: .5rem 0; overflow-wrap: anywhere; }
        ul.note { padding-left: 1.2rem; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
        th, td { padding: .3rem .7rem; text-align: left; }
        .results { width: 100%; font-size: .84rem; }
        .results th, .results td { padding: .3rem .45rem; white-space: nowrap; }
        .results thead th { font-weight: 600; color: #555; border-bottom: 1px solid #bbb; }
        .results thead tr:first-child th { border-bottom: 0; padding-bottom: 0; text-align: center; }
        .results .number, .results .undefined { text-align: right; }
        .results .undefined { color: #888; font-style: italic; }
        .results tr.dataset td { font-weight: 600; border-top: 1px solid #ddd; }
        .results tr.method td:first-child { color: transparent; }
        .bad-samples td { vertical-align: top; overflow-wrap: anywhere; border-top: 1px solid #ddd; }
        .provenance th { font-weight: 500; color: #555; vertical-align: top; white-space: nowrap; }
        .provenance td { overflow-wrap: anywhere; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(460px, 1fr));
          gap: 1.2rem; align-items: start; }
        figure { margin: 0; border: 1px solid #e5e5e5; border-radius: 6px; padding: .6rem; }
        figure svg { display: block; width: 100%; height: auto; }
        figcaption { color: #666; font-size: .85rem; margin-top: .3rem; }
        @media (max-width: 560px) { .figures { grid-template-columns: 1fr; } }
        @media print {
          body { margin: 0; padding: 0; max-width: none; font-size: 10pt; }
          table, .results { font-size: 6.8pt; }
          .results th, .results td { padding: .12rem .25rem; }
          .note, figcaption { font-size: 7.5pt; }
          .scroll { overflow: visible; }
          .figures { grid-template-columns: 1fr 1fr; gap: .6rem; }
          figure, tr { break-inside: avoid; }
          h2 { break-after: avoid; }
          @page { margin: 15mm; }
        }
        """
}
