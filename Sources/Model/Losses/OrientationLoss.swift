// OrientationLoss.swift — the regularizor on anchor statistics of the whole cluster's batch.
// Knows no ranks: sums go through a SumReducer.

import Tensor

// n samples of this rank (may be 0), D numbers a pooled feature, K = 4 anchors.

/// Holds the anchors apart and in order along the direction from the first to the last of them.
///
/// With μ_k the mean of anchor k over all ranks, u the orientation (unit vector between running
/// means, constant for the gradient) and σ² the pooled within-anchor variance of ⟨z, u⟩ plus ε, the
/// loss is Σ over neighbours (a, b) of softplus(m − (⟨μ_b, u⟩ − ⟨μ_a, u⟩)/σ).
///
/// Two small reductions a step: K·(D+1) and K numbers. A neighbour pair of which no rank has one
/// anchor counts 0, and so does everything while there is no orientation, or no anchor has two
/// samples: then there is no variance within anchors, and √ε in its place would make the gradient of
/// an epoch's last, small batch a thousand times that of the others.
public struct OrientationLoss: Sendable {
    /// The anchors in use, in order; the orientation points from the first to the last.
    public let anchors: [Anchor]
    public let pairs: [AnchorPair]
    /// m, in units of σ: how far neighbours should at least be apart.
    public let margin: Double
    /// ε, added to the variance so that identical features divide by something.
    public let epsilon: Double

    /// - Throws: `ObjectiveError` if a number is out of range.
    public init(
        anchors: [Anchor], order: AnchorOrder = .progressive, margin: Double = 1,
        epsilon: Double = 1e-6
    ) throws {
        guard margin.isFinite, margin >= 0 else {
            throw ObjectiveError.outOfRange(
                name: "orientation.margin", value: margin, allowed: "at least 0")
        }
        guard epsilon.isFinite, epsilon > 0 else {
            throw ObjectiveError.outOfRange(
                name: "orientation.epsilon", value: epsilon, allowed: "greater than 0")
        }
        self.anchors = order.sorted(anchors)
        pairs = order.pairs(among: anchors)
        self.margin = margin
        self.epsilon = epsilon
    }

    /// The loss of the global batch and this rank's gradient. Collective: every rank calls it, also
    /// one without samples.
    /// - Parameters:
    ///   - features: z, [n, D].
    ///   - anchorOfSample: [n]; samples of anchors that are not in use get no gradient.
    ///   - weight: factor of the gradient. No count is divided out: the loss is one number of the
    ///     global batch, and the sum of all ranks' parameter gradients is its gradient.
    ///   - statistics: running means; updated before use if `updating`, so that the first batch
    ///     has an orientation already.
    ///   - reducer: sums over ranks.
    ///   - featureGradient: [n, D], overwritten.
    /// - Throws: what the reducer throws; the statistics may be updated by then.
    public func evaluate(
        features: UnsafeBufferPointer<Float>, anchorOfSample: [Anchor], weight: Double,
        statistics: inout AnchorStatistics, updating: Bool = true, reducer: any SumReducer,
        featureGradient: UnsafeMutableBufferPointer<Float>
    ) throws -> OrientationReport {
        let batch = AnchorBatch(
            features: features, anchorOfSample: anchorOfSample, dimension: statistics.dimension)
        precondition(
            featureGradient.count == features.count,
            "OrientationLoss: \(featureGradient.count) gradients of \(features.count) features")

        var sums = batch.localSums()
        try sums.withUnsafeMutableBufferPointer { try reducer.sum($0) }
        let global = GlobalMeans(sums: sums, dimension: statistics.dimension)
        if updating {
            for anchor in anchors {
                if let mean = global.mean(of: anchor) { statistics.update(anchor, with: mean) }
            }
        }
        let orientation = anchors.count > 1
            ? statistics.orientation(from: anchors[0], to: anchors[anchors.count - 1]) : nil

        // Without an orientation the residuals are zeros, but the reduction still takes place: every
        // rank must make the same calls.
        var residuals = batch.residuals(from: global, along: orientation)
        var squares = batch.localSquares(residuals)
        try squares.withUnsafeMutableBufferPointer { try reducer.sum($0) }

        let total = anchors.reduce(0) { $0 + global.counts[$1.rawValue] }
        let present = anchors.filter { global.counts[$0.rawValue] > 0 }.count
        guard let orientation, total > present else {
            featureGradient.update(repeating: 0)
            return OrientationReport(
                loss: 0, counts: global.counts, positions: Anchor.allCases.map { _ in nil },
                separations: [], sigma: nil)
        }
        let terms = terms(global: global, squares: squares, orientation: orientation)
        // dL/dz_i = u · (slope_k / n_k + dL/dσ · r_i / (σ·N)), r_i the residual: the mean's own part
        // in the variance cancels, because residuals of an anchor add up to 0.
        for (i, anchor) in anchorOfSample.enumerated() {
            residuals[i] = anchors.contains(anchor)
                ? weight * (terms.positionSlopes[anchor.rawValue] / Double(global.counts[anchor.rawValue])
                    + terms.sigmaSlope * residuals[i] / (terms.sigma * Double(terms.total)))
                : 0
        }
        batch.writeGradient(residuals, along: orientation, to: featureGradient)
        return terms.report
    }

    /// Everything of the loss that is the same on every rank.
    private struct Terms {
        var report: OrientationReport
        var positionSlopes: [Double]
        var sigmaSlope: Double
        var sigma: Double
        var total: Int
    }

    private func terms(global: GlobalMeans, squares: [Double], orientation: [Double]) -> Terms {
        let projections = Anchor.allCases.map { anchor in
            global.mean(of: anchor).map { AnchorBatch.dot($0, orientation) }
        }
        let total = anchors.reduce(0) { $0 + global.counts[$1.rawValue] }
        let variance = anchors.reduce(0.0) { $0 + squares[$1.rawValue] } / Double(max(total, 1))
        let sigma = (variance + epsilon).squareRoot()

        var loss = 0.0
        var sigmaSlope = 0.0
        var positionSlopes = [Double](repeating: 0, count: Anchor.allCases.count)
        var separations: [(pair: AnchorPair, value: Double)] = []
        for pair in pairs {
            guard let a = projections[pair.from.rawValue], let b = projections[pair.to.rawValue] else {
                continue
            }
            let separation = (b - a) / sigma
            let slope = Softplus.slope(margin - separation)
            loss += Softplus.value(margin - separation)
            positionSlopes[pair.from.rawValue] += slope / sigma
            positionSlopes[pair.to.rawValue] -= slope / sigma
            sigmaSlope += slope * separation / sigma
            separations.append((pair, separation))
        }
        let origin = projections[anchors[0].rawValue]
        let report = OrientationReport(
            loss: loss, counts: global.counts,
            positions: Anchor.allCases.map { anchor in
                guard anchors.contains(anchor), let origin, let t = projections[anchor.rawValue]
                else { return nil }
                return t - origin
            },
            separations: separations, sigma: sigma)
        return Terms(
            report: report, positionSlopes: positionSlopes, sigmaSlope: sigmaSlope, sigma: sigma,
            total: total)
    }
}
