// FaceExtraction.swift — extracts the faces of many photos and videos into one dataset file, in two
// phases: every item to a shard of its own, then all shards into the file. Ranks share the first phase.

import Data
import ForeignFiles
import Foundation
import Imaging
import Store
import Synchronization
import Tensor

/// The whole work of `blendway extract`.
///
/// The file depends on the inputs and the settings alone, never on threads, ranks or interruptions.
/// Memory: the landmark model, and for each thread a frame and the crops of one video. Disk: the crops
/// twice until the file is done.
public struct FaceExtraction: Sendable {
    public var plan: ExtractionPlan
    public var model: LandmarkModel
    /// Pixels of the crops' sides.
    public var size = 256
    public var scale = 1.3
    /// Frames of each video, evenly over its length; nil takes all.
    public var frames: Int?
    /// All faces of a frame instead of the largest.
    public var takesAll = false
    /// Where shards are kept; a folder of this work alone.
    public var workFolder: String

    public init(plan: ExtractionPlan, model: LandmarkModel, workFolder: String) {
        self.plan = plan
        self.model = model
        self.workFolder = workFolder
    }

    /// What came of it. Encodes to the JSON that `blendway extract --json` documents.
    public struct Report: Codable, Equatable, Sendable {
        public var videos = 0
        public var framesRead = 0
        public var frames = 0
        public var framesWithoutFace = 0
        /// Frames with more than one face.
        public var framesWithSeveral = 0
        /// Items of which not one face was found.
        public var empty: [String] = []
        /// Fakes whose real video is not among the inputs.
        public var withoutTarget = 0
        /// Fakes whose names could mean several real videos.
        public var ambiguous: [AmbiguousName] = []
        public var skipped: [SkippedFrame] = []
        /// What lies in the inputs' folders and was not read.
        public var unread: [UnreadFile] = []
        public var contentHash = ""
    }

    // MARK: First phase

