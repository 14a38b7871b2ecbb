import Metrics
import Testing

@Suite struct LatentSpaceTests {
    @Test func axesAreTheDirectionsOfLargestVariance() {
        // An ellipse turned by the angle of (3, 4)/5, off the origin, and a third coordinate that stands still.
        let rows = [(10.0, 0.0), (-10, 0), (0, 2), (0, -2)].map { a, b in
            [7 + 0.6 * a - 0.8 * b, -3 + 0.8 * a + 0.6 * b, 5]
        }
        let axes = PrincipalAxes(rows: rows)
        func close(_ a: [Double], _ b: [Double]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 } }
        #expect(close(axes.mean, [7, -3, 5]))
        #expect(close(axes.axes[0], [0.6, 0.8, 0]))
        #expect(close(axes.axes[1], [0.8, -0.6, 0]) || close(axes.axes[1], [-0.8, 0.6, 0]))
        #expect(abs(axes.shares[0] - 200.0 / 208) < 1e-9 && abs(axes.shares[1] - 8.0 / 208) < 1e-9)
        #expect(abs(axes.project(rows[0]).x - 10) < 1e-6)
        // Without the first direction the second is the first.
        #expect(close(PrincipalAxes(rows: rows, removing: [0.6, 0.8, 0]).axes[0], axes.axes[1]))
    }

    @Test func rowsWithoutVarianceHaveNoAxes() {
        let axes = PrincipalAxes(rows: [[1, 2], [1, 2], [1, 2]])
        #expect(axes.shares == [0, 0] && axes.axes.allSatisfy { $0 == [0, 0] })
        #expect(axes.project([1, 2]) == (0, 0))
    }

    /// Two rows an anchor, ±1 around t along the first coordinate.
    private func rows(_ t: [Double]) -> (features: [Float], anchors: [Character]) {
        var features: [Float] = [], anchors: [Character] = []
        for (letter, t) in zip("rscf", t) {
            for offset in [-1.0, 1] {
                features += [Float(10 + t + offset), Float(offset * 3)]
                anchors.append(letter)
            }
        }
        return (features, anchors)
    }

    @Test func positionsAndSeparationsAreThoseOfTheAnchorsMeans() throws {
        let (features, anchors) = rows([0, 2, 3, 7])
        let latent = try #require(
            LatentSpace(features: features, anchors: anchors, dimension: 2, direction: [1, 0], orientation: "given"))
        #expect(latent.anchors.map(\.anchor) == ["r", "s", "c", "f"] && latent.anchors.allSatisfy { $0.count == 2 })
        #expect(latent.anchors.map(\.t) == [0, 2, 3, 7])
        #expect(latent.sigma == 1 && latent.separations == [2, 1, 4])
        #expect(latent.isOrdered == true && latent.points.count == 8 && latent.orientation == "given")
        #expect(latent.points[7].t == 8)
    }

    @Test func anotherOrderIsNoticedAndAMissingAnchorIsNoOrder() throws {
        let (features, anchors) = rows([0, 3, 2, 7])
        let swapped = try #require(
            LatentSpace(features: features, anchors: anchors, dimension: 2, direction: nil, orientation: ""))
        #expect(swapped.isOrdered == false && swapped.orientation.contains("these data"))
        let three = LatentSpace(
            features: Array(features.prefix(12)), anchors: Array(anchors.prefix(6)), dimension: 2, direction: nil,
            orientation: "")
        #expect(three?.isOrdered == nil && three?.separations.count == 2)
        #expect(
            LatentSpace(features: [1, 2], anchors: ["f"], dimension: 2, direction: nil, orientation: "") == nil,
            "without real faces there is no origin")
    }

    @Test func movementOfFeaturesIsRelativeToTheirScale() throws {
        // Deviation 2 around the mean; copies moved by 3 and by 5: (3 + 5)/2 / 2.
        let features: [Float] = [-2, 0, 2, 0]
        let moved: [Float] = [-2, 3, 5, 4]
        let distance = try #require(FeatureDistance.relative(features: features, perturbed: moved, dimension: 2))
        #expect(abs(distance - 2) < 1e-12)
        let larger = FeatureDistance.relative(
            features: features.map { 10 * $0 }, perturbed: moved.map { 10 * $0 }, dimension: 2)
        #expect(abs(try #require(larger) - 2) < 1e-12, "a factor of all features is no difference")
        #expect(FeatureDistance.relative(features: [1, 1], perturbed: [1, 2], dimension: 1) == nil)
        #expect(FeatureDistance.relative(features: [], perturbed: [], dimension: 3) == nil)
    }
}
