// ExtractCommand.swift — `blendway extract`: faces out of photos and videos. The work is done by module
// Extraction; this file decides what is made, kept or refused, and shares it among ranks.

import ArgumentParser
import Data
import DistributedTraining
import Extraction
import ForeignFiles
import Foundation
import Logging
import Store
import Tensor

struct ExtractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Make a dataset of the faces in photos and videos.",
        discussion: """
            Finds faces with dlib, aligns them by five landmarks to crops of 256×256 pixels as the \
            published preprocessing does, and finds 68 or 81 landmarks in the crop. The landmark \
            model is yours: Debian's libdlib-data has /usr/share/dlib/shape_predictor_68_face_landmarks.dat.

              blendway extract FaceForensics++ --compression c23 --frames 32 \\
                --landmarks shape_predictor_81_face_landmarks.dat --out ffpp.h5
              blendway extract own-videos --landmarks MODEL.dat --out own.h5
              mpirun -n 16 blendway extract clips --label real --landmarks MODEL.dat --out clips.h5

            Whether a file is real or fake, its method and the people in it come from the trees of \
            published datasets (FaceForensics++, DeepFakeDetection, Celeb-DF, DF40, …), from \
            real/IDENTITY/… and fake/METHOD/…, or from --label, --method and --identity; nothing is \
            guessed. Only an input's own name and the folders below it count, never those above. Where \
            two say different things, nothing is extracted. A fake called fake/METHOD/clip1_ben was made \
            from real/…/clip1, as in `blendway import folder`.

            With the dataset's own lists, each split becomes a file of its own, x-train.h5 and so on:

              blendway extract FaceForensics++ --compression c23 --splits train.json val.json test.json …
              blendway extract Celeb-DF-v2 --splits Celeb-DF-v2/List_of_testing_videos.txt --split test …
              blendway extract dfdc_train_part_0 --splits dfdc_train_part_0/metadata.json …

            Stopped or killed, the same command goes on where it was: finished files wait in \
            OUT.work. Frames without a face, broken ones, files that can't be read and everything else \
            in the folders are listed in OUT.skipped.jsonl, and which face was taken of each frame in OUT.faces.jsonl.

            A fake's frames are chosen evenly over its length, and its real film gives the same frames. \
            Of a frame with several faces the largest is taken, then the one that follows from it; with \
            --masks, the one that was manipulated.

            --json prints one object: file and report, with videos, frames_read, frames, frames_lost, \
            frames_without_face, frames_with_several, empty, unreadable (file, reason), changing (file, \
            frames), cut_off, without_target, without_mask, ambiguous, skipped, unread, pair_check, content_hash; with --splits: \
            files (file, split, report), without_split, lists (file, named, missing, example).
            """)

    @Argument(help: "Photos, videos, or folders of them.")
    var inputs: [String]

    @Option(help: ArgumentHelp("The dataset file to make.", valueName: "file.h5"))
    var out: String

    @Option(help: ArgumentHelp("A dlib landmark model of 68 or 81 points.", valueName: "model.dat"))
    var landmarks: String

    @Option(help: "Frames of each video, evenly over its length; 0 is all.")
    var frames = 32

    @Option(help: "largest or all faces of each frame.")
    var faces = "largest"

    @Option(help: ArgumentHelp(
        "Masks of the manipulated faces, films or folders of pictures named as the fakes.", valueName: "folder"))
    var masks: String?

    @Option(help: "Pixels of the crops' sides.")
    var size = 256

    @Option(help: "What files are that lie in no known tree: real or fake.")
    var label: String?

    @Option(help: "Their manipulation, or what to call real ones.")
    var method: String?

    @Option(help: "Whose face they show; unless given, the folder's name below an input, or the file's.")
    var identity: String?

    @Option(help: "In trees with several, the compression to take, such as c23.")
    var compression: String?

    @Option(help: "What to call the dataset.")
    var dataset = "extracted"

    @Option(help: "What to call the split: train (unless given), val or test; with --splits, the one to take.")
    var split: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Official lists of splits: FaceForensics++'s train.json, val.json, test.json; Celeb-DF's list of test videos; "
                + "DFDC's metadata.json, dataset.json or labels.csv.", valueName: "file"))
    var splits: [String] = []

    @Option(help: ArgumentHelp("How to read names where no known tree says it: ffpp, celeb-df, dfd, …", valueName: "scheme"))
    var namesAs: String?

    @Option(help: "Threads a rank; 0 is the host's cores divided by its ranks.")
    var threads = 0

    @Flag(help: "Take fakes and real videos for pairs even where their pictures contradict it.")
    var trustPairs = false

    @Flag(help: "Replace an output file that exists.")
    var force = false

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    /// One file to make.
    private struct Job {
        var out: String
        var split: String
        var plan: ExtractionPlan
    }

    private struct Report: Encodable {
        var file: String
        var report: FaceExtraction.Report
    }

    private struct SplitsReport: Encodable {
        struct File: Encodable {
            var file: String
            var split: String
            var report: FaceExtraction.Report
        }
        var files: [File]
        /// Photos and videos that no list puts into a split.
        var withoutSplit: [String]
        var lists: [OfficialSplits.Missing]
    }

    func run() throws {
        try reportingFailures {
            guard Extraction.isBuiltIn else { throw ExtractionError.notBuiltIn(what: "blendway extract") }
            try checkOptions()
        }
        try runOnAllRanks { world, _ in
            StopSignal.install()
            let lists = splits.isEmpty ? nil : try OfficialSplits(splits)
            let plan = try ExtractionPlan(
                inputs,
                ExtractionPlan.Declaration(
                    isFake: label.map { $0 == "fake" }, method: method, identity: identity,
                    names: namesAs.flatMap(PublishedDataset.scheme)),
                compression: compression, splits: lists)
            let jobs = try jobs(plan, lists)
            let model = try LandmarkModel(landmarks)
            let cores = ProcessInfo.processInfo.activeProcessorCount
            let pool = ThreadPool(threads: threads == 0 ? max(1, cores / world.localSize) : threads)
            // First the faces of all, then the files: until then, whatever stops the work loses nothing.
            let works = try jobs.map { try findFaces($0, model, world: world, pool: pool) }
            if world.rank == 0 {
                try tell(jobs, zip(works, jobs).map { try assemble($0, $1, pool: pool) }, plan, lists)
            }
            try world.communicator.barrier(phase: "write the dataset")
            return .done
        }
    }

    /// The files to make: one, or one a split.
    private func jobs(_ plan: ExtractionPlan, _ lists: OfficialSplits?) throws -> [Job] {
        guard lists != nil else { return [Job(out: out, split: split ?? "train", plan: plan)] }
        let wanted = split.map { [$0] } ?? Self.splitNames
        let jobs = try wanted.compactMap { name in
            try plan.only(split: name).map { Job(out: split == nil ? path(of: name) : out, split: name, plan: $0) }
        }
        guard !jobs.isEmpty else {
            throw ImportError.noVideos(
                split: wanted.joined(separator: ", "),
                present: Set(plan.items.compactMap(\.split)).sorted().joined(separator: ", "))
        }
        return jobs
    }

    private static let splitNames = ["train", "val", "test"]

    /// "ffpp.h5" → "ffpp-train.h5".
    private func path(of split: String) -> String { "\(SkippedList.base(out))-\(split).h5" }

    private func findFaces(_ job: Job, _ model: LandmarkModel, world: World, pool: ThreadPool) throws -> FaceExtraction {
        var work = FaceExtraction(plan: job.plan, model: model, workFolder: "\(job.out).work")
        work.size = size
        work.frames = frames == 0 ? nil : frames
        work.takesAll = faces == "all"
        work.masks = try masks.map { try MaskFolder($0) }
        work.trustsPairs = trustPairs
        if world.rank == 0 { try OutputFolder.make(work.workFolder) }
        try world.communicator.barrier(phase: "make the work folder")
        try makeShards(work, out: job.out, world: world, pool: pool)
        try world.communicator.barrier(phase: "extract faces")
        return work
    }

    private func checkOptions() throws {
        func usage(_ sentence: String) -> CommandFailure { CommandFailure(.usage, sentence) }
        guard ["largest", "all"].contains(faces) else { throw usage("--faces is '\(faces)', but must be largest or all.") }
        if masks != nil && faces == "all" { throw usage("--masks chooses one face of each frame; leave out --faces all.") }
        guard (64...1024).contains(size) else { throw usage("--size is \(size), but must be 64 to 1024.") }
        guard (0...1_000_000).contains(frames) else { throw usage("--frames is \(frames), but must be 0 (all) or more.") }
        guard (0...1024).contains(threads) else { throw usage("--threads is \(threads), but must be 1 to 1024, or 0.") }
        if let split, !Self.splitNames.contains(split) { throw usage("--split is '\(split)', but must be train, val or test.") }
        if let namesAs, PublishedDataset.scheme(namesAs) == nil {
            throw usage("--names-as '\(namesAs)': \(PublishedDataset.schemesInWords)")
        }
        if let label, !["real", "fake"].contains(label) { throw usage("--label is '\(label)', but must be real or fake.") }
        let outs = splits.isEmpty || split != nil ? [out] : Self.splitNames.map(path)
        for out in outs { try OutputFile.require(out, force: force) }
    }

    private func makeShards(_ work: FaceExtraction, out: String, world: World, pool: ThreadPool) throws {
        let mine = (work.plan.items.count - world.rank + world.size - 1) / world.size
        let name = out.split(separator: "/").last.map(String.init) ?? out
        let progress = world.rank == 0 ? ProgressReport(name, total: mine, unit: "files") : nil
        do {
            try work.makeShards(
                rank: world.rank, ranks: world.size, pool: pool, stop: { StopSignal.isRequested },
                progress: { progress?.update($0) })
        } catch is CancellationError {
            progress?.abandon()
            throw CommandFailure(.stopped, "stopped; the same command goes on from what is in \(work.workFolder).")
        } catch {
            progress?.abandon()
            throw error
        }
        progress?.finish("\(mine.grouped) files" + (world.size > 1 ? " of this rank" : ""))
    }

    private func assemble(_ work: FaceExtraction, _ job: Job, pool: ThreadPool) throws -> FaceExtraction.Report {
        let out = job.out
        let model = landmarks.split(separator: "/").last.map(String.init) ?? landmarks
        let description = DatasetDescription(
            dataset: dataset, split: job.split, compression: compression ?? "",
            landmarkDetector: "dlib, \(model), \(work.model.pointCount) points",
            creationCommand: "blendway extract --frames \(frames) --faces \(faces) --size \(size)"
                + (trustPairs ? " --trust-pairs" : ""),
            maxPairDistance: 0)
        let report = try work.assemble(to: out, description: description, pool: pool)
        try SkippedList.write(report.skipped + report.unread.map(SkippedFrame.init), beside: out)
        try AtomicFile.write(work.faceList(), to: SkippedList.base(out) + ".faces.jsonl")
        try? FileManager.default.removeItem(atPath: work.workFolder)
        return report
    }

    // MARK: What came of it

    private func tell(
        _ jobs: [Job], _ reports: [FaceExtraction.Report], _ plan: ExtractionPlan, _ lists: OfficialSplits?
    ) throws {
        let made = Array(zip(jobs, reports))
        guard let lists else {
            guard let (job, report) = made.first else { return }
            if json { return try Console.json(Report(file: job.out, report: report)) }
            return try Console.output(text(report, job.out))
        }
        let missing = plan.missing(in: lists)
        if json {
            return try Console.json(
                SplitsReport(
                    files: made.map { SplitsReport.File(file: $0.out, split: $0.split, report: $1) },
                    withoutSplit: plan.withoutSplit, lists: missing))
        }
        for (job, report) in made { try Console.output(text(report, job.out)) }
        var text = ""
        for list in missing {
            text += "\(list.file) names \(list.named.grouped) videos, \(list.missing.grouped) of them not among the inputs"
            text += (list.example.map { ", such as \($0)" } ?? "") + "\n"
        }
        let unlisted = plan.withoutSplit
        for path in unlisted.prefix(10) { text += "in no split by these lists, left out: \(path)\n" }
        if unlisted.count > 10 { text += "and \((unlisted.count - 10).grouped) more files in no split\n" }
        try Console.output(text)
    }

    private func text(_ report: FaceExtraction.Report, _ out: String) -> String {
        var text = "\(out): \(report.frames.grouped) faces of \(report.videos.grouped) videos and photos"
        text += ", from \(report.framesRead.grouped) frames\n"
        text += "  \(report.framesWithoutFace.grouped) frames without a face, \(report.framesWithSeveral.grouped) with several"
        text += faces == "all" ? "\n" : " (the largest was taken)\n"
        func list(_ lines: [String]) {
            for line in lines.prefix(10) { text += "  \(line)\n" }
            if lines.count > 10 { text += "  and \(lines.count - 10) more\n" }
        }
        list(report.unreadable.map { "not read: \($0.file): \($0.reason)" })
        list(report.empty.map { "no face at all in \($0)" })
        if report.framesLost > 0 { text += "  \(report.framesLost.grouped) frames are damaged or missing in their files\n" }
        list(report.changing.map { change in
            let more = change.frames.count > 5 ? ", …" : ""
            return "perhaps another person from frame \(change.frames.prefix(5).map(String.init).joined(separator: ", "))\(more) "
                + "on in \(change.file); --faces all gives each face a video of its own"
        })
        if report.cutOff > 0 {
            text += "  \(report.cutOff.grouped) faces lie so near the edge that more than a tenth of the crop is black\n"
        }
        list(report.withoutMask.map { "no mask for \($0); a face was taken as without masks" })
        if report.withoutTarget > 0 { text += "  \(report.withoutTarget) fakes without their real video\n" }
        if !report.skipped.isEmpty { text += "  \(report.skipped.count.grouped) frames left out, listed in \(SkippedList.path(beside: out))\n" }
        for name in report.ambiguous.prefix(10) {
            text += "  \(name.video) could be of \(name.candidates.joined(separator: " or of ")): no target; call it by the "
            text += "whole name, with _ for /\n"
        }
        if report.ambiguous.count > 10 { text += "  and \((report.ambiguous.count - 10).grouped) more such names\n" }
        for line in UnreadFile.summary(report.unread) { text += "  not read: \(line)\n" }
        if let check = report.pairCheck { text += check.text(title: "  a sample") }
        return text + "  content hash \(report.contentHash)\n"
    }
}
