// FrameSurroundings.swift — what a frame shows outside the face, in a form that two frames can be compared in
// whatever was done to colours and compression. Which frames to compare is PairCheck's matter.

import Foundation

/// The fine structure of a frame around the face, on a grid of 64×64 cells.
///
/// Luma, averaged over cells, minus its blur: brightness and contrast, noise and JPEG's blocks change little in
/// it. Cells in the face, the hull of its landmarks with a margin, don't count, nor do black ones, since aligned
/// crops are black beyond the picture. Cost: 1 ms for 256×256 pixels.
struct FrameSurroundings: Sendable {
    static let side = 64
    /// Cells that the crop of a fake may lie beside its real frame's, since each was aligned by itself.
    static let reach = 2
    /// Fewer cells in common say nothing.
    static let leastCells = 200

    /// [64, 64] 0 where a cell doesn't count.
    private let detail: [Float]
    /// [64, 64] 1 or 0.
    private let counts: [Float]
    /// Standard deviation of the detail, in levels.
    let contrast: Float

    /// - Parameters:
    ///   - pixels: [H, W, 3].
    ///   - landmarks: [L, 2] x and y in pixels; the first 68 are used.
    init(pixels: [UInt8], width: Int, height: Int, landmarks: ArraySlice<Float>) {
        let side = Self.side
        let luma = Self.luma(pixels, width: width, height: height)
        let smooth = Self.blurred(luma)
        let scale = (Float(side) / Float(width), Float(side) / Float(height))
        let points = stride(from: landmarks.startIndex, to: landmarks.startIndex + 136, by: 2).map {
            SIMD2((landmarks[$0] + 0.5) * scale.0 - 0.5, (landmarks[$0 + 1] + 0.5) * scale.1 - 0.5)
        }
        let hull = Self.edges(of: points)
        let black = Self.spread(luma.map { $0 <= 3 })
        var (detail, counts) = ([Float](repeating: 0, count: side * side), [Float](repeating: 0, count: side * side))
        var (cells, sum, squares): (Float, Float, Float) = (0, 0, 0)
        for y in 0..<side {
            for x in 0..<side where !black[y * side + x] {
                let cell = SIMD2(Float(x), Float(y))
                // The distance from the hull, or a little less at its corners.
                let distance = hull.reduce(-Float.infinity) { max($0, (($1.outward * (cell - $1.start)).sum())) }
                guard distance > margin else { continue }
                let value = luma[y * side + x] - smooth[y * side + x]
                (detail[y * side + x], counts[y * side + x]) = (value, 1)
                (cells, sum, squares) = (cells + 1, sum + value, squares + value * value)
            }
        }
        contrast = cells > 0 ? max(0, squares / cells - sum / cells * (sum / cells)).squareRoot() : 0
        (self.detail, self.counts) = (detail, counts)
    }

    /// Cells around the landmarks' hull that belong to the face: where blends end.
    private let margin: Float = 4

    /// How alike two frames are around their faces, −1 to 1: the correlation of their details at the best of all
    /// displacements within reach. nil where they have too little in common. Cost: 0.3 ms.
    func similarity(to other: FrameSurroundings) -> Float? {
        let (side, reach) = (Self.side, Self.reach)
        var best: Float?
        for dy in -reach...reach {
            for dx in -reach...reach {
                var (n, a, b, aa, bb, ab): (Float, Float, Float, Float, Float, Float) = (0, 0, 0, 0, 0, 0)
                detail.withUnsafeBufferPointer { p in counts.withUnsafeBufferPointer { pc in
                other.detail.withUnsafeBufferPointer { q in other.counts.withUnsafeBufferPointer { qc in
                    for y in reach..<side - reach {
                        for x in reach..<side - reach {
                            let (here, there) = (y * side + x, (y + dy) * side + x + dx)
                            let both = pc[here] * qc[there]
                            let (u, v) = (p[here] * both, q[there] * both)
                            n += both
                            a += u
                            b += v
                            aa += u * u
                            bb += v * v
                            ab += u * v
                        }
                    }
                } } } }
                guard n >= Float(Self.leastCells) else { continue }
                // One level of noise in each keeps flat pictures from correlating by chance.
                let spread = ((aa - a * a / n + n) * (bb - b * b / n + n)).squareRoot()
                best = max(best ?? -1, (ab - a * b / n) / spread)
            }
        }
        return best
    }

