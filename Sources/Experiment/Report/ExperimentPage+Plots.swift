// ExperimentPage+Plots.swift — the plots of an experiment's report.

import Metrics
import Report

extension ExperimentPage {
    /// SVG and caption.
    typealias Figure = (svg: String, caption: String)

    func figures(_ figures: [Figure]) -> String {
        let shown = figures.filter { !$0.svg.isEmpty }
        guard !shown.isEmpty else { return "" }
        return "<div class=\"figures\">\n"
            + shown.map { "<figure>\n\($0.svg)\($0.caption.isEmpty ? "" : "<figcaption>\($0.caption.escaped)</figcaption>")</figure>" }
            .joined(separator: "\n") + "\n</div>\n"
    }

    /// The figures as files of their own, for documents: name without end, SVG.
    var files: [(name: String, svg: String)] {
        var files = [("unseen-auc", aucPlot.svg), ("seen-auc", seenPlot.svg), ("mpd", mpdPlot.svg), ("loss", lossPlot.svg)]
        files += robustnessPlots.enumerated().map { ("robustness-\($0 + 1)", $1.svg) }
        for (name, run) in pictured {
            files += [
                ("orientation-\(name)", orientation(run).svg), ("distribution-\(name)", distribution(run).svg),
                ("components-\(name)", plane(run).svg), ("training-\(name)", overTime(run).svg),
            ]
        }
        return files.filter { !$0.1.isEmpty }
    }

    /// The settings shown in pictures, each with the run shown.
    private var pictured: [(name: String, run: ExperimentResult.Run)] {
        plan.configuration.evaluation.pictures.compactMap { name in
            result.settings.first { $0.name == name }?.runs.first.map { (name, $0) }
        }
    }

    // MARK: Settings side by side

    private func dots(_ title: String, _ xLabel: String, mark: Double? = nil, _ value: (ExperimentResult.Run) -> Double?) -> Figure {
        let plot = DotPlot(
            title: title, xLabel: xLabel,
            rows: result.settings.map {
                DotPlot.Row(name: $0.name, values: $0.runs.compactMap(value), isAccented: $0.name == result.reference)
            }, mark: mark)
        return plot.isEmpty ? ("", "") : (plot.svg(), "")
    }

    var aucPlot: Figure {
        let (svg, _) = dots("Unseen manipulations", "frame AUC; a dot a seed, the bar their mean", mark: 0.5) { $0.unseen?.frame.auc }
        return (svg, "")
    }

    var seenPlot: Figure {
        dots("Seen manipulations, other people", "frame AUC", mark: 0.5) { $0.seen?.frame.auc }
    }

    var mpdPlot: Figure { dots("Movement of features, mPD", "relative to the features' spread; lower is steadier", \.mpd) }

    /// The loss of each setting shown in pictures while it trains, a mean over its seeds, with their range.
    var lossPlot: Figure {
        let series = plan.configuration.evaluation.pictures.enumerated().compactMap { place, name -> Plot.Series? in
            let runs = result.settings.first { $0.name == name }?.runs.map(\.records) ?? []
            let byStep = Dictionary(grouping: runs.joined(), by: \.step).mapValues { $0.map(\.loss) }
                .filter { $0.value.count == runs.count }.sorted { $0.key < $1.key }
            guard !byStep.isEmpty else { return nil }
            return Plot.Series(
                name: name,
                points: byStep.map { Plot.Point(x: Double($0.key), y: $0.value.reduce(0, +) / Double($0.value.count)) },
                band: byStep.map { ($0.value.min()!, $0.value.max()!) }, color: place)
        }
        let plot = Plot(title: "Loss while training", xLabel: "step", yLabel: "loss", series: series)
        return plot.isEmpty ? ("", "") : (plot.svg(), "Means over the seeds, and their range.")
    }

    // MARK: Perturbations

