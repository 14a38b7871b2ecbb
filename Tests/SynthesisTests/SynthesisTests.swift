// SynthesisTests.swift — helpers that the other files of this target share; no tests.

import Imaging
import Synthesis

/// A person under a scene, without noise and compression.
func draw(
    identity: Int, scene: Int, frame: Int = 0, seed: UInt64 = 5, size: Int = 96
) -> (canvas: Canvas, landmarks: Landmarks) {
    FaceRenderer(SyntheticIdentity(seed: seed, id: identity), size: size)
        .render(SyntheticScene(seed: seed, id: scene), frame: frame)
}

/// The mean absolute difference of two arrays of equal length.
func meanDifference(_ a: [Float], _ b: [Float]) -> Float {
    precondition(a.count == b.count)
    var sum: Float = 0
    for index in a.indices { sum += abs(a[index] - b[index]) }
    return sum / Float(a.count)
}

func smallWorld(identities: Int = 8, frames: Int = 2, size: Int = 64) throws -> SyntheticWorld {
    try SyntheticWorld(
        seed: 11, size: size, identities: identities, videosPerIdentity: 1, framesPerVideo: frames)
}
