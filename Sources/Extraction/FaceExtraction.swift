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
    /// Says which face of a frame was manipulated.
    public var masks: MaskFolder?
    /// Fakes and real videos are taken for pairs even where their pictures contradict it.
    public var trustsPairs = false
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
        /// Frames that were chosen and are damaged or missing in their file.
        public var framesLost = 0
        /// Items of which frames were read, and not one face was found.
        public var empty: [String] = []
        /// Items of which not one frame could be read, with the reason.
        public var unreadable: [Unreadable] = []
        /// Films in which another face than before was taken from some frame on.
        public var changing: [Changing] = []
        /// Faces of whose crop more than a tenth lies outside the frame.
        public var cutOff = 0
        /// Fakes whose real video is not among the inputs.
        public var withoutTarget = 0
        /// Fakes without a mask, where masks were given.
        public var withoutMask: [String] = []
        /// Fakes whose names could mean several real videos.
        public var ambiguous: [AmbiguousName] = []
        public var skipped: [SkippedFrame] = []
        /// What the pictures of some fakes say about pairs; null where there are none.
        public var pairCheck: PairCheck?
        /// What lies in the inputs' folders and was not read.
        public var unread: [UnreadFile] = []
        public var contentHash = ""
    }

    public struct Unreadable: Codable, Equatable, Sendable {
        public var file: String
        public var reason: String
    }

    public struct Changing: Codable, Equatable, Sendable {
        public var file: String
        public var frames: [Int]
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
        let pairs = PairedFrames(plan)
        // A finder for each thread, made when it is first needed and handed on.
        let finders = Mutex<[SendableFinder]>([])
        let state = Mutex<(done: Int, failure: (any Error)?)>((0, nil))
        pool.run(tasks: mine.count) { place in
            guard state.withLock({ $0.failure == nil }) else { return }
            do {
                let item = mine[place]
                if ExtractionShard.read(from: workFolder, item: item, key: try key(item, pairs)) == nil {
                    let finder = try finders.withLock { $0.popLast() } ?? SendableFinder(
                        finder: FaceFinder(model: model, size: size, scale: scale))
                    try makeShard(item, pairs, finder: finder.finder, stop: stop)
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
    private func key(_ item: Int, _ pairs: PairedFrames) throws -> String {
        let path = plan.items[item].path
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ExtractionError.unreadable(path: path, reason: "it is not there any more")
        }
        return "\(path) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) frames \(frames ?? 0) "
            + "size \(size) scale \(scale) all \(takesAll) model \(model.path) \(model.pointCount) "
            + "masks \(masks?.path ?? "") fakes \(pairs.key(of: item))"
    }

    /// The mask that says which face of an item was manipulated. A real film has the ones of its fakes, since the same
    /// face is to be taken.
    private func mask(of item: Int, _ pairs: PairedFrames) -> String? {
        guard let masks else { return nil }
        let own = plan.items[item].video.isFake ? [item] : pairs.fakes(of: item)
        return own.lazy.compactMap { masks.file(of: plan.items[$0].video.name, method: plan.items[$0].video.method) }.first
    }

    private func makeShard(_ item: Int, _ pairs: PairedFrames, finder: FaceFinder, stop: () -> Bool) throws {
        let (path, video) = (plan.items[item].path, plan.items[item].video)
        var shard = ExtractionShard(key: try key(item, pairs), width: size)
        var contents: [ExtractionShard.Content] = []
        func skip(_ frame: Int, _ reason: String) {
            shard.skipped.append(
                SkippedFrame(file: path, video: "\(video.method)/\(video.name)", frame: frame, reason: reason))
        }
        do {
            let choice = try pairs.choice(of: item, frames: frames)
            let source = try PictureSources.open(path, choosing: choice)
            let masks = try mask(of: item, pairs).map { try FilmMasks($0, choosing: choice.fixed(for: source)) }
            var (chooser, tracks) = (FaceChooser(), FaceTracks())
            while true {
                if stop() { throw CancellationError() }
                do {
                    guard let picture = try source.next() else { break }
                    shard.framesRead += 1
                    let mask = try masks?.mask(of: picture.index)
                    var boxTracks: [Int] = []
                    let faces = try finder.faces(in: picture.image) { boxes in
                        boxTracks = tracks.follow(boxes)
                        return takesAll ? Array(boxes.indices)
                            : [chooser.choose(
                                boxes, frame: picture.index, width: picture.image.width, height: picture.image.height,
                                mask: mask)]
                    }
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
                                track: takesAll ? boxTracks[face.rank] : 0,
                                box: [face.box.left, face.box.top, face.box.right, face.box.bottom],
                                confidence: face.confidence, outside: face.outside))
                        contents.append(ExtractionShard.Content(pixels: face.crop.pixels, landmarks: points))
                    }
                } catch ExtractionError.badFrame(_, let number, let reason) {
                    shard.framesLost += 1
                    skip(number, reason)
                }
            }
            shard.changes = chooser.changes
        } catch ExtractionError.unreadable(let file, let reason) {
            skip(0, file == path ? reason : "its mask \(file): \(reason)")
        }
        try shard.write(contents, to: workFolder, item: item)
    }

    // MARK: Second phase

    /// Puts all shards into the file, with targets and neighbours. For one process, after all shards
    /// are there.
    /// - Throws: `ImportError.noFrames`, `StoreError`.
    public func assemble(to path: String, description: DatasetDescription, pool: ThreadPool) throws -> Report {
        var report = Report()
        let pairs = PairedFrames(plan)
        report.unread = plan.unread
        report.ambiguous = plan.ambiguous
        var packer: DatasetPacker?
        do {
            var rows = [Int32](repeating: -1, count: plan.items.count)
            for (item, planned) in plan.items.enumerated() {
                guard let shard = ExtractionShard.read(from: workFolder, item: item, key: try key(item, pairs)) else {
                    throw ExtractionError.unreadable(
                        path: planned.path, reason: "it changed while faces were extracted; run the command again")
                }
                report.framesRead += shard.framesRead
                report.framesLost += shard.framesLost
                report.framesWithoutFace += shard.framesWithoutFace
                report.framesWithSeveral += Set(shard.faces.filter { $0.of > 1 }.map(\.frame)).count
                report.cutOff += shard.faces.count { $0.outside > 0.1 }
                report.skipped += shard.skipped
                if shard.framesRead == 0 {
                    report.unreadable.append(
                        Unreadable(file: planned.path, reason: shard.skipped.first?.reason ?? "it has no frame"))
                } else if shard.faces.isEmpty {
                    report.empty.append(planned.path)
                }
                if !shard.changes.isEmpty { report.changing.append(Changing(file: planned.path, frames: shard.changes)) }
                if masks != nil, planned.video.isFake, mask(of: item, pairs) == nil { report.withoutMask.append(planned.path) }
                let target = plan.targets[item]
                let targetRow = target < 0 ? -1 : rows[target]
                if planned.video.isFake && targetRow < 0 { report.withoutTarget += 1 }
                let contents = try shard.contents(from: workFolder, item: item, landmarkCount: model.pointCount)
                // Faces of one track are a video; only that of the longest one is known.
                for (place, track) in shard.tracks.enumerated() {
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
                    if place > 0 {
                        video.name = plan.name(ofFace: place, of: video)
                        (video.identity, video.donor, video.target) = ("", "", -1)
                    }
                    let row = open.addVideo(video)
                    if place == 0 { rows[item] = row }
                    report.videos += 1
                    for (face, content) in zip(shard.faces, contents) where face.track == track {
                        try open.addFrame(
                            image: content.pixels, landmarks: content.landmarks, video: row,
                            index: Int64(face.frame))
                        report.frames += 1
                    }
                }
            }
            guard let packer else {
                let first = report.skipped.first
                throw ImportError.noFrames(example: first.map { "\($0.file): \($0.reason)" } ?? "there are none")
            }
            report.contentHash = try packer.finish(pool: pool) { file in
                report.pairCheck = try PairCheck.approve(file, trusting: trustsPairs, pool: pool)
            }
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
        let pairs = PairedFrames(plan)
        var text = ""
        for (item, planned) in plan.items.enumerated() {
            guard let shard = ExtractionShard.read(from: workFolder, item: item, key: try key(item, pairs)) else { continue }
            for face in shard.faces {
                let line = Line(video: "\(planned.video.method)/\(planned.video.name)", face: face)
                text += String(decoding: try encoder.encode(line), as: UTF8.self) + "\n"
            }
        }
        return text
    }
}
