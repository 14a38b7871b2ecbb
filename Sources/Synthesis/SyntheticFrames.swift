// SyntheticFrames.swift — draws the frames of one video on demand.

/// The frames of one video. Not for sharing between threads; make one per thread.
///
/// Cost at 128 pixels on one core: 20 ms per person to make it (fakes: two people), then 10 ms a
/// real frame and 22 ms a fake one; at 64 pixels less than half of that, at 256 three times as much.
public final class SyntheticFrames {
    private let video: SyntheticVideo
    private let scene: SyntheticScene
    private let target: FaceRenderer
    private let source: (renderer: FaceRenderer, scene: SyntheticScene)?
    /// Number of frames.
    public let count: Int

    init(world: SyntheticWorld, video: SyntheticVideo) {
        self.video = video
        count = world.framesPerVideo
        scene = SyntheticScene(seed: world.seed, id: video.scene)
        let person = SyntheticIdentity(seed: world.seed, id: video.identity)
        target = FaceRenderer(person, size: world.size)
        source = video.sourceScene.map { sourceScene in
            (
                FaceRenderer(SyntheticIdentity(seed: world.seed, id: video.sourceIdentity!), size: world.size),
                SyntheticScene(seed: world.seed, id: sourceScene)
            )
        }
    }

    /// Draws frame `index` in 0 ..< `count`: any order, equal index, equal bytes.
    ///
    /// A fake's landmarks are its target frame's. Throws `codec` or `generators`.
    public func frame(_ index: Int) throws(SynthesisError) -> SyntheticFrame {
        precondition(index >= 0 && index < count, "SyntheticFrames: frame \(index) of \(count)")
        let real = target.render(scene, frame: index)
        var canvas = real.canvas
        if let manipulation = video.manipulation, let source {
            canvas = IdentitySwap.apply(
                manipulation, source: source.renderer.render(source.scene, frame: index), target: real,
                generators: try GeneratorWeights.shipped())
        }
        return SyntheticFrame(
            image: try Sensor.develop(canvas, scene: scene, frame: index), landmarks: real.landmarks)
    }
}
