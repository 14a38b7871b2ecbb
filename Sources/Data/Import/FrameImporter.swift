// FrameImporter.swift — carries out a plan: decodes pictures on all threads, checks them, and writes them
// in order. Which frames these are is the plan's matter, where their bytes come from the store's.

import Imaging
import Store
import Tensor

/// Makes a dataset file from a plan, or only checks that one could be made.
///
/// What is written depends on plan and files alone, never on the thread count. Memory: 32 decoded
/// frames a thread, beside the tables. Cost: decoding, 2 ms of a core for a PNG of 256×256.
public struct FrameImporter: Sendable {
    public var store: any FrameStore
    public var plan: ImportPlan
    /// nil takes frames as they are, all of one size; else they are scaled to this side.
    public var size: Int?
    /// 68 cuts sets of 81 landmarks; nil takes what the first frame has.
    public var landmarkCount: Int?
    /// Takes pictures alone: the file is for evaluation only.
    public var takesNoLandmarks = false
    /// Share of the frames that may be left out.
    public var maxSkipped = 0.01
    /// Fakes and real videos are taken for pairs even where their pictures contradict it.
    public var trustsPairs = false

    public init(store: any FrameStore, plan: ImportPlan) {
        self.store = store
        self.plan = plan
    }

    /// Pixels of a side; bounds the memory that frames take while they wait for their turn.
    static let largestSide = 1024

    /// A frame as it comes from its files, or why it can't be used.
    private enum Decoded: Sendable {
        case frame(image: Image, landmarks: [Float])
        case skipped(String)
        case odd(LandmarkShape.Problem)
        case failed(any Error)
    }

    /// Reads everything and writes the file; with `path` nil it writes nothing.
    /// - Parameters:
    ///   - path: replaced if it exists; whole or not at all.
    ///   - stop: asked after each frame; true ends with `CancellationError`.
    ///   - progress: told the frames done so far, one call at a time.
    /// - Throws: `ImportError`, `StoreError`, `CancellationError`.
    public func run(
        to path: String?, description: DatasetDescription, deflate: Int? = nil, pool: ThreadPool,
        stop: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
    ) throws -> ImportReport {
        if path != nil, let first = plan.unmatched.first {
            throw ImportError.unmatchedNames(first, count: plan.unmatched.count)
        }
        let frames = plan.videos.indices.flatMap { row in plan.videos[row].frames.map { (row, $0) } }
        var output = Output(plan: plan, importer: self, path: path, description: description, deflate: deflate)
        do {
            try OrderedWork.run(
                count: frames.count, window: 32 * pool.threadCount, pool: pool, stop: stop,
                make: { decode(frames[$0].1.path) },
                take: { number, decoded in
                    try output.take(decoded, of: frames[number].0, frames[number].1)
                    progress(number + 1)
                })
            return try output.finish(pool: pool)
        } catch {
            output.packer?.discard()
            throw error
        }
    }

    private func decode(_ path: FramePath) -> Decoded {
        do {
            var image = try Image.decode(store.picture(path))
            var points = takesNoLandmarks ? [] : try store.landmarks(path)
            guard image.width == image.height else {
                return .skipped("it has \(image.width)×\(image.height) pixels; face crops are square")
            }
            guard size != nil || image.width <= Self.largestSide else {
                return .skipped("it has \(image.width)×\(image.height) pixels, too many for a face crop; --size scales it")
            }
            if landmarkCount == 68, points.count == 162 { points.removeLast(26) }
            if !takesNoLandmarks, let problem = LandmarkValues.problem(points, width: image.width, height: image.height) {
                return .skipped(problem)
            }
            if let problem = LandmarkShape.problem(points) { return .odd(problem) }
            if let size, size != image.width {
                // Pixel centres: (x + ½) · scale − ½.
                let scale = Float(size) / Float(image.width)
                for place in points.indices { points[place] = (points[place] + 0.5) * scale - 0.5 }
                image = try image.resized(
                    width: size, height: size, interpolation: size < image.width ? .area : .bilinear)
            }
            return .frame(image: image, landmarks: points)
        } catch let error as ImportError {
            if case .unreadable(let file, let reason) = error {
                return .skipped(file == store.name(of: path) ? reason : "\(file): \(reason)")
            }
            return .failed(error)
        } catch let problem as NumpyArray.Problem {
            return .skipped("its landmarks: \(problem.text)")
        } catch {
            return .skipped("\(error)")
        }
    }

    /// What has been taken so far; for one thread at a time.
    private struct Output {
        let plan: ImportPlan
        let importer: FrameImporter
        let path: String?
        let description: DatasetDescription
        let deflate: Int?
        var report = ImportReport()
        var packer: DatasetPacker?
        /// [V] rows in the file of videos that have a frame.
        var rows: [Int32]
        /// [V] numbers of the frames taken, ascending.
        var taken: [[Int64]]
        /// Frames in the order of taking, with their sizes: a check tells the odd ones from the rest at the end.
        var sizes: [(row: Int, frame: PlannedVideo.Frame, width: Int, height: Int)] = []
        let hash = SHA256()
        /// Faces that can't be, left out as well.
        var odd = OddFaces()

        init(plan: ImportPlan, importer: FrameImporter, path: String?, description: DatasetDescription, deflate: Int?) {
            self.plan = plan
            self.importer = importer
            self.path = path
            self.description = description
            self.deflate = deflate
            rows = [Int32](repeating: -1, count: plan.videos.count)
            taken = [[Int64]](repeating: [], count: plan.videos.count)
            report.planned = plan.frameCount
            report.unread = plan.unread
            report.ambiguous = plan.ambiguous
        }

