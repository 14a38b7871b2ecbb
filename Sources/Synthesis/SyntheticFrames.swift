// SyntheticFrames.swift — draws the frames of one video on demand, or of a real one and its fakes together.

/// The frames of a video, or of a real video and fakes of it: these share the target's face, and the source's,
/// which are drawn once for all. Not for sharing between threads; make one per thread.
///
/// Cost at 128 pixels on one core: 20 ms for each of the one or two people, 8 ms for each of their faces, and
/// 3 to 5 ms for a fake; at 64 pixels less than half of that, at 256 three times as much.
public final class SyntheticFrames {
    private let videos: [SyntheticVideo]
    private let scene: SyntheticScene
    private let target: FaceRenderer
    private let source: (renderer: FaceRenderer, scene: SyntheticScene)?
    /// Number of frames of each video.
    public let count: Int

    /// - Parameters:
    ///   - videos: at least one; all of one target and, as far as they are fakes, of one source.
    ///   - target: the renderer of the target's person, if there is one already.
    init(world: SyntheticWorld, videos: [SyntheticVideo], target: FaceRenderer?) {
        self.videos = videos
        count = world.framesPerVideo
        scene = SyntheticScene(seed: world.seed, id: videos[0].scene)
        self.target = target ?? world.renderer(of: videos[0].identity)
        source = videos.lazy.compactMap { video in
            video.sourceScene.map { (video.sourceIdentity!, $0) }
        }.first.map { person, sourceScene in
            (world.renderer(of: person), SyntheticScene(seed: world.seed, id: sourceScene))
        }
    }

    /// Draws frame `index` in 0 ..< `count` of the first video: any order, equal index, equal bytes.
    ///
    /// A fake's landmarks are its target frame's. Throws `codec` or `generators`.
    public func frame(_ index: Int) throws(SynthesisError) -> SyntheticFrame { try draw(index, of: videos.prefix(1))[0] }

    /// The same frame of all videos.
    public func all(_ index: Int) throws(SynthesisError) -> [SyntheticFrame] { try draw(index, of: videos[...]) }

    private func draw(_ index: Int, of videos: ArraySlice<SyntheticVideo>) throws(SynthesisError) -> [SyntheticFrame] {
        precondition(index >= 0 && index < count, "SyntheticFrames: frame \(index) of \(count)")
        let real = target.render(scene, frame: index)
        let swapped = source.map { $0.renderer.render($0.scene, frame: index) }
        var frames: [SyntheticFrame] = []
        for video in videos {
            var canvas = real.canvas
            if let manipulation = video.manipulation, let swapped {
                canvas = IdentitySwap.apply(
                    manipulation, source: swapped, target: real, generators: try GeneratorWeights.shipped())
            }
            frames.append(
                SyntheticFrame(
                    image: try Sensor.develop(canvas, scene: scene, frame: index), landmarks: real.landmarks))
        }
        return frames
    }
}
