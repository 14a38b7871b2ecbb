// ExperimentPage.swift — the experiment's report: one page, complete in itself, to be read and printed.
//
// Not here: the plots (ExperimentPage+Plots) and the looks (ExperimentPage+Style).

import Foundation
import Metrics
import Report

/// The page of a result.
struct ExperimentPage {
    let result: ExperimentResult
    let plan: ExperimentPlan

    init(_ result: ExperimentResult, plan: ExperimentPlan) {
        self.result = result
        self.plan = plan
    }

    func html() -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(result.name.escaped)</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <h1>\(result.name.escaped)</h1>
        \(introduction)
        \(failures)
        <h2>Detection of manipulations that training has and hasn't seen</h2>
        \(mainTable)
        \(figures([aucPlot, seenPlot, lossPlot]))
        <h2>\(result.reference.escaped) against the others</h2>
        \(pairTable)
        <h2>By manipulation</h2>
        \(methodTable)
        \(robustness)
        <h2>Where the anchors lie</h2>
        \(anchorTable)
        \(latentFigures)
        \(saliency)
        <h2>Protocol</h2>
        \(protocolTable)
        </body>
        </html>

        """
    }

    // MARK: Words

    private var introduction: String {
        let runs = result.settings.reduce(0) { $0 + $1.runs.count }
        var text = """
            <p class="summary">\(result.settings.count) settings, \(runs) of \(plan.allJobs.count) runs · seeds \
            \(plan.configuration.seeds.map { "\($0)" }.joined(separator: ", ")) · version \
            \(result.provenance["version"] ?? "")</p>
            """
        if let reference = result.settings.first(where: { $0.name == result.reference }) {
            let auc = reference.statistic { $0.unseen?.frame.auc }
            let ordered = reference.runs.filter { $0.latent?.isOrdered == true }.count
            text += """
                <p>On manipulations that training hasn't seen, <b>\(result.reference.escaped)</b> reaches a frame AUC of \
                \(Self.number(auc)) (mean and standard deviation over \(reference.runs.count) \
                \(reference.runs.count == 1 ? "seed" : "seeds")). \(Self.comparison(result.pairs)) On held-out data the \
                anchors stand in the order r, s, c, f in \(ordered) of its \(reference.runs.count) runs.</p>
                """
        }
        return text + """
            <p class="note">A method's name says what it is, not whether it is better: every number here is reported \
            as it came out. Settings of the training were fixed before; where one was chosen, it was on the validation \
            data, which show other people than the tests and manipulations of the training only.</p>
            """
    }

    /// "It is above vht (+0.031, p = 0.02) and bf-only (…), and below … ."
    private static func comparison(_ pairs: [ExperimentResult.Pair]) -> String {
        func list(_ pairs: [ExperimentResult.Pair]) -> String {
            let parts = pairs.map { "\($0.b.escaped) (\(signed($0.difference)), p \(pInText($0.p)))" }
            return parts.count < 2
                ? parts.joined() : parts.dropLast().joined(separator: ", ") + " and " + parts[parts.count - 1]
        }
        let above = pairs.filter { $0.difference > 0 }, below = pairs.filter { $0.difference <= 0 }
        switch (above.isEmpty, below.isEmpty) {
        case (true, true): return ""
        case (false, true): return "That is above \(list(above))."
        case (true, false): return "That is not above \(list(below))."
        case (false, false): return "That is above \(list(above)), but not above \(list(below))."
        }
    }

    private var failures: String {
        guard !result.failures.isEmpty else { return "" }
        let items = result.failures.map {
            "<li>\($0.setting.escaped), seed \($0.seed): \($0.reason.escaped)</li>"
        }
        return "<div class=\"warning\"><b>Runs that failed and are missing below</b><ul>\(items.joined())</ul></div>"
    }

    // MARK: Tables

    private func table(_ head: [String], groups: String = "", _ rows: [(cells: [String], isReference: Bool)]) -> String {
        let header = head.map { "<th>\($0)</th>" }.joined()
        let body = rows.map { row in
            "<tr\(row.isReference ? " class=\"reference\"" : "")>"
                + row.cells.enumerated().map { "<td\($0 == 0 ? " class=\"name\"" : "")>\($1)</td>" }.joined() + "</tr>\n"
        }
        return "<div class=\"scroll\"><table><thead>\(groups)<tr>\(header)</tr></thead><tbody>\n"
            + body.joined() + "</tbody></table></div>\n"
    }

    private var mainTable: String {
        let rows = result.settings.map { setting -> (cells: [String], isReference: Bool) in
            let known = setting.runs.compactMap { $0.latent?.isOrdered }
            func level(_ key: KeyPath<Measures, LevelMeasures>, _ kind: (ExperimentResult.Run) -> Measures?) -> [String] {
                let eer = setting.statistic { kind($0)?[keyPath: key].eer }.mean
                return [
                    Self.number(setting.statistic { kind($0)?[keyPath: key].auc }),
                    eer.map { $0.decimals(3) } ?? "<i>undefined</i>",
                ]
            }
            let cells = level(\.frame, \.unseen) + level(\.video, \.unseen) + level(\.frame, \.seen) + level(\.video, \.seen)
            return (
                [setting.name.escaped, "\(setting.runs.count)"] + cells
                    + [Self.number(setting.statistic { $0.training?.bestValFrameAUC })]
                    + [
                        Self.number(setting.statistic(\.mpd), 2),
                        known.isEmpty ? "–" : "\(known.filter { $0 }.count) of \(known.count)",
                    ], setting.name == result.reference
            )
        }
        let groups = """
            <tr class="groups"><th colspan="2"></th><th colspan="4">unseen manipulations</th>\
            <th colspan="4">seen manipulations, other people</th><th>val.</th><th></th><th>anchors</th></tr>
            """
        let head = [
            "setting", "runs", "frame AUC", "EER", "video AUC", "EER", "frame AUC", "EER", "video AUC", "EER",
            "frame AUC", "mPD", "in order",
        ]
        return table(head, groups: groups, rows) + """
            <p class="note">Means ± standard deviations over seeds (those of the EER are in results.json). AUC: chance that a fake scores higher than a real \
            one, 0.5 is guessing. EER: error rate where both kinds of error are equally frequent. A video's score is the \
            mean of its frames'. val.: best frame AUC on the validation data during training. mPD: how far features move \
            when pictures are perturbed, relative to their spread; lower is steadier. In order: runs whose anchors stand \
            as t(r) &lt; t(s) &lt; t(c) &lt; t(f) on the unseen test's people.</p>
            """
    }

    private var pairTable: String {
        guard !result.pairs.isEmpty else { return "<p>There is nothing to compare it with yet.</p>" }
        let rows = result.pairs.map { pair in
            (
                cells: [
                    "\(pair.a.escaped) − \(pair.b.escaped)", Self.signed(pair.difference),
                    pair.sd.map { $0.decimals(4) } ?? "–", "\(pair.seeds)", pair.t.map { $0.decimals(2).withMinus } ?? "–",
                    Self.p(pair.p),
                ], isReference: false
            )
        }
        let few = result.pairs.map(\.seeds).max() ?? 0
        let caution = few < 5
            ? "With \(few) \(few == 1 ? "seed" : "seeds") p is a hint at best: it takes the differences to be normal, "
                + "which so few can't show, and only large differences can pass. " : ""
        return table(["frame AUC, unseen", "difference", "sd", "seeds", "t", "p"], rows) + """
            <p class="note">Mean of the differences between runs of the same seed; two-sided paired t-test. \
            \(caution)No correction for the number of comparisons.</p>
            """
    }

    private var methodTable: String {
        let seen = plan.files.seen.count
        var columns: [(dataset: Int, name: String, label: String)] = []
        for (place, dataset) in (result.settings.first?.runs.first?.evaluation.datasets ?? []).enumerated() {
            for method in dataset.methods {
                columns.append((place, method.name, "\(method.name.escaped)<br><small>\(place < seen ? "seen" : "unseen")</small>"))
            }
        }
        guard !columns.isEmpty else { return "<p>The tests have no fakes.</p>" }
        let rows = result.settings.map { setting in
            (
                cells: [setting.name.escaped]
                    + columns.map { column in
                        Self.number(
                            setting.statistic { run in
                                guard run.evaluation.datasets.indices.contains(column.dataset) else { return nil }
                                return run.evaluation.datasets[column.dataset].methods
                                    .first { $0.name == column.name }?.measures.frame.auc
                            })
                    }, isReference: setting.name == result.reference
            )
        }
        return table(["setting"] + columns.map(\.label), rows)
            + "<p class=\"note\">Frame AUC of each manipulation's fakes against all real frames of its dataset.</p>"
    }

    private var robustness: String {
        let plots = robustnessPlots
        guard !plots.isEmpty else { return "" }
        return "<h2>Under perturbations</h2>\n" + figures(plots + [mpdPlot]) + """
            <p class="note">Unseen manipulations, means over seeds; level 0 is the same frames as they are. Amounts by level: \
            \(perturbationAmounts). mPD is the mean over all of them of the mean distance between a frame's features and \
            its perturbed copy's, divided by the root mean square distance of features from their mean.</p>
            """
    }

    private var perturbationAmounts: String {
        let all = result.settings.first?.runs.first?.evaluation.datasets.last?.robustness?.perturbations ?? []
        var names: [String] = []
        for entry in all where !names.contains(entry.name) { names.append(entry.name) }
        return names.map { name in
            let entries = all.filter { $0.name == name }
            let amounts = entries.map { $0.amount.significant(3) }.joined(separator: ", ")
            return "\(name.escaped) \(amounts) (\(entries[0].unit.escaped))"
        }.joined(separator: "; ") + "; lengths for faces of 256 pixels"
    }

    private var anchorTable: String {
        let rows = result.settings.flatMap { setting in
            setting.runs.compactMap { run -> (cells: [String], isReference: Bool)? in
                guard let latent = run.latent else { return nil }
                let t = ["r", "s", "c", "f"].map { letter in
                    latent.anchors.first { $0.anchor == letter }.map { ($0.t / latent.sigma).decimals(2).withMinus } ?? "–"
                }
                let gaps = latent.separations.map { $0.decimals(2).withMinus }
                return (
                    [setting.name.escaped, "\(run.seed)"] + t + (gaps.count == 3 ? gaps : ["–", "–", "–"])
                        + [latent.isOrdered.map { $0 ? "yes" : "no" } ?? "–", latent.orientation.escaped],
                    setting.name == result.reference
                )
            }
        }
        guard !rows.isEmpty else { return "<p>No run has looked.</p>" }
        return table(["setting", "seed", "r", "s", "c", "f", "r→s", "s→c", "c→f", "in order", "orientation"], rows) + """
            <p class="note">On people of the unseen test: real faces (r), self-blended (s) and cross-blended (c) pictures \
            made of them as in training, and the test's deepfakes (f). Positions t and gaps between neighbours along the orientation, in \
            units of σ, the spread within anchors. Settings that train on fewer anchors have their orientation between \
            those that they know.</p>
            """
    }

    private var protocolTable: String {
        let files = result.data.map { file in
            (
                cells: [
                    file.role, "\(file.dataset.escaped)<br><small>\(file.file.escaped)</small>", file.split.escaped,
                    file.methods.joined(separator: ", ").escaped, "\(file.people)", "\(file.videos)", "\(file.frames)",
                    "\(file.framesPerVideo)", "<code>\(file.contentHash.prefix(16))</code>",
                ], isReference: false
            )
        }
        let facts = result.provenance.sorted { $0.key < $1.key }.map {
            "<tr><th>\($0.key.escaped)</th><td>\($0.value.escaped)</td></tr>"
        }
        let made = Set(result.data.map(\.creationCommand)).sorted().map {
            "<tr><th>data made by</th><td><code>\($0.escaped)</code></td></tr>"
        }
        return table(
            ["used for", "dataset", "split", "manipulations", "people", "videos", "frames", "frames a video, at most", "content"], files)
            + "<table class=\"facts\">\n\((facts + made).joined(separator: "\n"))\n</table>"
    }

    private var saliency: String {
        let pictures = plan.allJobs.filter(plan.hasPictures).compactMap { job -> String? in
            guard let data = FileManager.default.contents(atPath: job.saliency) else { return nil }
            return """
                <figure class="wide"><img alt="Grad-CAM examples of \(job.name.escaped)" \
                src="data:image/jpeg;base64,\(data.base64EncodedString())"><figcaption>\(job.name.escaped): pictures of the \
                tests, and beside each what speaks for "fake".</figcaption></figure>
                """
        }
        guard !pictures.isEmpty else { return "" }
        return "<h2>What the detectors look at</h2>\n" + pictures.joined(separator: "\n") + """
            <p class="note">Grad-CAM of the log odds of "fake", scaled to each picture's own maximum: colours of two \
            pictures can't be compared, and a real face has a most suspicious place too.</p>
            """
    }

    // MARK: Numbers

    /// "0.874 ± 0.012".
    static func number(_ statistic: ExperimentResult.Statistic, _ digits: Int = 3) -> String {
        guard let mean = statistic.mean else { return "<i>undefined</i>" }
        let sd = statistic.sd.map { " <small>± \($0.decimals(digits))</small>" } ?? ""
        return mean.decimals(digits).withMinus + sd
    }

    static func signed(_ value: Double) -> String {
        (value >= 0 ? "+" : "") + value.decimals(4).withMinus
    }

    static func p(_ p: Double?) -> String {
        p.map { $0 < 0.0001 ? "< 0.0001" : $0.significant(2) } ?? "–"
    }

    private static func pInText(_ p: Double?) -> String {
        p == nil ? "unknown" : p! < 0.0001 ? "&lt; 0.0001" : "= \(self.p(p))"
    }
}
