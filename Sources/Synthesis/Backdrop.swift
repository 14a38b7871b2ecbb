// Backdrop.swift — what is behind the person, out of focus, and the shoulders' garment.

/// A scene's background as a smooth function over the unit square, in linear light.
struct Backdrop {
    private static let side = 24
    private var cells: [SIMD3<Float>]
    private let garment: SIMD3<Float>
    private let collar: Float
    private let seed: UInt32

    init(_ scene: SyntheticScene, garment: SIMD3<Float>) {
        self.garment = garment
        seed = scene.backdropSeed
        collar = 0.91 + 0.07 * Portable.hash(1, 1, seed)
        cells = []
        let colors = scene.backdrop
        // Sometimes walls and posts: edges across one axis.
        let posts = Portable.hash(2, 2, seed) < 0.5
        let slant = Portable.hash(3, 3, seed) * 3
        for row in 0..<Self.side {
            let y = Float(row) / Float(Self.side - 1)
            for column in 0..<Self.side {
                let x = Float(column) / Float(Self.side - 1)
                var color = Portable.mix(
                    colors[0], colors[1], Portable.smoothstep(0, 1, y + 0.3 * (x - 0.5) * slant))
                let broad = 0.5 + 0.5 * Portable.noise(2.3 * x, 2.3 * y, seed)
                color = Portable.mix(color, colors[2], Portable.smoothstep(0.45, 0.75, broad))
                let narrow =
                    0.5 + 0.5 * Portable.noise(posts ? 7 * x : 5 * x, posts ? 0.8 * y : 5 * y, seed ^ 5)
                color = Portable.mix(color, colors[3], 0.8 * Portable.smoothstep(0.6, 0.75, narrow))
                cells.append(color)
            }
        }
    }

    /// The colour at (x, y) in 0…1 of the frame.
    @inline(__always)
    func color(_ x: Float, _ y: Float) -> SIMD3<Float> {
        let shoulder = collar + 0.9 * max(0, abs(x - 0.5) - 0.12) * max(0, abs(x - 0.5) - 0.12)
        let gx = x * Float(Self.side - 1)
        let gy = y * Float(Self.side - 1)
        let column = min(Int(gx), Self.side - 2)
        let row = min(Int(gy), Self.side - 2)
        let index = row * Self.side + column
        let fx = gx - Float(column)
        let fy = gy - Float(row)
        let top = Portable.mix(cells[index], cells[index + 1], fx)
        let bottom = Portable.mix(cells[index + Self.side], cells[index + Self.side + 1], fx)
        let behind = Portable.mix(top, bottom, fy)
        let cover = Portable.smoothstep(shoulder - 0.008, shoulder + 0.008, y)
        guard cover > 0 else { return behind }
        return Portable.mix(behind, garment * (0.7 + 0.3 * Portable.noise(9 * x, 5 * y, seed ^ 8)), cover)
    }
}
