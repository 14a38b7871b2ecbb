// LatentSpace.swift — where the anchors lie in a detector's features on held-out data: positions along
// the orientation, whether they are in order, and a picture's points.

// N rows, D numbers a pooled feature.

/// The latent space over one dataset: its real frames (r), blendfakes made of them (s, c) and its
/// deepfakes (f).
public struct LatentSpace: Codable, Equatable, Sendable {
    public struct AnchorPlace: Codable, Equatable, Sendable {
        /// r, s, c or f.
        public var anchor: String
        public var count: Int
        /// t = ⟨μ − μ_r, u⟩, in units of the features.
        public var t: Double
        /// Standard deviation within the anchor along u.
        public var deviation: Double
    }

    public struct Point: Codable, Equatable, Sendable {
        public var anchor: String
        /// Along the first two principal components, in σ.
        public var x: Double
        public var y: Double
        /// Position along u from μ_r, in σ.
        public var t: Double
        /// Along the first principal component of what is left without u, in σ.
        public var rest: Double
    }

    /// In the order r, s, c, f; those that there are frames of.
    public var anchors: [AnchorPlace]
    /// √ of the mean over anchors of the variance within them along u.
    public var sigma: Double
    /// (t_b − t_a)/σ of neighbours in the order r, s, c, f.
    public var separations: [Double]
    /// Whether t rises strictly from each anchor to the next; nil unless all four are there.
    public var isOrdered: Bool?
    /// What the orientation u is: from which anchor's mean to which, and of what data.
    public var orientation: String
    /// Shares of the variance along the first two principal components.
    public var shares: [Double]
    /// A sample of the rows, at most `pointLimit` an anchor.
    public var points: [Point]

    public static let pointLimit = 150

    private enum CodingKeys: String, CodingKey {
        case anchors, sigma, separations, orientation, shares, points
        case isOrdered = "is_ordered"
    }

    /// - Parameters:
    ///   - features: [N, D].
    ///   - anchors: of each row, `r`, `s`, `c` or `f`.
    ///   - direction: u, a unit vector [D], from training; nil takes the one from μ_r to μ_f here.
    ///   - orientation: what to call it.
    /// - Returns: nil without real rows, or where there is no direction.
    public init?(
        features: [Float], anchors rowAnchors: [Character], dimension: Int, direction: [Double]?,
        orientation: String
    ) {
        precondition(
            features.count == rowAnchors.count * dimension,
            "LatentSpace: \(features.count) numbers for \(rowAnchors.count) rows of \(dimension)")
        let rows = rowAnchors.indices.map { i in
            features[i * dimension..<(i + 1) * dimension].map(Double.init)
        }
        let order: [Character] = ["r", "s", "c", "f"]
        let present = order.filter(rowAnchors.contains)
        let members = present.map { anchor in rowAnchors.indices.filter { rowAnchors[$0] == anchor } }
        let means = members.map { members in
            var mean = [Double](repeating: 0, count: dimension)
            for i in members { for d in 0..<dimension { mean[d] += rows[i][d] } }
            return mean.map { $0 / Double(members.count) }
        }
        guard present.first == "r", features.allSatisfy(\.isFinite),
            let u = direction ?? Self.unit(from: means[0], to: means[means.count - 1])
        else { return nil }
        func along(_ row: [Double]) -> Double { zip(row, u).reduce(0) { $0 + $1.0 * $1.1 } }
        let projections = rows.map(along)
        let origin = members[0].map { projections[$0] }.mean

        anchors = zip(present, members).map { anchor, members in
            let values = members.map { projections[$0] }
            let mean = values.mean
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            return AnchorPlace(
                anchor: String(anchor), count: members.count, t: mean - origin,
                deviation: variance.squareRoot())
        }
        let sigma = (anchors.reduce(0) { $0 + $1.deviation * $1.deviation } / Double(anchors.count)).squareRoot()
        guard sigma > 0 else { return nil }
        self.sigma = sigma
        let t = anchors.map(\.t)
        separations = zip(t, t.dropFirst()).map { ($1 - $0) / sigma }
        isOrdered = present.count == 4 ? zip(t, t.dropFirst()).allSatisfy { $0 < $1 } : nil
        self.orientation = direction == nil ? "from r to f of these data" : orientation

        // Evenly spread over the rows, so that every video takes part.
        let shown = members.map { members in
            let count = min(members.count, Self.pointLimit)
            return (0..<count).map { members[$0 * members.count / count] }
        }
        let drawn = shown.flatMap { $0.map { rows[$0] } }
        let plane = PrincipalAxes(rows: drawn)
        let rest = PrincipalAxes(rows: drawn, removing: u)
        shares = plane.shares
        points = zip(present, shown).flatMap { anchor, shown in
            shown.map { i in
                let place = plane.project(rows[i])
                return Point(
                    anchor: String(anchor), x: place.x / sigma, y: place.y / sigma,
                    t: (projections[i] - origin) / sigma, rest: rest.project(rows[i]).x / sigma)
            }
        }
    }

    private static func unit(from a: [Double], to b: [Double]) -> [Double]? {
        let difference = zip(a, b).map { $1 - $0 }
        let length = difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? difference.map { $0 / length } : nil
    }
}
