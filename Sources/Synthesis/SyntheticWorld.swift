// SyntheticWorld.swift — the built-in dataset: who is in which split, and which fakes are made.
//
// Pure functions of the seed. Files are written elsewhere; drawing starts in SyntheticFrames.

import Tensor

/// A world of procedural people in four splits without a person in common.
///
/// Train, validation and seen test have fakes of `Manipulation.seen`, the unseen test of
/// `Manipulation.unseen` only. Every real video is the target of one fake per method of its split;
/// the person swapped in is another one of the same split, the same for all methods.
public struct SyntheticWorld: Equatable, Sendable {
    /// The parts of the world. Raw values are used in names of files.
    public enum Split: String, CaseIterable, Sendable {
        case train
        case validation = "val"
        case testSeen = "test-seen"
        case testUnseen = "test-unseen"

        /// The families of fakes in this split.
        public var manipulations: [Manipulation] {
            self == .testUnseen ? Manipulation.unseen : Manipulation.seen
        }
    }

    /// Raised whenever pictures of an old seed would change.
    public static let version = 2
    /// The method name of real videos.
    public static let realMethod = "original"
    /// Two per split: a swap needs another person.
    public static let minimumIdentities = 8

    public let seed: UInt64
    /// Pixels of a frame's side.
    public let size: Int
    public let identities: Int
    public let videosPerIdentity: Int
    public let framesPerVideo: Int

    /// - Parameters:
    ///   - seed: equal seeds give equal worlds, byte for byte.
    ///   - size: pixels of the square frames, 64…256.
    ///   - identities: people in all splits together, at least `minimumIdentities`. About 60 % are
    ///     for training, 10 % for validation and 15 % for each test, never less than two.
    ///   - videosPerIdentity: real videos of each person.
    ///   - framesPerVideo: frames of each video, `SyntheticScene.frameInterval` seconds apart.
    ///
    /// Throws `badSize`, `tooFewIdentities` or `badCount`.
    public init(
        seed: UInt64, size: Int, identities: Int, videosPerIdentity: Int, framesPerVideo: Int
    ) throws(SynthesisError) {
        guard (64...256).contains(size) else { throw .badSize(size) }
        guard identities >= Self.minimumIdentities else {
            throw .tooFewIdentities(identities, minimum: Self.minimumIdentities)
        }
        for (name, value) in [
            ("identities", identities), ("videos per identity", videosPerIdentity),
            ("frames per video", framesPerVideo),
        ] {
            guard (1...1_000_000).contains(value) else { throw .badCount(name: name, value: value) }
        }
        self.seed = seed
        self.size = size
        self.identities = identities
        self.videosPerIdentity = videosPerIdentity
        self.framesPerVideo = framesPerVideo
    }

    /// The people of a split: a run of identity numbers.
    public func people(of split: Split) -> Range<Int> {
        let validation = max(2, (identities + 5) / 10)
        let test = max(2, (identities * 15 + 50) / 100)
        let train = identities - validation - 2 * test
        return switch split {
        case .train: 0..<train
        case .validation: train..<train + validation
        case .testSeen: train + validation..<train + validation + test
        case .testUnseen: identities - test..<identities
        }
    }

    /// All videos of a split: the real ones first, then the fakes method by method, targets in
    /// order within each.
    public func videos(of split: Split) -> [SyntheticVideo] {
        let people = people(of: split)
        var videos: [SyntheticVideo] = []
        let first = people.lowerBound * videosPerIdentity
        for number in first..<people.upperBound * videosPerIdentity {
            videos.append(
                SyntheticVideo(
                    name: name(number), method: Self.realMethod, label: 0,
                    identity: number / videosPerIdentity, target: nil, source: nil,
                    sourceIdentity: nil, sourceScene: nil, scene: number, manipulation: nil))
        }
        let reals = videos
        for manipulation in split.manipulations {
            videos += reals.indices.map { fake(of: $0, among: reals, by: manipulation, in: split) }
        }
        return videos
    }

    /// The fake that a family makes of real video `target` of a split: the person swapped in, and the video
    /// that their face comes from, are the same for all families.
    package func fake(
        of target: Int, among reals: [SyntheticVideo], by manipulation: Manipulation, in split: Split
    ) -> SyntheticVideo {
        let people = people(of: split)
        let real = reals[target]
        var draw = Philox(seed: seed, stream: .synthesis, epoch: SynthesisEpoch.plan, sample: real.scene)
        let step = 1 + draw.integer(below: people.count - 1)
        let person = people.lowerBound + (real.identity - people.lowerBound + step) % people.count
        let source = person * videosPerIdentity + draw.integer(below: videosPerIdentity)
        return SyntheticVideo(
            name: "\(real.name)_\(name(source))", method: manipulation.rawValue, label: 1,
            identity: real.identity, target: target, source: source - people.lowerBound * videosPerIdentity,
            sourceIdentity: person, sourceScene: source, scene: real.scene, manipulation: manipulation)
    }

    /// A video's number in the world as its name: all of equal length.
    private func name(_ number: Int) -> String {
        let digits = max(3, String(identities * videosPerIdentity - 1).count)
        let text = String(number)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// How a split is made, in a few stable lines.
    public func description(of split: Split) -> String {
        let people = people(of: split)
        let reals = people.count * videosPerIdentity
        let fakes = reals * split.manipulations.count
        return """
            built-in world version \(Self.version), seed \(seed), \(size)×\(size) pixels, split \(split.rawValue)
            identities \(people.lowerBound)…\(people.upperBound - 1) of \(identities), \
            \(videosPerIdentity) videos each, \(framesPerVideo) frames per video
            \(reals) real and \(fakes) fake videos; noise and JPEG compression alike in both
            \(split.manipulations.map(\.summary).joined(separator: "\n"))
            """
    }

    /// The frames of one of this world's videos, drawn when asked for.
    ///
    /// Cost: see `SyntheticFrames`.
    public func frames(of video: SyntheticVideo) -> SyntheticFrames {
        SyntheticFrames(world: self, videos: [video], target: nil)
    }

    /// The frames of a real video and of fakes of it, which cost less together than one by one.
    /// - Parameter target: what `renderer(of:)` gave for the real video's person.
    package func frames(
        of real: SyntheticVideo, with fakes: [SyntheticVideo], target: FaceRenderer
    ) -> SyntheticFrames {
        SyntheticFrames(world: self, videos: [real] + fakes, target: target)
    }

    /// Draws a person's faces. Not for sharing between threads. Cost: 20 ms at 128 pixels.
    package func renderer(of identity: Int) -> FaceRenderer {
        FaceRenderer(SyntheticIdentity(seed: seed, id: identity), size: size)
    }
}
