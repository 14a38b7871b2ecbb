// ImportOptions.swift — what all imports share: options, progress, the list of skipped frames, and the
// report.

import ArgumentParser
import Data
import DistributedTraining
import ForeignFiles
import Foundation
import Store
import Tensor

/// One file to make, or to check that it could be made.
struct ImportJob {
    var plan: ImportPlan
    var store: any FrameStore
    var dataset: String
    var split: String
    var compression: String
    /// Frames asked for of each video; 0 is all.
    var frames: Int
}

struct ImportOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The dataset file to make.", valueName: "file.h5"))
    var out: String?

    @Flag(help: "Read and check everything, write nothing.")
    var check = false

    @Option(help: "Frames of each video, evenly over its length; 0 is all. Default for lists: 8 for train, 32 for others; for folders all.")
    var frames: Int?

    @Option(help: "Scale all frames to this side in pixels; without it they must be of one size.")
    var size: Int?

    @Option(help: "68 takes the first 68 of 81 landmarks.")
    var landmarks: Int?

    @Option(help: "Who found the landmarks, for the record.")
    var detector = "dlib"

    @Option(help: "How far apart the numbers of a fake frame and its real frame may be; farther ones are no pairs.")
    var maxDistance: Int64 = 0

    @Option(help: "names takes frames' numbers from their names; position counts through the names' order, whatever they say.")
    var numberBy = "names"

    @Flag(help: "Names of different forms, such as frame_12 and 0012, count the same frames.")
    var mixedNames = false

    @Flag(help: "Take fakes and real videos for pairs even where their pictures contradict it.")
    var trustPairs = false

    @Option(help: "Share of frames that may be left out before the import is refused.")
    var maxSkipped = 0.01

    @Option(help: "Deflate pictures at this level, 1 to 9; smaller files, slower to read.")
    var deflate: Int?

    @Flag(help: "Follow symbolic links below the root that lead out of it.")
    var followLinks = false

    @Option(help: "Threads that decode; 0 is one for each core.")
    var threads = 0

    @Flag(help: "Replace an output file that exists.")
    var force = false

    @Flag(name: .customLong("report-json"), help: "Print one JSON object on standard output.")
    var reportJSON = false

    func validateOptions() throws {
        func usage(_ sentence: String) -> CommandFailure { CommandFailure(.usage, sentence) }
        guard check != (out != nil) else {
            throw usage(check ? "--check writes nothing; leave out --out." : "--out is missing; name the file to make, or only look with --check.")
        }
        if let frames, !(0...1_000_000).contains(frames) { throw usage("--frames is \(frames), but must be 0 (all) or more.") }
        if let size, !(32...1024).contains(size) { throw usage("--size is \(size), but must be 32 to 1024.") }
        if let landmarks, landmarks != 68 { throw usage("--landmarks is \(landmarks), but can only be 68.") }
        if let deflate, !(1...9).contains(deflate) { throw usage("--deflate is \(deflate), but must be 1 to 9.") }
        guard (0...1).contains(maxSkipped) else { throw usage("--max-skipped is \(maxSkipped), but must be 0 to 1.") }
        guard (0...1024).contains(threads) else { throw usage("--threads is \(threads), but must be 1 to 1024, or 0 for one each core.") }
        guard ["names", "position"].contains(numberBy) else {
            throw usage("--number-by is '\(numberBy)', but must be names or position.")
        }
        guard maxDistance >= 0 else { throw usage("--max-distance is \(maxDistance), but must be 0 or more.") }
        try OutputFile.refuseLauncher()
        if let out { try OutputFile.require(out, force: force) }
    }

    var rule: PairingRule {
        PairingRule(maxDistance: maxDistance, numbersByPosition: numberBy == "position", mixesNames: mixedNames)
    }

    // MARK: Work

    private struct Report: Encodable {
        struct List: Encodable {
            var file: String
            var sha256: String
            var videos: Int
            var strange: [String]
        }
        struct Part: Encodable {
            var dataset: String
            var split: String
            var compression: String
            var framesPerVideo: Int
            var report: ImportReport
        }
        var checked: Bool
        var file: String?
        var lists: [List]
        var parts: [Part]
    }

    /// Makes the file of the one job, or checks all jobs. A check that found something ends with 65.
    func run(_ jobs: [ImportJob], lists: [VideoList]) throws {
        StopSignal.install()
        let pool = ThreadPool(threads: threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads)
        var parts: [Report.Part] = []
        for job in jobs {
            let report = try make(job, pool: pool)
            parts.append(
                Report.Part(
                    dataset: job.dataset, split: job.split, compression: job.compression, framesPerVideo: job.frames,
                    report: report))
        }
        let skipped = parts.flatMap(\.report.skipped)
        let unread = parts.flatMap(\.report.unread)
        if let out { try SkippedList.write(skipped + unread.map(SkippedFrame.init), beside: out) }
        if reportJSON {
            let files = lists.map {
                Report.List(file: $0.file, sha256: $0.sha256, videos: $0.videos.count, strange: $0.strange)
            }
            try Console.json(Report(checked: check, file: out, lists: files, parts: parts))
        } else {
            for list in lists {
                try Console.output("\(list.file): \(list.videos.count.grouped) videos, SHA-256 \(list.sha256)\n")
                for place in list.strange.prefix(5) { try Console.output("  \(place) is no list of videos; left out\n") }
            }
            for part in parts { try Console.output(text(part)) }
            if check {
                try Console.output(SkippedSummary(skipped).text)
            } else if !skipped.isEmpty, let out {
                try Console.output("\(skipped.count.grouped) frames left out, listed in \(SkippedList.path(beside: out))\n")
            }
            for line in UnreadFile.summary(unread) { try Console.output("not read: \(line)\n") }
        }
        if check && (!skipped.isEmpty || parts.contains { !$0.report.unmatched.isEmpty }) {
            throw ExitCode(CommandExit.badData.rawValue)
        }
    }

    private func make(_ job: ImportJob, pool: ThreadPool) throws -> ImportReport {
        var importer = FrameImporter(store: job.store, plan: job.plan)
        importer.size = size
        importer.landmarkCount = landmarks
        importer.maxSkipped = maxSkipped
        importer.trustsPairs = trustPairs
        let title = out.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? "check of \(job.split)"
        let progress = ProgressReport(title, total: job.plan.frameCount, unit: "frames")
        do {
            let report = try importer.run(
                to: out, description: description(job), deflate: deflate, pool: pool,
                stop: { StopSignal.isRequested }, progress: progress.update)
            progress.finish("\(report.frames.grouped) of \(report.planned.grouped) frames")
            return report
        } catch {
            progress.abandon()
            throw error
        }
    }

    private func description(_ job: ImportJob) -> DatasetDescription {
        var command = "blendway import --split \(job.split) --frames \(job.frames)"
        if !job.compression.isEmpty { command += " --compression \(job.compression)" }
        if let size { command += " --size \(size)" }
        if let landmarks { command += " --landmarks \(landmarks)" }
        if maxDistance > 0 { command += " --max-distance \(maxDistance)" }
        if numberBy != "names" { command += " --number-by \(numberBy)" }
        if mixedNames { command += " --mixed-names" }
        if trustPairs { command += " --trust-pairs" }
        return DatasetDescription(
            dataset: job.dataset, split: job.split, compression: job.compression, landmarkDetector: detector,
            creationCommand: command, maxPairDistance: maxDistance)
    }

    private func text(_ part: Report.Part) -> String {
        var title = "\(part.dataset), \(part.split)" + (part.compression.isEmpty ? "" : ", \(part.compression)")
        title += part.framesPerVideo == 0 ? ", all frames of each video" : ", \(part.framesPerVideo) frames of each video"
        return part.report.text(title: title, maxDistance: maxDistance)
    }
}
