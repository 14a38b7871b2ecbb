// Evaluator+Blends.swift — blendfakes of held-out real faces, scored: the anchors s and c of a dataset
// that training has not seen.

import Blend
import Data
import DistributedTraining
import Foundation
import Imaging
import Metrics
import Store
import Tensor

extension Evaluator {
    /// Seed of the blendfakes: one for all evaluations, so that all detectors see the same pictures.
    static let blendSeed: UInt64 = 1

    /// Anchors made from a dataset's real frames.
    struct Blends {
        /// r, s or c, of each row.
        var anchors: [Character] = []
        /// The real frame that each row was made from.
        var frames: [Int] = []
        var judged = Judged()
        /// Pictures that could not be made.
        var failed = 0
    }

    /// Of each real frame the anchors r, s and, where the file knows neighbours, c, judged; on rank 0.
    /// Collective.
    ///
    /// Made as in training but for mirroring and the final augmentation: r is the target of the
    /// self-blend, recoloured where its recipe says so, and the background of the cross-blend.
    func blends(of file: DatasetFile, progress: (Int, Int) -> Void) throws -> Blends? {
        try Self.requireSquare(file)
        guard file.landmarkCount > 0 else { throw DataError.noLandmarks(file: file.path) }
        let reals = (0..<file.frameCount).filter { !file.video(of: $0).isFake }
        let letters: [Character] = file.neighbours != nil ? ["r", "s", "c"] : ["r", "s"]
        let scratch = BlendWorkspace()
        var failed: [Int] = []
        let judged = try judge(
            reals.count * letters.count, of: "blendfakes of \(file.path)", features: true, progress: progress
        ) { item, size in
            let frame = reals[item % reals.count]
            if let made = try Self.anchor(letters[item / reals.count], of: frame, in: file, size: size, scratch) {
                return made
            }
            failed.append(item)
            return try FrameReader.read(frame, of: file, size: size).image
        }
        // Those that are no anchors were judged as what they are not: they are left out here.
        guard let allFailed = try gatherFailed(failed), let judged else { return nil }
        let left = Set(allFailed).union(judged.leftOut.map(\.number))
        var blends = Blends()
        blends.failed = left.count
        for item in 0..<reals.count * letters.count where !left.contains(item) {
            blends.anchors.append(letters[item / reals.count])
            blends.frames.append(reals[item % reals.count])
            blends.judged.scores.append(judged.scores[item])
            blends.judged.features += judged.features[item * featureDimension..<(item + 1) * featureDimension]
        }
        return blends
    }

    /// Numbers of all ranks, on rank 0. Collective.
    private func gatherFailed(_ items: [Int]) throws -> [Int]? {
        try world.communicator.gather(items, phase: "gather what could not be made")?.values
    }

    /// r, s or c of a real frame; nil where the frame is none to blend, or has no neighbour.
    static func anchor(
        _ letter: Character, of frame: Int, in file: DatasetFile, size: Int, _ scratch: BlendWorkspace
    ) throws -> Image? {
        let (image, landmarks) = try FrameReader.read(frame, of: file, size: size)
        var recipe = QuadrupleRecipe.draw(seed: blendSeed, epoch: 0, sample: frame)
        recipe.flip = false
        recipe.augmentation = AugmentationRecipe()
        var anchors: Quadruple.Anchors = .selfBlended
        var foreground: Image?
        if letter == "c" {
            guard let nearest = file.neighbours?.neighbours(of: frame).prefix(3), !nearest.isEmpty else { return nil }
            var random = Philox(seed: blendSeed, stream: .pairing, key: SampleKey(epoch: 0, sample: frame))
            let other = nearest[nearest.startIndex + random.integer(below: nearest.count)]
            foreground = try FrameReader.read(Int(other), of: file, size: size).image
            anchors.insert(.crossBlended)
        }
        do throws(BlendError) {
            let made = try Quadruple.apply(
                recipe, real: image, realLandmarks: landmarks, fake: nil, foreground: foreground, anchors: anchors,
                scratch: scratch)
            switch letter {
            case "r": return made.real
            case "s": return made.selfBlended
            default: return made.crossBlended
            }
        } catch {
            guard error.isBadSample else { throw error }
            return nil
        }
    }
}
