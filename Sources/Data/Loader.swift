// Loader.swift — makes a rank's batches ahead of time, on threads of its own.
//
// Threads, not processes: HDF5 files must not be open across a fork. Reads go one after the other
// through the file's lock; resizing, blending and JPEG run side by side.

import Blend
import Foundation
import Imaging
import Store
import Tensor

/// One rank's share of a step, as bytes.
public final class LoadedBatch {
    public let step: Int
    /// The samples that could be made, in the share's order.
    public fileprivate(set) var samples: [SampleKey] = []
    /// Those that could not, with the reason.
    public fileprivate(set) var quarantined: [Quarantined] = []
    /// Anchors per sample, the real one included.
    public let anchorCount: Int
    /// Bytes of one picture, size · size · 3.
    public let imageBytes: Int
    /// `[share, anchors, size, size, 3]`; only rows of `good` hold pictures.
    fileprivate var pixels: [UInt8]
    /// Rows of the share, the places of `samples`.
    fileprivate(set) var good: [Int] = []
    fileprivate var pending: Int
    /// Samples that a thread has begun.
    fileprivate var claimed = 0
    fileprivate let share: [SampleKey]
    fileprivate var results: [Result<Void, Quarantined>?]

    fileprivate init(step: Int, share: [SampleKey], anchorCount: Int, imageBytes: Int) {
        self.step = step
        self.share = share
        self.anchorCount = anchorCount
        self.imageBytes = imageBytes
        pending = share.count
        pixels = [UInt8](repeating: 0, count: share.count * anchorCount * imageBytes)
        results = [Result<Void, Quarantined>?](repeating: nil, count: share.count)
    }

    /// As for some of the samples, for all.
    public func forEachImage(_ body: (Int, UnsafeBufferPointer<UInt8>) -> Void) {
        forEachImage(ofSamples: samples.indices, body)
    }

    /// Calls `body(place, bytes)` for each picture of the samples at `places`, `place` counting by anchor
    /// first as the network wants it: all samples' first anchor, then all samples' second, and so on.
    func forEachImage(ofSamples places: Range<Int>, _ body: (Int, UnsafeBufferPointer<UInt8>) -> Void) {
        pixels.withUnsafeBufferPointer { pixels in
            for anchor in 0..<anchorCount {
                for (place, row) in good[places].enumerated() {
                    let start = (row * anchorCount + anchor) * imageBytes
                    body(
                        anchor * places.count + place,
                        UnsafeBufferPointer(rebasing: pixels[start..<start + imageBytes]))
                }
            }
        }
    }
}

/// A sample that could not be made, and why.
public struct Quarantined: Error, Codable, Equatable, Sendable {
    public var sample: Int
    public var epoch: Int
    public var video: String
    public var method: String
    public var frame: Int
    /// Where the video came from, as the dataset says.
    public var source: String
    public var reason: String
}

/// Makes the batches of one rank in order, a bounded number of them ahead.
///
/// What a batch holds is a function of the sampler and the seed alone. Use from one thread.
public final class Loader: @unchecked Sendable {
    private let samples: TrainingSamples
    private let size: Int
    private let seed: UInt64
    private let augment: Bool
    private let rank: Int
    private let ranks: Int
    private let prefetch: Int

    // Guarded by `condition`.
    private let condition = NSCondition()
    private var sampler: Sampler
    private var nextStep: Int
    private var batches: [LoadedBatch] = []
    private var stopping = false
    private var threads: [pthread_t] = []

    /// - Parameters:
    ///   - firstStep: where to begin: a resumed run starts in the middle.
    ///   - size: pixels a side of the pictures; other sizes in the file are resized.
    ///   - threads: that read and blend, at least 1.
    ///   - prefetch: batches ahead of the one in use, at least 1. Memory: so many times the share's
    ///     pictures as bytes, and the one in use.
    /// - Throws: `ThreadStartError`.
    public init(
        _ samples: TrainingSamples, sampler: Sampler, firstStep: Int, size: Int, seed: UInt64,
        augment: Bool, rank: Int, ranks: Int, threads count: Int, prefetch: Int
    ) throws {
        self.samples = samples
        self.sampler = sampler
        self.size = size
        self.seed = seed
        self.augment = augment
        self.rank = rank
        self.ranks = ranks
        self.prefetch = max(1, prefetch)
        nextStep = firstStep
        do {
            for index in 0..<max(1, count) {
                threads.append(try startThread("loader \(index)", stackBytes: 4 << 20) { [unowned self] in work() })
            }
        } catch {
            stop()
            throw error
        }
        // The first batches are made while the caller gets ready.
        condition.lock()
        fill(to: self.prefetch)
        condition.unlock()
    }