    /// A plot for each kind of perturbation, with the settings that are shown in pictures.
    var robustnessPlots: [Figure] {
        let shown = result.settings.filter { plan.configuration.evaluation.pictures.contains($0.name) }
        let settings = shown.isEmpty ? Array(result.settings.prefix(1)) : shown
        func entries(_ run: ExperimentResult.Run) -> [Robustness] {
            run.evaluation.datasets.dropFirst(plan.files.seen.count).compactMap(\.robustness)
        }
        var kinds: [String] = []
        for entry in settings.first?.runs.first.map(entries)?.first?.perturbations ?? [] where !kinds.contains(entry.name) {
            kinds.append(entry.name)
        }
        return kinds.map { kind in
            let series = settings.enumerated().map { place, setting in
                Plot.Series(
                    name: setting.name,
                    points: (0...5).map { level in
                        let values = setting.runs.flatMap { run in
                            entries(run).map { robustness -> Double? in
                                level == 0
                                    ? robustness.cleanFrameAUC
                                    : robustness.perturbations.first { $0.name == kind && $0.level == level }?.frameAUC
                            }
                        }.compactMap { $0 }
                        return Plot.Point(x: Double(level), y: values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count))
                    }, color: place)
            }
            return (Plot(title: "Robustness: \(kind)", xLabel: "level", yLabel: "frame AUC", series: series).svg(), "")
        }
    }

    // MARK: Latent space

    private static let anchors = [("r", "real", 2), ("s", "self-blended", 4), ("c", "cross-blended", 5), ("f", "deepfake", 1)]

    /// For each setting shown in pictures: the features' plane, the orientation, and the anchors over time.
    var latentFigures: String {
        pictured.map { name, run in
            "<h3>\(name.escaped), seed \(run.seed)</h3>\n"
                + figures([orientation(run), distribution(run), plane(run), overTime(run)])
        }.joined()
    }

    private func scatter(
        _ title: String, _ x: String, _ y: String, _ latent: LatentSpace, _ place: (LatentSpace.Point) -> Plot.Point
    ) -> String {
        var plot = Plot(
            title: title, xLabel: x, yLabel: y,
            series: Self.anchors.map { letter, name, color in
                var series = Plot.Series(
                    name: name, points: latent.points.filter { $0.anchor == letter }.map(place), color: color)
                series.isScatter = true
                return series
            })
        plot.shape = .wide
        return plot.svg()
    }

    private func plane(_ run: ExperimentResult.Run) -> Figure {
        guard let latent = run.latent else { return ("", "") }
        let shares = latent.shares.map { "\(Int(($0 * 100).rounded())) %" }
        return (
            scatter(
                "Latent space: principal components", "first component, \(shares[0]) of the variance, in σ",
                "second, \(shares[1])", latent
            ) { Plot.Point(x: $0.x, y: $0.y) }, "Pooled features of the same pictures."
        )
    }

    private func orientation(_ run: ExperimentResult.Run) -> Figure {
        guard let latent = run.latent else { return ("", "") }
        return (
            scatter("Latent space: along the orientation", "position t, in σ", "first component of the rest, in σ", latent) {
                Plot.Point(x: $0.t, y: $0.rest)
            }, "Pooled features of held-out pictures; to the right is further from real."
        )
    }

    /// Where the pictures of each anchor lie along the orientation: shares of them in bins.
    private func distribution(_ run: ExperimentResult.Run) -> Figure {
        guard let points = run.latent?.points, let low = points.map(\.t).min(), let high = points.map(\.t).max(), low < high
        else { return ("", "") }
        let bins = 28
        let width = (high - low) / Double(bins)
        let series = Self.anchors.map { letter, name, color in
            let members = points.filter { $0.anchor == letter }
            var counts = [Int](repeating: 0, count: bins)
            for point in members { counts[min(bins - 1, Int((point.t - low) / width))] += 1 }
            return Plot.Series(
                name: name,
                points: counts.enumerated().map { bin, count in
                    Plot.Point(x: low + (Double(bin) + 0.5) * width, y: Double(count) / Double(max(1, members.count)))
                }, color: color)
        }
        var plot = Plot(
            title: "Anchors along the orientation", xLabel: "position t, in σ", yLabel: "share of the pictures", series: series)
        plot.startsAtZero = true
        return (plot.svg(), "The same pictures, counted.")
    }

    /// In σ, so that a growing scale of the features doesn't look like progress.
    private func overTime(_ run: ExperimentResult.Run) -> Figure {
        let series = Self.anchors.enumerated().map { place, anchor in
            Plot.Series(
                name: anchor.1,
                points: run.records.map { record in
                    guard let anchors = record.anchors, anchors.t.indices.contains(place), anchors.sigma > 0 else {
                        return Plot.Point(x: Double(record.step), y: .nan)
                    }
                    return Plot.Point(x: Double(record.step), y: anchors.t[place] / anchors.sigma)
                }, color: anchor.2)
        }.filter { $0.points.contains { $0.y.isFinite } }
        let plot = Plot(title: "Anchors while training", xLabel: "step", yLabel: "position t, in σ", series: series)
        return plot.isEmpty ? ("", "") : (plot.svg(), "Means of the training batches.")
    }
}
