// RunReport+Plots.swift — the plots of a report, from its records and evaluations.

import Metrics

extension RunReport {
    /// A plot and the name of its file.
    struct NamedPlot {
        let name: String
        let plot: Plot
        let caption: String
    }

    /// Those that have something to show.
    var plots: [NamedPlot] {
        [losses, roc, anchors, learningRate, throughput, waiting].filter { !$0.plot.isEmpty }
    }

    private func series(
        _ name: String, color: Int, _ value: (IntervalRecord) -> Double
    ) -> Plot.Series {
        Plot.Series(
            name: name, points: records.map { Plot.Point(x: Double($0.step), y: value($0)) },
            color: color)
    }

    private func stepPlot(_ title: String, y: String, _ series: [Plot.Series]) -> Plot {
        Plot(title: title, xLabel: "step", yLabel: y, series: series)
    }

    private var losses: NamedPlot {
        let terms = Set(records.flatMap(\.losses.keys)).sorted()
        var plot = stepPlot(
            "Loss and its terms", y: "loss",
            [series("total", color: 6) { $0.loss }]
                + terms.enumerated().map { place, term in
                    // The total's grey is the palette's last colour: terms go round without it.
                    series(term, color: place < 6 ? place : place + 1) { $0.losses[term] ?? .nan }
                })
        let values = plot.series.flatMap(\.points).map(\.y).filter(\.isFinite)
        if let least = values.min(), let most = values.max(), least > 0, most / least > 100 {
            plot.isLogarithmic = true
        } else {
            plot.startsAtZero = true
        }
        return NamedPlot(
            name: "losses", plot: plot,
            caption: "Means over each interval; terms before their weights.")
    }

    private var learningRate: NamedPlot {
        var plot = stepPlot(
            "Learning rate", y: "learning rate",
            [series("learning rate", color: 0) { $0.learningRate }])
        plot.startsAtZero = true
        return NamedPlot(name: "learning-rate", plot: plot, caption: "")
    }

    private var throughput: NamedPlot {
        var plot = stepPlot(
            "Throughput", y: "images a second",
            [series("images a second", color: 2) { $0.imagesPerSecond }])
        plot.startsAtZero = true
        return NamedPlot(name: "throughput", plot: plot, caption: "Images a second, all ranks.")
    }

    private var waiting: NamedPlot {
        var plot = stepPlot(
            "Time spent waiting", y: "share of the time",
            [
                series("for data", color: 0) { $0.dataWait },
                series("for reductions", color: 1) { $0.reduceWait },
            ])
        plot.startsAtZero = true
        return NamedPlot(name: "waiting", plot: plot, caption: "")
    }

    private var anchors: NamedPlot {
        let names = ["real", "self-blended", "cross-blended", "deepfake"]
        let drawn = names.enumerated().map { place, name in
            var series = series(name, color: [2, 4, 5, 1][place]) { record in
                guard let anchors = record.anchors, anchors.t.indices.contains(place) else {
                    return .nan
                }
                return anchors.t[place]
            }
            series.band = zip(series.points, records).map { point, record in
                let sigma = record.anchors?.sigma ?? .nan
                return (point.y - sigma, point.y + sigma)
            }
            return series
        }
        let plot = stepPlot(
            "Anchors on the orientation", y: "position t",
            drawn.filter { $0.points.contains { $0.y.isFinite } })
        return NamedPlot(
            name: "anchors", plot: plot,
            caption: "Lines: the anchors' positions; bands: ± σ, the pooled spread within them.")
    }

    private var roc: NamedPlot {
        let curves = evaluations.flatMap { evaluation in
            zip(evaluation.curves, evaluation.result.datasets).filter { !$0.0.points.isEmpty }
        }
        var plot = Plot(
            title: "Receiver operating characteristic, frames",
            xLabel: "false positive rate", yLabel: "true positive rate",
            series: curves.enumerated().map { place, pair in
                let (curve, dataset) = pair
                let auc = dataset.measures.frame.auc.map { $0.decimals(3) } ?? "undefined"
                return Plot.Series(
                    name: "\(curve.dataset), AUC \(auc)",
                    points: Self.thinned(curve.points).map {
                        Plot.Point(x: $0.falsePositiveRate, y: $0.truePositiveRate)
                    }, color: place)
            })
        plot.shape = .square
        plot.xRange = 0...1
        plot.yRange = 0...1
        plot.hasDiagonal = true
        return NamedPlot(name: "roc", plot: plot, caption: "Dashed: chance.")
    }

    /// Leaves out points nearer than a five-hundredth of the axis to the last one kept.
    private static func thinned(_ points: [RocPoint]) -> [RocPoint] {
        var kept: [RocPoint] = []
        for (index, point) in points.enumerated() {
            if let last = kept.last, index + 1 < points.count,
                point.falsePositiveRate - last.falsePositiveRate < 0.002,
                point.truePositiveRate - last.truePositiveRate < 0.002
            {
                continue
            }
            kept.append(point)
        }
        return kept
    }
}
