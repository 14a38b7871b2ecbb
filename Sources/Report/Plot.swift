// Plot.swift — what a line plot shows. How it is drawn: Plot+SVG.

/// A plot of lines or of points. Points whose y isn't finite (or isn't positive on a logarithmic axis) are gaps.
public struct Plot: Sendable {
    public struct Point: Equatable, Sendable {
        public var x: Double
        public var y: Double

        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    public struct Series: Sendable {
        public var name: String
        /// x must not fall.
        public var points: [Point]
        /// Lower and upper edge of a band around the line, one pair a point; empty is no band.
        public var band: [(low: Double, high: Double)]
        /// Place in the palette.
        public var color: Int
        /// Points by themselves, in any order, without a line.
        public var isScatter = false

        public init(
            name: String, points: [Point], band: [(low: Double, high: Double)] = [], color: Int
        ) {
            precondition(
                band.isEmpty || band.count == points.count,
                "\(band.count) band edges for \(points.count) points of \(name)")
            self.name = name
            self.points = points
            self.band = band
            self.color = color
        }
    }

    public enum Shape: Sendable {
        case wide, square
    }

    public var title: String
    public var xLabel: String
    public var yLabel: String
    public var series: [Series]
    public var shape = Shape.wide
    public var isLogarithmic = false
    /// nil fits the data.
    public var xRange: ClosedRange<Double>?
    public var yRange: ClosedRange<Double>?
    /// A thin line from corner to corner: chance, in a ROC.
    public var hasDiagonal = false
    /// Whether y starts at 0 when all data are above it.
    public var startsAtZero = false

    public init(title: String, xLabel: String, yLabel: String, series: [Series]) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
    }

    /// Whether there is anything to draw.
    public var isEmpty: Bool { !series.contains { $0.points.contains(where: isDrawable) } }

    func isDrawable(_ point: Point) -> Bool {
        point.x.isFinite && point.y.isFinite && (!isLogarithmic || point.y > 0)
    }
}

extension Plot.Series {
    /// At most so many points, each the mean of a run of them; without a band of its own the
    /// series gets one from the least to the largest of each run, so that no spike is hidden.
    func thinned(to count: Int) -> Plot.Series {
        guard points.count > count else { return self }
        var thin: [Plot.Point] = []
        var edges: [(low: Double, high: Double)] = []
        for bucket in 0..<count {
            let run = bucket * points.count / count..<(bucket + 1) * points.count / count
            let finite = run.filter { points[$0].y.isFinite }
            let middle = points[run.lowerBound + (run.count - 1) / 2].x
            guard !finite.isEmpty else {
                thin.append(Plot.Point(x: middle, y: .nan))
                edges.append((.nan, .nan))
                continue
            }
            func mean(_ value: (Int) -> Double) -> Double {
                finite.reduce(0) { $0 + value($1) } / Double(finite.count)
            }
            let values = finite.map { points[$0].y }
            thin.append(Plot.Point(x: middle, y: mean { points[$0].y }))
            edges.append(
                band.isEmpty
                    ? (values.min() ?? .nan, values.max() ?? .nan)
                    : (mean { band[$0].low }, mean { band[$0].high }))
        }
        return Plot.Series(name: name, points: thin, band: edges, color: color)
    }
}
