// ConvexHull.swift — hulls of few points on the pixel grid.

/// A point on the pixel grid.
struct GridPoint: Equatable {
    var x: Int32
    var y: Int32
}

/// The convex hull of grid points, without points inside its edges (Andrew's monotone chain).
struct ConvexHull {
    /// In order around the hull: to the right along the top first, y pointing down. One point, or
    /// two, if all are equal or on one line.
    let corners: [GridPoint]

    init(_ points: [GridPoint]) {
        let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        func chain(_ points: some Sequence<GridPoint>) -> [GridPoint] {
            var chain: [GridPoint] = []
            for point in points where chain.last != point {
                while chain.count >= 2, Self.turn(chain[chain.count - 2], chain[chain.count - 1], point) <= 0 {
                    chain.removeLast()
                }
                chain.append(point)
            }
            return chain
        }
        let (there, back) = (chain(sorted), chain(sorted.reversed()))
        corners = there.count == 1 ? there : there.dropLast() + back.dropLast()
    }

    /// Whether it has an area.
    var isSolid: Bool { corners.count >= 3 }

    /// Positive if a → b → c turns clockwise as seen on the screen.
    private static func turn(_ a: GridPoint, _ b: GridPoint, _ c: GridPoint) -> Int64 {
        Int64(b.x - a.x) * Int64(c.y - a.y) - Int64(b.y - a.y) * Int64(c.x - a.x)
    }
}
