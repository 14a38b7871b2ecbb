// Plot+SVG.swift — draws a plot as SVG that needs nothing from outside.

import Foundation

extension Plot {
    /// Told apart by people who see colours differently (Okabe and Ito's palette, yellow left
    /// out because it vanishes on white). From the second round on lines are dashed.
    package static let palette = [
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#4d4d4d",
    ]

    static let font =
        "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

    /// A standalone SVG document.
    public func svg() -> String {
        let frame = Frame(plot: self)
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(frame.width.short) \
            \(frame.height.short)" font-family="\(Self.font)" font-size="14" role="img" \
            aria-label="\(title.escaped)">
            <rect width="\(frame.width.short)" height="\(frame.height.short)" fill="#fff"/>
            <text x="\(frame.left.short)" y="24" font-size="17" font-weight="600" fill="#1a1a1a">\
            \(title.escaped)</text>

            """
        svg += axes(frame)
        if hasDiagonal {
            svg += """
                <line x1="\(frame.left.short)" y1="\(frame.bottom.short)" \
                x2="\(frame.right.short)" y2="\(frame.top.short)" stroke="#999" \
                stroke-dasharray="4 4"/>

                """
        }
        let drawn = series.map { $0.isScatter ? $0 : $0.thinned(to: 600) }
        for series in drawn { svg += band(of: series, frame) }
        for series in drawn { svg += line(of: series, frame) }
        if series.count > 1 || hasDiagonal { svg += legend(frame) }
        return svg + "</svg>\n"
    }

    private func axes(_ frame: Frame) -> String {
        var svg = ""
        for (value, label) in zip(frame.y.values, frame.y.labels) {
            let y = frame.y(value).short
            svg += """
                <line x1="\(frame.left.short)" x2="\(frame.right.short)" y1="\(y)" y2="\(y)" \
                stroke="#e5e5e5"/>
                <text x="\((frame.left - 8).short)" y="\(y)" dy="0.35em" text-anchor="end" \
                fill="#555">\(label.withMinus)</text>

                """
        }
        for (value, label) in zip(frame.x.values, frame.x.labels) {
            let x = frame.x(value).short
            svg += """
                <line x1="\(x)" x2="\(x)" y1="\(frame.bottom.short)" \
                y2="\((frame.bottom + 5).short)" stroke="#888"/>
                <text x="\(x)" y="\((frame.bottom + 21).short)" text-anchor="middle" \
                fill="#555">\(label.withMinus)</text>

                """
        }
        let middleX = ((frame.left + frame.right) / 2).short
        let middleY = ((frame.top + frame.bottom) / 2).short
        return svg + """
            <line x1="\(frame.left.short)" x2="\(frame.right.short)" y1="\(frame.bottom.short)" \
            y2="\(frame.bottom.short)" stroke="#888"/>
            <text x="\(middleX)" y="\((frame.bottom + 46).short)" text-anchor="middle" \
            fill="#333">\(xLabel.escaped)</text>
            <text transform="translate(16 \(middleY)) rotate(-90)" text-anchor="middle" \
            fill="#333">\(yLabel.escaped)</text>

            """
    }

    /// Runs of drawable points, as their places.
    private func runs(of series: Series) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start: Int?
        for index in 0...series.points.count {
            let isDrawn = index < series.points.count && isDrawable(series.points[index])
            if isDrawn, start == nil { start = index }
            if !isDrawn, let first = start {
                runs.append(first..<index)
                start = nil
            }
        }
        return runs
    }

    private func band(of series: Series, _ frame: Frame) -> String {
        guard !series.band.isEmpty else { return "" }
        return runs(of: series).map { run in
            let drawn = run.filter {
                series.band[$0].low.isFinite && series.band[$0].high.isFinite
            }
            let upper = drawn.map { frame.place(series.points[$0].x, series.band[$0].high) }
            let lower = drawn.reversed().map {
                frame.place(series.points[$0].x, series.band[$0].low)
            }
            return """
                <polygon points="\((upper + lower).joined(separator: " "))" \
                fill="\(color(series))" fill-opacity="0.14"/>

                """
        }.joined()
    }

    private func line(of series: Series, _ frame: Frame) -> String {
        if series.isScatter {
            return series.points.filter(isDrawable).map { point in
                """
                <circle cx="\(frame.x(point.x).short)" cy="\(frame.y(point.y).short)" r="3" \
                fill="\(color(series))" fill-opacity="0.55"/>

                """
            }.joined()
        }
        var svg = ""
        let drawn = runs(of: series)
        for run in drawn where run.count > 1 {
            let places = run.map { frame.place(series.points[$0].x, series.points[$0].y) }
            svg += """
                <polyline points="\(places.joined(separator: " "))" fill="none" \
                stroke="\(color(series))" stroke-width="1.8" stroke-linejoin="round"\(dash(series))/>

                """
        }
        // A lone point has no line, and a few points deserve to be seen as such.
        let isSparse = shape == .wide && series.points.count <= 25
        for run in drawn where isSparse || run.count == 1 {
            for index in run {
                let point = series.points[index]
                svg += """
                    <circle cx="\(frame.x(point.x).short)" cy="\(frame.y(point.y).short)" r="2.6" \
                    fill="\(color(series))"/>

                    """
            }
        }
        return svg
    }

    private func legend(_ frame: Frame) -> String {
        var svg = ""
        let x = frame.right + 18
        for (row, series) in series.enumerated() {
            let y = frame.top + 8 + 22 * Double(row)
            svg += """
                <line x1="\(x.short)" x2="\((x + 18).short)" y1="\(y.short)" y2="\(y.short)" \
                stroke="\(color(series))" stroke-width="3"\(dash(series))/>
                <text x="\((x + 25).short)" y="\(y.short)" dy="0.35em" fill="#333">\
                \(series.name.escaped)</text>

                """
        }
        return svg
    }

    private func color(_ series: Series) -> String {
        Self.palette[series.color % Self.palette.count]
    }

    private func dash(_ series: Series) -> String {
        series.color >= Self.palette.count ? " stroke-dasharray=\"6 3\"" : ""
    }
}

/// Where the axes lie, and how data become places on the page.
private struct Frame {
    // One size for all plots: side by side, their letters are of one size too.
    let width = 760.0
    let height = 430.0
    let left: Double
    let top = 46.0
    let right: Double
    let bottom = 366.0
    let x: Ticks
    let y: Ticks
    let isLogarithmic: Bool

    init(plot: Plot) {
        // Widths of letters differ; 7.7 a letter is enough for all but the widest names.
        let longest = plot.series.map(\.name.count).max() ?? 0
        let hasLegend = plot.series.count > 1 || plot.hasDiagonal
        let legend = hasLegend ? min(300, 56 + 7.7 * Double(longest)) : 24
        isLogarithmic = plot.isLogarithmic

        let points = plot.series.flatMap { $0.points.filter(plot.isDrawable) }
        let edges = plot.series.flatMap { $0.band.flatMap { [$0.low, $0.high] } }
            .filter { $0.isFinite && (!plot.isLogarithmic || $0 > 0) }
        let xs = plot.xRange ?? Self.extent(points.map(\.x))
        var ys = plot.yRange ?? Self.extent(points.map(\.y) + edges)
        if plot.startsAtZero, ys.lowerBound > 0 { ys = 0...ys.upperBound }
        x = Ticks(
            linear: xs, target: plot.shape == .square ? 5 : 8,
            isFixed: xs.lowerBound < xs.upperBound)
        y =
            plot.isLogarithmic
            ? Ticks(log: ys) : Ticks(linear: ys, target: 5, isFixed: plot.yRange != nil)
        // Plots below each other are aligned; only long labels push the axis away from its name.
        left = max(74, 34 + 8.6 * Double(y.labels.map(\.count).max() ?? 0))
        right = plot.shape == .square ? left + bottom - top : width - legend
    }

    private static func extent(_ values: [Double]) -> ClosedRange<Double> {
        guard let low = values.min(), let high = values.max() else { return 0...1 }
        return low...high
    }

    func x(_ value: Double) -> Double {
        left + (right - left) * (value - x.range.lowerBound)
            / (x.range.upperBound - x.range.lowerBound)
    }

    /// Values beyond the axis stop at its end.
    func y(_ value: Double) -> Double {
        let inside = min(max(value, y.range.lowerBound), y.range.upperBound)
        let share =
            isLogarithmic
            ? log(inside / y.range.lowerBound) / log(y.range.upperBound / y.range.lowerBound)
            : (inside - y.range.lowerBound) / (y.range.upperBound - y.range.lowerBound)
        return bottom - (bottom - top) * share
    }

    func place(_ xValue: Double, _ yValue: Double) -> String {
        "\(x(xValue).short),\(y(yValue).short)"
    }
}

extension Double {
    /// Two decimals are a hundredth of a point on the page.
    var short: String {
        let rounded = (self * 100).rounded() / 100
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}

extension String {
    /// A real minus sign before a number, not in an exponent.
    package var withMinus: String { hasPrefix("-") ? "−" + dropFirst() : self }
}
