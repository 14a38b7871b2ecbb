// FeatureMap.swift — what flows between a generator's layers, and its enlargements.

/// `side`×`side` pixels of `channels` values, channels innermost.
struct FeatureMap {
    let side: Int
    let channels: Int
    var values: [Float]

    init(side: Int, channels: Int) {
        self.side = side
        self.channels = channels
        values = [Float](repeating: 0, count: side * side * channels)
    }

    private func start(_ row: Int, _ column: Int) -> Int { (row * side + column) * channels }

    /// Zeros between the pixels: what a transposed convolution of stride 2 sees.
    func spread() -> FeatureMap {
        var output = FeatureMap(side: 2 * side, channels: channels)
        for row in 0..<side {
            for column in 0..<side {
                let (from, to) = (start(row, column), output.start(2 * row, 2 * column))
                for channel in 0..<channels { output.values[to + channel] = values[from + channel] }
            }
        }
        return output
    }

    /// Twice the side, bilinear, cell centres aligned, edges repeated.
    func enlarged() -> FeatureMap {
        var output = FeatureMap(side: 2 * side, channels: channels)
        for row in 0..<2 * side {
            let (near, far) = Self.neighbours(row, side)
            for column in 0..<2 * side {
                let (left, right) = Self.neighbours(column, side)
                let corners = (start(near, left), start(near, right), start(far, left), start(far, right))
                let to = output.start(row, column)
                for channel in 0..<channels {
                    let a = 0.75 * values[corners.0 + channel] + 0.25 * values[corners.1 + channel]
                    let b = 0.75 * values[corners.2 + channel] + 0.25 * values[corners.3 + channel]
                    output.values[to + channel] = 0.75 * a + 0.25 * b
                }
            }
        }
        return output
    }

    /// The cell that pixel `index` of the doubled axis lies in, and the one on its other side.
    private static func neighbours(_ index: Int, _ side: Int) -> (near: Int, far: Int) {
        let near = index / 2
        return (near, max(0, min(side - 1, index % 2 == 0 ? near - 1 : near + 1)))
    }

    /// Four channels become 2×2 pixels: channel 4c + 2·row + column of a cell is channel c of its pixel there.
    func shuffled() -> FeatureMap {
        var output = FeatureMap(side: 2 * side, channels: channels / 4)
        for row in 0..<output.side {
            for column in 0..<output.side {
                let from = start(row / 2, column / 2) + row % 2 * 2 + column % 2
                let to = output.start(row, column)
                for channel in 0..<output.channels {
                    output.values[to + channel] = values[from + 4 * channel]
                }
            }
        }
        return output
    }

    mutating func add(_ other: FeatureMap) {
        precondition(values.count == other.values.count, "FeatureMap: \(other.values.count) for \(values.count)")
        for index in values.indices { values[index] += other.values[index] }
    }

    mutating func leakyReLU() {
        for index in values.indices where values[index] < 0 { values[index] *= GeneratorShape.slope }
    }
}