    /// Ends the threads. Needed before the loader goes.
    public func stop() {
        condition.lock()
        stopping = true
        condition.broadcast()
        condition.unlock()
        for thread in threads { pthread_join(thread, nil) }
        threads = []
    }

    /// The next step's batch; waits until it is made. nil after the last step, and after `stop`.
    public func next() -> LoadedBatch? {
        condition.lock()
        defer { condition.unlock() }
        // The one that is about to be used, and those ahead of it.
        fill(to: 1 + prefetch)
        guard let first = batches.first else { return nil }
        while first.pending > 0 && !stopping { condition.wait() }
        guard !stopping else { return nil }
        batches.removeFirst()
        fill(to: prefetch)
        for (row, result) in first.results.enumerated() {
            switch result! {
            case .success:
                first.samples.append(first.share[row])
                first.good.append(row)
            case .failure(let bad): first.quarantined.append(bad)
            }
        }
        return first
    }

    /// Batches that are made or being made, ahead of the one handed out last.
    package var queued: Int {
        condition.lock()
        defer { condition.unlock() }
        return batches.count
    }

    /// Queues batches until there are `count` or the run is over. With the lock held.
    private func fill(to count: Int) {
        while batches.count < count && nextStep < sampler.totalSteps {
            let share = sampler.share(nextStep, rank: rank, ranks: ranks)
            batches.append(
                LoadedBatch(
                    step: nextStep, share: share, anchorCount: 1 + samples.anchors.rawValue.nonzeroBitCount,
                    imageBytes: size * size * 3))
            nextStep += 1
        }
        condition.broadcast()
    }

    private func work() {
        let scratch = BlendWorkspace()
        condition.lock()
        while !stopping {
            guard let (batch, row) = take() else {
                condition.wait()
                continue
            }
            condition.unlock()
            let result = make(batch.share[row], scratch)
            condition.lock()
            switch result {
            case .success(let images):
                for (anchor, image) in images.enumerated() {
                    let start = (row * batch.anchorCount + anchor) * batch.imageBytes
                    batch.pixels.replaceSubrange(start..<start + batch.imageBytes, with: image.pixels)
                }
                batch.results[row] = .success(())
            case .failure(let bad): batch.results[row] = .failure(bad)
            }
            batch.pending -= 1
            if batch.pending == 0 { condition.broadcast() }
        }
        condition.unlock()
    }

    /// The next sample that nobody makes yet. With the lock held.
    private func take() -> (LoadedBatch, Int)? {
        for batch in batches where batch.claimed < batch.share.count {
            batch.claimed += 1
            return (batch, batch.claimed - 1)
        }
        return nil
    }

    /// The pictures of one sample in the order of the anchors.
    private func make(_ key: SampleKey, _ scratch: BlendWorkspace) -> Result<[Image], Quarantined> {
        let frames = samples.frames(key, seed: seed)
        do {
            if samples.anchors.contains(.crossBlended) && frames.foreground == nil {
                throw SampleProblem.noNeighbour
            }
            let (real, landmarks) = try read(frames.real)
            let quadruple = try Quadruple.make(
                real: real, realLandmarks: landmarks, fake: frames.fake.map { try read($0).image },
                foreground: frames.foreground.map { try read($0).image }, anchors: samples.anchors,
                augment: augment, seed: seed, epoch: key.epoch, sample: key.sample, scratch: scratch)
            let images = [quadruple.real, quadruple.selfBlended, quadruple.crossBlended, quadruple.deepfake]
            return .success(images.compactMap { $0 })
        } catch {
            let frame = frames.fake ?? frames.real
            let video = samples.file.video(of: frame)
            return .failure(
                Quarantined(
                    sample: key.sample, epoch: key.epoch, video: video.name, method: video.method,
                    frame: Int(samples.file.frameIndices[frame]), source: video.source, reason: "\(error)"))
        }
    }

    /// One frame at the size wanted.
    private func read(_ frame: Int) throws -> (image: Image, landmarks: Landmarks) {
        try FrameReader.read(frame, of: samples.file, size: size)
    }
}

private enum SampleProblem: Error, CustomStringConvertible {
    case noNeighbour
    var description: String { "the real frame has no neighbour of another identity" }
}
