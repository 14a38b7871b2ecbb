// GeneratorPairs.swift — what the built-in world's face generators learn from: who shall be seen, where,
// and how that looks. Only here the truth is known: the renderer draws the source in the target's place.

import Synchronization
import Synthesis
import Tensor

/// Face cut-outs in threes. P pairs, each a `FaceCrop.side`² RGB picture of bytes.
package struct GeneratorPairs: Sendable {
    /// Values of one cut-out.
    static let values = FaceSpace.dimension
    /// Pixels of the frames that are drawn; the middle of the sizes that worlds have.
    private static let frameSize = 128

    /// `[P, values]`: the source's face bent onto the target's landmarks, the target's, the source's in the target's place.
    package let sources, targets, truths: [UInt8]
    package var count: Int { sources.count / Self.values }

    /// Draws `people` · `pairsEach` pairs of people and scenes of a world of its own.
    ///
    /// Cost: about 70 ms a pair and core.
    package init(seed: UInt64, people: Int, pairsEach: Int, pool: ThreadPool, progress: (Int) -> Void) {
        let total = people * pairsEach
        let output = Mutex((pictures: Array(repeating: [UInt8](), count: 3 * total), done: 0))
        pool.run(tasks: people) { person in
            let pictures = Self.pairs(seed: seed, person: person, of: people, count: pairsEach)
            output.withLock { output in
                for (index, three) in pictures.enumerated() {
                    for kind in 0..<3 { output.pictures[kind * total + person * pairsEach + index] = three[kind] }
                }
                output.done += pictures.count
                progress(output.done)
            }
        }
        let pictures = output.withLock { $0.pictures }
        func joined(_ kind: Int) -> [UInt8] { Array(pictures[kind * total..<(kind + 1) * total].joined()) }
        (sources, targets, truths) = (joined(0), joined(1), joined(2))
    }

    private static func pairs(seed: UInt64, person: Int, of people: Int, count: Int) -> [[[UInt8]]] {
        var draw = Philox(seed: seed, stream: .synthesis, epoch: SyntheticWorld.version, sample: person)
        let source = SyntheticIdentity(seed: seed, id: person)
        let renderer = FaceRenderer(source, size: frameSize)
        // One other person a source: making a renderer costs as much as two frames.
        let target = SyntheticIdentity(seed: seed, id: (person + 1 + draw.integer(below: people - 1)) % people)
        let targetRenderer = FaceRenderer(target, size: frameSize)
        let truthRenderer = FaceRenderer(source.wearing(target), size: frameSize)
        return (0..<count).map { pair in
            let scene = SyntheticScene(seed: seed, id: 2 * (person * count + pair))
            let other = SyntheticScene(seed: seed, id: 2 * (person * count + pair) + 1)
            let (frame, otherFrame) = (draw.integer(below: 32), draw.integer(below: 32))
            let from = renderer.render(other, frame: otherFrame)
            let to = targetRenderer.render(scene, frame: frame)
            let truth = truthRenderer.render(scene, frame: frame)
            let crop = FaceCrop(to.landmarks)
            // The truth's own features, moved to where the swap will show them.
            return [
                bytes(crop.cut(FaceWarp.bent(from.canvas, from: from.landmarks, to: to.landmarks))),
                bytes(crop.cut(to.canvas)),
                bytes(crop.cut(FaceWarp.bent(truth.canvas, from: truth.landmarks, to: to.landmarks))),
            ]
        }
    }

    private static func bytes(_ plane: Plane) -> [UInt8] {
        plane.pixels.flatMap { pixel in (0..<3).map { UInt8(max(0, min(255, pixel[$0] + 0.5))) } }
    }
}
