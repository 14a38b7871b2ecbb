// PairCheck.swift — compares the fakes of a dataset file with their real videos by what is around the faces.
// Pairs by number are FramePairing's matter; this is the proof by content.

import Foundation
import Store
import Synchronization
import Tensor

/// Which fakes of a file don't look as if they were made from the real frames that they go with.
///
/// Each of up to `framesPerVideo` fake frames is compared with its real frame and with others of the same real
/// video before and after. Cost: 60 ms a fake at 256×256 pixels. Memory: 33 KB for each real frame looked at, one
/// real video a thread.
public struct PairCheck: Codable, Equatable, Sendable {
    public struct Video: Codable, Equatable, Sendable {
        /// Method and name of the fake, and of its real video.
        public var video: String
        public var target: String
        public var verdict: PairVerdict
    }

    /// Fakes that were looked at, by what came of it.
    public private(set) var sameMoment = 0
    public private(set) var sameScene = 0
    public private(set) var unclear = 0
    public private(set) var shifted = 0
    public private(set) var unrelated = 0
    /// Fakes whose real video isn't in the file, or has no frame that they could go with.
    public private(set) var withoutPair = 0
    /// Those that don't look like pairs, in the file's order.
    public private(set) var notPairs: [Video] = []

    /// Fakes that were looked at.
    public var checked: Int { sameMoment + sameScene + unclear + shifted + unrelated }

    /// More than one in twenty of the fakes about which the pictures say something, three at least, or most of
    /// them: that is no accident.
    public var isRefused: Bool {
        let told = checked - unclear
        return (notPairs.count >= 3 && notPairs.count * 20 > told) || (notPairs.count > 0 && notPairs.count * 2 > told)
    }

    static let framesPerVideo = 12
    /// Places of the real frames beside the one that a fake frame goes with.
    private static let places = [0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -8, 8, -13, 13, -21, 21]
    /// Pictures with fewer pixels a side show too little.
    private static let leastSide = 64
    /// Levels that the surroundings must vary by.
    private static let leastContrast: Float = 4

    /// - Parameters:
    ///   - sample: fakes to look at, evenly over the file; nil looks at all.
    ///   - progress: told the fakes done, one call at a time.
    /// - Throws: `CancellationError`. Frames that can't be read are passed over.
    public init(
        _ file: DatasetFile, sample: Int? = nil, pool: ThreadPool, stop: @Sendable () -> Bool = { false },
        progress: (Int) -> Void = { _ in }
    ) throws {
        let frames = VideoFrames(file)
        let fakes = file.videos.indices.filter { file.videos[$0].isFake }
        let pairable = fakes.filter { !frames.partners(of: $0).isEmpty }
        withoutPair = fakes.count - pairable.count
        let chosen = sample.map { PairedSelection.evenly($0, of: pairable) } ?? pairable
        // Fakes of one real video one after the other: its frames are prepared once.
        let groups = Dictionary(grouping: chosen) { Int(file.videos[$0].target) }.sorted { $0.key < $1.key }.map(\.value)
        let state = Mutex<(done: Int, verdicts: [Int: PairVerdict])>((0, [:]))
        pool.run(tasks: groups.count) { number in
            var cache: [Int: FrameSurroundings] = [:]
            for fake in groups[number] where !stop() {
                let verdict = Self.verdict(on: fake, frames, &cache)
                state.withLock { state in
                    state.done += 1
                    state.verdicts[fake] = verdict
                    progress(state.done)
                }
            }
        }
        if stop() { throw CancellationError() }
        let verdicts = state.withLock { $0.verdicts }
        for (fake, verdict) in verdicts.sorted(by: { $0.key < $1.key }) {
            switch verdict.kind {
            case .sameMoment: sameMoment += 1
            case .sameScene: sameScene += 1
            case .unclear: unclear += 1
            case .shifted: shifted += 1
            case .unrelated: unrelated += 1
            }
            guard verdict.isBad else { continue }
            let (video, target) = (file.videos[fake], file.videos[Int(file.videos[fake].target)])
            notPairs.append(
                Video(
                    video: "\(video.method)/\(video.name)", target: "\(target.method)/\(target.name)", verdict: verdict))
        }
    }

    private static func verdict(
        on fake: Int, _ frames: VideoFrames, _ cache: inout [Int: FrameSurroundings]
    ) -> PairVerdict {
        let file = frames.file
        guard min(file.width, file.height) >= leastSide else { return PairVerdict([]) }
        let real = frames.byVideo[Int(file.videos[fake].target)]
        let pairs = PairedSelection.evenly(framesPerVideo, of: frames.partners(of: fake))
        var comparisons: [PairVerdict.Comparison] = []
        for (frame, partner) in pairs {
            guard let own = surroundings(frame, file), own.contrast >= leastContrast else { continue }
            var comparison = PairVerdict.Comparison(similarities: [:], distances: [:])
            for place in places where real.indices.contains(partner + place) {
                let other = real[partner + place]
                if cache[other.frame] == nil { cache[other.frame] = surroundings(other.frame, file) }
                guard let there = cache[other.frame], there.contrast >= leastContrast else { continue }
                comparison.similarities[place] = own.similarity(to: there)
                comparison.distances[place] = other.number - real[partner].number
            }
            comparisons.append(comparison)
        }
        return PairVerdict(comparisons)
    }

    private static func surroundings(_ frame: Int, _ file: DatasetFile) -> FrameSurroundings? {
        guard let pixels = try? file.readImage(frame) else { return nil }
        return FrameSurroundings(
            pixels: pixels, width: file.width, height: file.height, landmarks: file.landmarks(of: frame))
    }
}

extension PairCheck {
    /// Looks at some fakes of a finished file that is about to get its name.
    /// - Returns: nil where no fake has a pair.
    /// - Throws: `ImportError.notPairs` if too many don't look like pairs, unless they are trusted all the same.
    public static func approve(_ file: DatasetFile, trusting: Bool, pool: ThreadPool) throws -> PairCheck? {
        let check = try PairCheck(file, sample: 40, pool: pool)
        guard trusting || !check.isRefused else { throw ImportError.notPairs(check) }
        return check.checked > 0 ? check : nil
    }
}

extension PairCheck.Video {
    /// What doesn't fit, in a clause.
    public var sentence: String {
        let alike = verdict.similarity.map(Self.percent) ?? "0 %"
        guard let shift = verdict.shift, let best = verdict.bestSimilarity else {
            return "\(video) doesn't show the scene of \(target) (alike by \(alike))"
        }
        return "\(video) fits frames of \(target) that are \(abs(shift)) \(shift < 0 ? "earlier" : "later") (alike by "
            + "\(Self.percent(best)), with its own ones by \(alike))"
    }

    private static func percent(_ value: Float) -> String { "\(Int((value * 100).rounded())) %" }
}
