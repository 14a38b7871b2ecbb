// ShadowMap.swift — which points the key light reaches, from a coarse depth map of the vertices.

/// Depth towards the light on a 64×64 grid around the head. Soft by construction: its cells are
/// wider than the mesh's, and look-ups average nine of them.
struct ShadowMap {
    private static let side = 64
    /// Half the width that the map covers, in face units.
    private static let reach: Float = 2.4

    private var depths = [Float](repeating: 0, count: side * side)
    private var across = SIMD3<Float>()
    private var along = SIMD3<Float>()

    mutating func fill(towards light: SIMD3<Float>, _ points: some Sequence<SIMD3<Float>>) {
        // Two directions across the light.
        let flat = (light.x * light.x + light.z * light.z).squareRoot()
        across = SIMD3(light.z / flat, 0, -light.x / flat)
        along = SIMD3(
            light.y * across.z - light.z * across.y, light.z * across.x - light.x * across.z,
            light.x * across.y - light.y * across.x)
        for index in depths.indices { depths[index] = -10 }
        for point in points {
            let (x, y) = cell(point)
            let depth = (point * light).sum()
            let column = Int(x)
            let row = Int(y)
            guard column >= 0, row >= 0, column < Self.side - 1, row < Self.side - 1 else { continue }
            for index in [row * Self.side + column, (row + 1) * Self.side + column] {
                depths[index] = max(depths[index], depth)
                depths[index + 1] = max(depths[index + 1], depth)
            }
        }
    }

    /// The share of key light at a point, 0…1.
    func light(at point: SIMD3<Float>, _ light: SIMD3<Float>) -> Float {
        let (x, y) = cell(point)
        let column = Int(x + 0.5)
        let row = Int(y + 0.5)
        guard column >= 1, row >= 1, column < Self.side - 1, row < Self.side - 1 else { return 1 }
        let depth = (point * light).sum()
        var sum: Float = 0
        for r in row - 1...row + 1 {
            for c in column - 1...column + 1 {
                // A ramp, so that what is close in front only dims.
                sum += max(0, min(1, (0.22 - depths[r * Self.side + c] + depth) * 6.25))
            }
        }
        return sum / 9
    }

    @inline(__always)
    private func cell(_ point: SIMD3<Float>) -> (Float, Float) {
        let scale = Float(Self.side) / (2 * Self.reach)
        return (((point * across).sum() + Self.reach) * scale, ((point * along).sum() + Self.reach) * scale)
    }
}