    /// Makes the shards of a share of the items; those that are there already are kept.
    /// - Parameters:
    ///   - rank, ranks: item i belongs to rank i mod ranks.
    ///   - stop: asked after each frame; true ends with `CancellationError`, shards stay.
    ///   - progress: told the items done of this share, one call at a time.
    /// - Throws: `ExtractionError`, `StoreError`. A file that can't be read is no error but listed.
    public func makeShards(
        rank: Int = 0, ranks: Int = 1, pool: ThreadPool, stop: @Sendable () -> Bool = { false },
        progress: (Int) -> Void = { _ in }
    ) throws {
        let mine = Array(stride(from: rank, to: plan.items.count, by: ranks))
        // A finder for each thread, made when it is first needed and handed on.
        let finders = Mutex<[SendableFinder]>([])
        let state = Mutex<(done: Int, failure: (any Error)?)>((0, nil))
        pool.run(tasks: mine.count) { place in
            guard state.withLock({ $0.failure == nil }) else { return }
            do {
                let item = mine[place]
                if ExtractionShard.read(from: workFolder, item: item, key: try key(item)) == nil {
                    let finder = try finders.withLock { $0.popLast() } ?? SendableFinder(
                        finder: FaceFinder(model: model, size: size, scale: scale))
                    try makeShard(item, finder: finder.finder, stop: stop)
                    finders.withLock { $0.append(finder) }
                }
                state.withLock { state in
                    state.done += 1
                    progress(state.done)
                }
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
            }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// A finder goes from thread to thread, but is used by one at a time.
    private struct SendableFinder: @unchecked Sendable {
        let finder: FaceFinder
    }

    /// What a shard is made of: file, size, time, and every setting that decides its contents.
    private func key(_ item: Int) throws -> String {
        let path = plan.items[item].path
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ExtractionError.unreadable(path: path, reason: "it is not there any more")
        }
        return "\(path) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) frames \(frames ?? 0) "
            + "size \(size) scale \(scale) all \(takesAll) model \(model.path) \(model.pointCount)"
    }

    private func makeShard(_ item: Int, finder: FaceFinder, stop: () -> Bool) throws {
        let video = plan.items[item].video
        var shard = ExtractionShard(key: try key(item), width: size)
        var contents: [ExtractionShard.Content] = []
        func skip(_ frame: Int, _ reason: String) {
            shard.skipped.append(
                SkippedFrame(
                    file: plan.items[item].path, video: "\(video.method)/\(video.name)", frame: Int32(frame), reason: reason))
        }
        do {
            let source = try PictureSources.open(plan.items[item].path, frames: frames)
            var broken = 0
            while broken < Self.brokenLimit {
                if stop() { throw CancellationError() }
                do {
                    guard let picture = try source.next() else { break }
                    shard.framesRead += 1
                    let faces = try finder.faces(in: picture.image, all: takesAll)
                    if faces.isEmpty {
                        shard.framesWithoutFace += 1
                        skip(picture.index, "no face was found")
                    }
                    for face in faces {
                        let points = face.landmarks.points.flatMap { [$0.x, $0.y] }
                        if let problem = LandmarkValues.problem(points, width: size, height: size) {
                            skip(picture.index, problem)
                            continue
                        }
                        shard.faces.append(
                            ExtractionShard.Face(
                                frame: picture.index, rank: face.rank, of: face.among,
                                box: [face.box.left, face.box.top, face.box.right, face.box.bottom],
                                confidence: face.confidence))
                        contents.append(ExtractionShard.Content(pixels: face.crop.pixels, landmarks: points))
                    }
                } catch ExtractionError.badFrame(_, let after, let reason) {
                    broken += 1
                    skip(after, reason)
                }
            }
            if broken == Self.brokenLimit { skip(shard.framesRead, "too much of it is broken; the rest was not read") }
        } catch ExtractionError.unreadable(_, let reason) {
            skip(0, reason)
        }
        try shard.write(contents, to: workFolder, item: item)
    }

    /// Broken places of one video, after which it is given up.
    private static let brokenLimit = 64

    // MARK: Second phase

    /// Puts all shards into the file, with targets and neighbours. For one process, after all shards
    /// are there.
    /// - Throws: `ImportError.noFrames`, `StoreError`.
    public func assemble(to path: String, description: DatasetDescription, pool: ThreadPool) throws -> Report {
        var report = Report()
        report.unread = plan.unread
        report.ambiguous = plan.ambiguous
        var packer: DatasetPacker?
        do {
            var rows = [Int32](repeating: -1, count: plan.items.count)
            for (item, planned) in plan.items.enumerated() {
                guard let shard = ExtractionShard.read(from: workFolder, item: item, key: try key(item)) else {
                    throw ExtractionError.unreadable(
                        path: planned.path, reason: "it changed while faces were extracted; run the command again")
                }
                report.framesRead += shard.framesRead
                report.framesWithoutFace += shard.framesWithoutFace
                report.framesWithSeveral += shard.faces.count { $0.rank == 0 && $0.of > 1 }
                report.skipped += shard.skipped
                if shard.faces.isEmpty { report.empty.append(planned.path) }
                let target = plan.targets[item]
                let targetRow = target < 0 ? -1 : rows[target]
                if planned.video.isFake && targetRow < 0 { report.withoutTarget += 1 }
                let contents = try shard.contents(from: workFolder, item: item, landmarkCount: model.pointCount)
                // Faces of one rank are a video; those below the largest have no known identity.
                for rank in Set(shard.faces.map(\.rank)).sorted() {
                    let open: DatasetPacker
                    if let packer {
                        open = packer
                    } else {
                        open = try DatasetPacker(
                            path, description: description, height: size, width: size, landmarkCount: model.pointCount)
                        packer = open
                    }
                    var video = planned.video
                    video.target = targetRow
                    if rank > 0 {
                        video.name = plan.name(ofFace: rank, of: video)
                        (video.identity, video.donor, video.target) = ("", "", -1)
                    }
                    let row = open.addVideo(video)
                    if rank == 0 { rows[item] = row }
                    report.videos += 1
                    for (place, face) in shard.faces.enumerated() where face.rank == rank {
                        try open.addFrame(
                            image: contents[place].pixels, landmarks: contents[place].landmarks, video: row,
                            index: Int32(face.frame))
                        report.frames += 1
                    }
                }
            }
            guard let packer else {
                let first = report.skipped.first
                throw ImportError.noFrames(example: first.map { "\($0.file): \($0.reason)" } ?? "there are none")
            }
            report.contentHash = try packer.finish(pool: pool)
            return report
        } catch {
            packer?.discard()
            throw error
        }
    }

    /// Which face was taken of each frame: one JSON object a line.
    public func faceList() throws -> String {
        struct Line: Encodable {
            var video: String
            var face: ExtractionShard.Face
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text = ""
        for (item, planned) in plan.items.enumerated() {
            guard let shard = ExtractionShard.read(from: workFolder, item: item, key: try key(item)) else { continue }
            for face in shard.faces {
                let line = Line(video: "\(planned.video.method)/\(planned.video.name)", face: face)
                text += String(decoding: try encoder.encode(line), as: UTF8.self) + "\n"
            }
        }
        return text
    }
}