        mutating func take(_ decoded: Decoded, of row: Int, _ frame: PlannedVideo.Frame) throws {
            switch decoded {
            case .failed(let error): throw error
            case .skipped(let reason): try skip(reason, row, frame)
            case .odd(let problem):
                odd.add(problem, method: plan.videos[row].video.method)
                let reason = "its landmarks can't be right: \(problem.rawValue)"
                report.skipped.append(
                    SkippedFrame(
                        file: importer.store.name(of: frame.path), video: plan.videos[row].title, frame: frame.index,
                        reason: reason))
            case .frame(let image, let landmarks): try add(image, landmarks, row, frame)
            }
        }

        private mutating func skip(_ reason: String, _ row: Int, _ frame: PlannedVideo.Frame) throws {
            report.skipped.append(
                SkippedFrame(
                    file: importer.store.name(of: frame.path), video: plan.videos[row].title, frame: frame.index,
                    reason: reason))
            // A check lists everything that is wrong.
            if path != nil, Double(report.skipped.count - odd.count) > importer.maxSkipped * Double(report.planned) {
                throw tooManySkipped()
            }
        }

        private func tooManySkipped() -> ImportError {
            let last = report.skipped.last!
            return .tooManySkipped(
                skipped: report.skipped.count, of: report.planned, limit: importer.maxSkipped,
                example: "\(last.file): \(last.reason)")
        }

        private mutating func add(
            _ image: Image, _ landmarks: [Float], _ row: Int, _ frame: PlannedVideo.Frame
        ) throws {
            if report.frames == 0 {
                (report.width, report.height, report.landmarks) = (image.width, image.height, landmarks.count / 2)
                if let path {
                    packer = try DatasetPacker(
                        path, description: description, height: image.height, width: image.width,
                        landmarkCount: landmarks.count / 2, deflate: deflate)
                }
            }
            if path == nil { sizes.append((row, frame, image.width, image.height)) }
            guard path == nil || (image.width == report.width && image.height == report.height) else {
                throw ImportError.sizeDiffers(
                    path: importer.store.name(of: frame.path), size: "\(image.width)×\(image.height)",
                    others: "\(report.width)×\(report.height)")
            }
            guard landmarks.count == report.landmarks * 2 else {
                return try skip(
                    "it has \(landmarks.count / 2) landmarks where the frames before it have \(report.landmarks); "
                        + "--landmarks 68 takes 68 of all", row, frame)
            }
            if let packer {
                if rows[row] < 0 {
                    var video = plan.videos[row].video
                    let target = plan.targets[row]
                    video.target = target < 0 ? -1 : rows[target]
                    rows[row] = packer.addVideo(video)
                }
                try packer.addFrame(image: image.pixels, landmarks: landmarks, video: rows[row], index: frame.index)
            }
            image.pixels.withUnsafeBytes { hash.update($0) }
            landmarks.withUnsafeBytes { hash.update($0) }
            taken[row].append(frame.index)
            odd.addSound(method: plan.videos[row].video.method)
            report.frames += 1
            let side = Float(image.width - 1)
            if landmarks.contains(where: { $0 < 0 || $0 > side }) { report.landmarksOutside += 1 }
        }

        mutating func finish(pool: ThreadPool) throws -> ImportReport {
            report.framesHash = hash.finish()
            leaveOddSizes()
            let store = importer.store
            report.add(plan, taken: taken) { store.name(of: $0) }
            report.oddFaces = odd.counts
            if path != nil, let refusal = odd.refusal(example: report.skipped) { throw refusal }
            guard report.frames > 0 else {
                if path == nil { return report }
                let example = report.skipped.first.map { "\($0.file): \($0.reason)" } ?? "there are none"
                throw ImportError.noFrames(example: example)
            }
            let pairs = report.methods.compactMap(\.pairs)
            if let path, description.split == "train", pairs.contains(where: { $0.total > $0.none || !plan.unpaired.isEmpty }),
                pairs.allSatisfy({ $0.pairs == 0 })
            {
                throw ImportError.noPairs(file: path, maxDistance: plan.rule.maxDistance, example: report.unpaired.first)
            }
            var check: PairCheck?
            report.contentHash = try packer?.finish(pool: pool) { file in
                check = try PairCheck.approve(file, trusting: importer.trustsPairs, pool: pool)
            }
            report.pairCheck = check
            return report
        }

        /// In a check: frames of another size than most have can't be used.
        private mutating func leaveOddSizes() {
            struct Size: Hashable {
                var width, height: Int
            }
            let counts = Dictionary(grouping: sizes) { Size(width: $0.width, height: $0.height) }.sorted {
                ($1.value.count, $0.key.width, $0.key.height) < ($0.value.count, $1.key.width, $1.key.height)
            }
            report.sizes = counts.map { .init(width: $0.key.width, height: $0.key.height, frames: $0.value.count) }
            guard let main = counts.first?.key, counts.count > 1 else { return }
            (report.width, report.height) = (main.width, main.height)
            for (row, frame, width, height) in sizes where (width, height) != (main.width, main.height) {
                taken[row].removeAll { $0 == frame.index }
                report.frames -= 1
                report.skipped.append(
                    SkippedFrame(
                        file: importer.store.name(of: frame.path), video: plan.videos[row].title, frame: frame.index,
                        reason: "it has \(width)×\(height) pixels where most frames have \(main.width)×\(main.height); "
                            + "--size scales all"))
            }
        }
    }
}
