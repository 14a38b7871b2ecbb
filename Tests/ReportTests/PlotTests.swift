import Foundation
import Report
import Testing

@Suite struct PlotTests {
    static func plot(_ ys: [Double], log: Bool = false) -> Plot {
        let points = ys.enumerated().map { Plot.Point(x: Double($0), y: $1) }
        var plot = Plot(
            title: "t", xLabel: "x", yLabel: "y",
            series: [Plot.Series(name: "s", points: points, color: 0)])
        plot.isLogarithmic = log
        return plot
    }

    static func lines(_ svg: String) -> [[(x: Double, y: Double)]] {
        svg.split(separator: "<polyline points=\"").dropFirst().map { piece in
            piece.prefix { $0 != "\"" }.split(separator: " ").map { place in
                let parts = place.split(separator: ",").compactMap { Double($0) }
                return (parts[0], parts[1])
            }
        }
    }

    static func labels(_ svg: String, anchor: String) -> [String] {
        svg.split(separator: "\n").filter { $0.contains("text-anchor=\"\(anchor)\" fill=\"#555\"") }
            .map { line in
                String(line.drop { $0 != ">" }.dropFirst().prefix { $0 != "<" })
            }
    }

    @Test func largerValuesStandHigherAndLaterOnesFurtherRight() throws {
        let line = try #require(Self.lines(Self.plot([1, 2, 4]).svg()).first)
        #expect(line.count == 3)
        #expect(line[0].x < line[1].x && line[1].x < line[2].x)
        #expect(line[0].y > line[1].y && line[1].y > line[2].y)
        // Linear: twice the rise, twice the way.
        #expect(abs((line[1].y - line[2].y) - 2 * (line[0].y - line[1].y)) < 0.1)
    }

    @Test func aLogarithmicAxisGivesEqualWayToEqualRatios() throws {
        let line = try #require(Self.lines(Self.plot([1, 10, 100], log: true).svg()).first)
        #expect(abs((line[0].y - line[1].y) - (line[1].y - line[2].y)) < 0.1)
    }

    @Test func gapsSplitTheLineAndLonePointsAreDots() {
        let svg = Self.plot([1, 2, .nan, 3, .infinity, 4, 5]).svg()
        #expect(Self.lines(svg).map(\.count) == [2, 2])
        #expect(svg.contains("<circle"))
        #expect(Self.lines(Self.plot([1, 0, -1, 10, 100], log: true).svg()).map(\.count) == [2])
    }

    @Test(arguments: [
        ([0.0, 9.7], ["0", "2", "4", "6", "8", "10"]),
        ([0.0, 0.00021], ["0", "5e-5", "1e-4", "1.5e-4", "2e-4", "2.5e-4"]),
        ([-1.0, 1.0], ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
        ([0.0, 52_000], ["0", "10k", "20k", "30k", "40k", "50k", "60k"]),
        ([0.013, 0.047], ["0.01", "0.02", "0.03", "0.04", "0.05"]),
    ])
    func marksAreRoundNumbers(values: [Double], labels: [String]) {
        #expect(Self.labels(Self.plot(values).svg(), anchor: "end") == labels)
    }

    @Test(arguments: [
        ([0.001, 2.0], ["0.001", "0.01", "0.1", "1"]), ([1.0, 30], ["1", "2", "5", "10", "20"]),
        ([1e-12, 1e12], ["1e-12", "1e-8", "1e-4", "1", "1e4", "1e8", "1e12"]),
    ])
    func marksOfALogarithmicAxisAreRoundToo(values: [Double], labels: [String]) {
        #expect(Self.labels(Self.plot(values, log: true).svg(), anchor: "end") == labels)
    }

    @Test func constantsAndSinglePointsAreDrawnWithinTheFrame() {
        for values in [[3.0, 3, 3], [0], [1e-9], [-5, -5]] {
            let svg = Self.plot(values).svg()
            #expect(!svg.contains("nan") && !svg.contains("inf"))
            #expect(svg.contains("<circle"))
        }
    }

    @Test func longSeriesAreThinnedWithoutHidingASpike() {
        var values = [Double](repeating: 1, count: 50_000)
        values[31_234] = 100
        let svg = Self.plot(values).svg()
        #expect(svg.utf8.count < 60_000)
        #expect(Self.lines(svg).map(\.count) == [600])
        // The band reaches the spike, at the top of the frame.
        let band = svg.split(separator: "<polygon points=\"").dropFirst().first ?? ""
        let highest = band.prefix { $0 != "\"" }.split(separator: " ")
            .compactMap { Double($0.split(separator: ",")[1]) }.min()
        #expect(highest == 46)
    }

    @Test func aPlotOfNothingIsEmpty() {
        #expect(Self.plot([.nan, .infinity]).isEmpty)
        #expect(Self.plot([-1, 0], log: true).isEmpty)
        #expect(!Self.plot([0]).isEmpty)
    }
}
