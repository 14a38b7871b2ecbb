// Image+Heat.swift — a map of importance laid over a picture.

extension Image {
    /// The picture in grey with the map in colours over it: nothing where it is 0, through red and yellow
    /// where it is 1.
    ///
    /// - Parameters:
    ///   - map: `[side, side]`, row by row, 0 to 1; enlarged bilinearly.
    public func overlaid(with map: [Float], side: Int) -> Image {
        precondition(channels == 3 && map.count == side * side, "Image: a map of \(map.count) for side \(side)")
        var result = self
        for y in 0..<height {
            for x in 0..<width {
                let heat = Self.sample(map, side, (Float(x) + 0.5) / Float(width), (Float(y) + 0.5) / Float(height))
                let grey = 0.3 * Float(self[x, y, 0]) + 0.59 * Float(self[x, y, 1]) + 0.11 * Float(self[x, y, 2])
                let color: (Float, Float, Float) = (255, 255 * max(0, 2 * heat - 0.9), 40 * heat)
                let share = 0.75 * min(1, heat * 1.3)
                for (c, value) in [color.0, color.1, color.2].enumerated() {
                    result[x, y, c] = UInt8(min(max((1 - share) * grey * 0.9 + share * value, 0), 255))
                }
            }
        }
        return result
    }

    /// Bilinear, u and v from 0 to 1 over the map's area.
    private static func sample(_ map: [Float], _ side: Int, _ u: Float, _ v: Float) -> Float {
        let x = min(max(u * Float(side) - 0.5, 0), Float(side - 1))
        let y = min(max(v * Float(side) - 0.5, 0), Float(side - 1))
        let (left, top) = (Int(x), Int(y))
        let (right, bottom) = (min(left + 1, side - 1), min(top + 1, side - 1))
        let (fx, fy) = (x - Float(left), y - Float(top))
        let upper = map[top * side + left] * (1 - fx) + map[top * side + right] * fx
        let lower = map[bottom * side + left] * (1 - fx) + map[bottom * side + right] * fx
        return upper * (1 - fy) + lower * fy
    }
}
