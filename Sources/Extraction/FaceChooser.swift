// FaceChooser.swift — which face of a frame is taken where one is: the manipulated one where a mask says it, else
// the one that was taken before, else the largest.

/// Chooses one face of each frame of a film, in the order of frames.
package struct FaceChooser {
    private var before: FaceBox?
    /// Frames at which another face than in the frame before was taken, as far as places say.
    package private(set) var changes: [Int] = []

    package init() {}

    /// The place among `boxes` (largest first, not empty) of the face to take.
    /// - Parameters:
    ///   - width, height: of the frame.
    ///   - mask: where this frame was manipulated, of the frame's shape but any size; nil without.
    package mutating func choose(_ boxes: [FaceBox], frame: Int, width: Int, height: Int, mask: ManipulationMask?) -> Int {
        var choice = 0
        var isSaid = false
        if let mask, let best = mask.mostCovered(of: boxes, width: width, height: height) {
            choice = best
            isSaid = true
        }
        if let before {
            // Overlap by any share: people move between two frames that are half a second apart.
            let shares = boxes.map { $0.overlap(with: before) }
            if !isSaid, let most = shares.max(), most > 0.1 { choice = shares.firstIndex(of: most)! }
            if shares[choice] == 0 { changes.append(frame) }
        }
        before = boxes[choice]
        return choice
    }
}
