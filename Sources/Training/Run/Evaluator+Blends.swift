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

    /// Blendfakes made from a dataset's real frames.
    struct Blends {
        /// s or c, of each row.
        var anchors: [Character] = []
        /// The real frame that each row was made from.
        var frames: [Int] = []
        var judged = Judged()
        /// Pictures that could not be made.
        var failed = 0
    }

    /// One self-blended and, where the file knows neighbours, one cross-blended picture of each real
    /// frame, made as in training but unmirrored, unaugmented and with the real face unchanged; judged,
    /// on rank 0. Collective.
    func blends(of file: DatasetFile, progress: (Int, Int) -> Void) throws -> Blends? {
        try Self.requireSquare(file)
        let reals = (0..<file.frameCount).filter { !file.video(of: $0).isFake }
        let hasNeighbours = file.neighbours != nil
        let kinds: [(letter: Character, anchor: Quadruple.Anchors)] =
            hasNeighbours ? [("s", .selfBlended), ("c", .crossBlended)] : [("s", .selfBlended)]
        let scratch = BlendWorkspace()
        var failed: [Int] = []
        let judged = try judge(
            reals.count * kinds.count, of: "blendfakes of \(file.path)", features: true, progress: progress
        ) { item, size in
            let frame = reals[item % reals.count]
            let (image, landmarks) = try FrameReader.read(frame, of: file, size: size)
            let blended: Image?
            do {
                blended = try Self.blend(
                    kinds[item / reals.count].anchor, of: frame, image, landmarks, file, size, scratch)
            } catch let error as BlendError where error.isBadSample {
                blended = nil
            }
            if blended == nil { failed.append(item) }
            return blended ?? image
        }
        // Those that are no blendfakes were scored as what they are not: they are left out here.
        guard let allFailed = try gatherFailed(failed), let judged else { return nil }
        let left = Set(allFailed)
        var blends = Blends()
        blends.failed = left.count
        for item in 0..<reals.count * kinds.count where !left.contains(item) {
            blends.anchors.append(kinds[item / reals.count].letter)
            blends.frames.append(reals[item % reals.count])
            blends.judged.scores.append(judged.scores[item])
            blends.judged.features += judged.features[item * featureDimension..<(item + 1) * featureDimension]
        }
        return blends
    }

    /// nil where there is no foreground.
    static func blend(
        _ anchor: Quadruple.Anchors, of frame: Int, _ image: Image, _ landmarks: Landmarks, _ file: DatasetFile,
        _ size: Int, _ scratch: BlendWorkspace
    ) throws -> Image? {
        var recipe = QuadrupleRecipe.draw(seed: blendSeed, epoch: 0, sample: frame)
        recipe.flip = false
        recipe.augmentation = AugmentationRecipe()
        // The target of the blend is then the real face as it is.
        recipe.selfBlend.recoloring?.side = .source
        var foreground: Image?
        if anchor == .crossBlended {
            guard let nearest = file.neighbours?.neighbours(of: frame).prefix(3), !nearest.isEmpty else { return nil }
            var random = Philox(seed: blendSeed, stream: .pairing, key: SampleKey(epoch: 0, sample: frame))
            let other = nearest[nearest.startIndex + random.integer(below: nearest.count)]
            foreground = try FrameReader.read(Int(other), of: file, size: size).image
        }
        let made = try Quadruple.apply(
            recipe, real: image, realLandmarks: landmarks, fake: nil, foreground: foreground, anchors: anchor,
            scratch: scratch)
        return made.selfBlended ?? made.crossBlended
    }
}
