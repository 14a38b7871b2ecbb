// DotPlot.swift — one row a name with its single values as dots and their mean as a bar: what a table of
// means and deviations shows, to be seen at once.

import Foundation

/// Values of several names along one axis.
public struct DotPlot: Sendable {
    public struct Row: Sendable {
        public var name: String
        public var values: [Double]
        /// Drawn in the accent colour.
        public var isAccented: Bool

        public init(name: String, values: [Double], isAccented: Bool = false) {
            self.name = name
            self.values = values
            self.isAccented = isAccented
        }
    }

    public var title: String
    public var xLabel: String
    public var rows: [Row]
    /// A vertical line, such as at chance; nil for none.
    public var mark: Double?

    public init(title: String, xLabel: String, rows: [Row], mark: Double? = nil) {
        self.title = title
        self.xLabel = xLabel
        self.rows = rows
        self.mark = mark
    }

    public var isEmpty: Bool { !rows.contains { !$0.values.isEmpty } }

    /// A standalone SVG document.
    public func svg() -> String {
        let (width, top, rowHeight) = (760.0, 44.0, 27.0)
        let left = 24 + 8 * Double(rows.map(\.name.count).max() ?? 0)
        let right = width - 74
        let bottom = top + rowHeight * Double(rows.count)
        let values = rows.flatMap(\.values)
        let low = values.min() ?? 0, high = values.max() ?? 1
        let ticks = Ticks(linear: low...high, target: 6)
        func x(_ value: Double) -> Double {
            left + (right - left) * (value - ticks.range.lowerBound) / (ticks.range.upperBound - ticks.range.lowerBound)
        }
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width.short) \((bottom + 60).short)" \
            font-family="\(Plot.font)" font-size="14" role="img" aria-label="\(title.escaped)">
            <rect width="\(width.short)" height="\((bottom + 60).short)" fill="#fff"/>
            <text x="16" y="24" font-size="17" font-weight="600" fill="#1a1a1a">\(title.escaped)</text>

            """
        for (value, label) in zip(ticks.values, ticks.labels) {
            svg += """
                <line x1="\(x(value).short)" x2="\(x(value).short)" y1="\(top.short)" y2="\(bottom.short)" stroke="#e5e5e5"/>
                <text x="\(x(value).short)" y="\((bottom + 20).short)" text-anchor="middle" fill="#555">\(label.withMinus)</text>

                """
        }
        if let mark, ticks.range.contains(mark) {
            svg += """
                <line x1="\(x(mark).short)" x2="\(x(mark).short)" y1="\(top.short)" y2="\(bottom.short)" stroke="#999" stroke-dasharray="4 4"/>

                """
        }
        for (place, row) in rows.enumerated() {
            let y = top + rowHeight * (Double(place) + 0.5)
            let color = row.isAccented ? Plot.palette[1] : Plot.palette[0]
            svg += """
                <text x="\((left - 12).short)" y="\(y.short)" dy="0.35em" text-anchor="end" fill="#222"\
                \(row.isAccented ? " font-weight=\"600\"" : "")>\(row.name.escaped)</text>

                """
            guard !row.values.isEmpty else { continue }
            let mean = row.values.reduce(0, +) / Double(row.values.count)
            for value in row.values {
                svg += "<circle cx=\"\(x(value).short)\" cy=\"\(y.short)\" r=\"4\" fill=\"\(color)\" fill-opacity=\"0.4\"/>\n"
            }
            svg += """
                <line x1="\(x(mean).short)" x2="\(x(mean).short)" y1="\((y - 9).short)" y2="\((y + 9).short)" stroke="\(color)" stroke-width="3"/>
                <text x="\((right + 12).short)" y="\(y.short)" dy="0.35em" fill="#333">\(mean.decimals(3).withMinus)</text>

                """
        }
        return svg + """
            <text x="\(((left + right) / 2).short)" y="\((bottom + 46).short)" text-anchor="middle" fill="#333">\(xLabel.escaped)</text>
            </svg>

            """
    }
}