    // MARK: Grid

    /// [64, 64] means of the cells.
    private static func luma(_ pixels: [UInt8], width: Int, height: Int) -> [Float] {
        var grid = [Float](repeating: 0, count: side * side)
        pixels.withUnsafeBufferPointer { pixels in
            for row in 0..<side {
                let rows = row * height / side..<max((row + 1) * height / side, row * height / side + 1)
                for column in 0..<side {
                    let columns = column * width / side..<max((column + 1) * width / side, column * width / side + 1)
                    var sum = 0
                    for y in rows {
                        for x in columns {
                            let place = (y * width + x) * 3
                            sum += 299 * Int(pixels[place]) + 587 * Int(pixels[place + 1]) + 114 * Int(pixels[place + 2])
                        }
                    }
                    grid[row * side + column] = Float(sum) / Float(1000 * rows.count * columns.count)
                }
            }
        }
        return grid
    }

    /// A Gaussian of three cells, the border repeated.
    private static func blurred(_ grid: [Float]) -> [Float] {
        let weights = (-9...9).map { exp(-Float($0 * $0) / 18) }
        let total = weights.reduce(0, +)
        func pass(_ grid: [Float], step: (Int, Int, Int) -> Int) -> [Float] {
            (0..<side * side).map { place in
                var sum: Float = 0
                for (offset, weight) in zip(-9...9, weights) { sum += weight * grid[step(place / side, place % side, offset)] }
                return sum / total
            }
        }
        func clamped(_ value: Int) -> Int { min(max(value, 0), side - 1) }
        let across = pass(grid) { $0 * side + clamped($1 + $2) }
        return pass(across) { clamped($0 + $2) * side + $1 }
    }

    /// Cells that are, or lie within three of, a marked one.
    private static func spread(_ marked: [Bool]) -> [Bool] {
        func pass(_ marked: [Bool], _ step: (Int, Int, Int) -> Int?) -> [Bool] {
            (0..<side * side).map { place in
                (-3...3).contains { offset in step(place / side, place % side, offset).map { marked[$0] } ?? false }
            }
        }
        func valid(_ value: Int) -> Bool { (0..<side).contains(value) }
        let across = pass(marked) { valid($1 + $2) ? $0 * side + $1 + $2 : nil }
        return pass(across) { valid($0 + $2) ? ($0 + $2) * side + $1 : nil }
    }

    private struct Edge {
        var start: SIMD2<Float>
        var outward: SIMD2<Float>
    }

    /// The edges of the points' convex hull.
    private static func edges(of points: [SIMD2<Float>]) -> [Edge] {
        let sorted = points.filter { $0.x.isFinite && $0.y.isFinite }.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        func turn(_ a: SIMD2<Float>, _ b: SIMD2<Float>, _ c: SIMD2<Float>) -> Float {
            (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
        }
        func chain(_ points: [SIMD2<Float>]) -> [SIMD2<Float>] {
            var chain: [SIMD2<Float>] = []
            for point in points {
                while chain.count >= 2, turn(chain[chain.count - 2], chain[chain.count - 1], point) <= 0 { chain.removeLast() }
                chain.append(point)
            }
            return chain
        }
        let corners = chain(sorted).dropLast() + chain(sorted.reversed()).dropLast()
        return zip(corners, corners.dropFirst() + corners.prefix(1)).compactMap { a, b in
            let along = b - a
            let length = (along * along).sum().squareRoot()
            return length > 0 ? Edge(start: a, outward: SIMD2(along.y, -along.x) / length) : nil
        }
    }
}
