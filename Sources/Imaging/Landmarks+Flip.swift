// Landmarks+Flip.swift — which landmark becomes which when a face is mirrored.

extension Landmarks {
    /// The landmarks of the mirrored picture: x → width − 1 − x, left and right points exchanged,
    /// so that index 36 is again the outer corner of the eye at the picture's left.
    ///
    /// Throws `badLandmarkCount` for other counts than 68 and 81.
    public func flippedHorizontally(width: Int) throws(ImagingError) -> Landmarks {
        guard points.count == 68 || points.count == 81 else {
            throw .badLandmarkCount(points.count)
        }
        return Landmarks(
            points: points.indices.map {
                let partner = points[Self.mirrorPartner[$0]]
                return Point(x: Float(width - 1) - partner.x, y: partner.y)
            })
    }

    /// The index of each landmark's mirror partner; the first 68 serve the smaller set too.
    ///
    /// The 13 forehead points run from the picture's left to its right.
    public static let mirrorPartner: [Int] = {
        var table = Array(0..<81)
        // Jaw, brows, nostrils and forehead are runs that turn round as a whole.
        for run in [0...16, 17...26, 31...35, 68...80] {
            for index in run { table[index] = run.lowerBound + run.upperBound - index }
        }
        // Eyes and lips are loops, paired by hand. Nose bridge and lip centres stay.
        let pairs = [
            (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46),
            (48, 54), (49, 53), (50, 52), (55, 59), (56, 58),
            (60, 64), (61, 63), (65, 67),
        ]
        for (left, right) in pairs {
            table[left] = right
            table[right] = left
        }
        return table
    }()
}
