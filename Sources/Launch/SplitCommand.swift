// SplitCommand.swift — `blendway split`: one dataset into several without a person in common.

import ArgumentParser
import Data
import DistributedTraining
import Foundation
import Store
import Tensor

struct SplitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Split a dataset so that nobody is in two parts.",
        discussion: """
            Deals people to the parts: a fake goes with its real video and with everything of the \
            person who lent the face, and videos with equal frames stay together. Shares are of frames, and met as well as whole groups of people \
            allow. Neighbours are found anew in each part.

              blendway split all.h5 --out data --train 0.8 --val 0.1 --test 0.1

            writes data/train.h5, data/val.h5 and data/test.h5; a share of 0 makes no file. Refused \
            where people hang together in fewer groups than there are parts.

            With several files and --check, it only says what is in more than one of them, and ends \
            with status 65 if anything is:

              blendway split --check train.h5 val.h5 test.h5

            People are compared where the files say who is in a video, videos by dataset, method and \
            name, and frames by their pixels, whatever they are called. Videos in which nobody knows \
            who it is are counted as unknown.

            --json prints one object: parts, each with part, file, share, frames, videos, \
            content_hash. With --check: is_shared; shared (person, files); videos (files, method, \
            video); frames (files, frames, and videos with method, video, other_method, other_video, \
            frames); unknown (file, videos, people, donors, frames).
            """)

    @Argument(help: "The dataset to split; with --check, those to compare.")
    var files: [String]

    @Option(help: ArgumentHelp("Folder for the parts; made if missing.", valueName: "dir"))
    var out: String?

    @Option(help: "Share of train.h5.")
    var train = 0.8

    @Option(help: "Share of val.h5.")
    var val = 0.1

    @Option(help: "Share of test.h5.")
    var test = 0.1

    @Option(help: "Another seed deals groups of equal size in another order.")
    var seed: UInt64 = 0

    @Option(help: "Threads; 0 is one for each core.")
    var threads = 0

    @Flag(help: "Only look whether anybody or anything is in more than one of the files.")
    var check = false

    @Flag(help: "Replace output files that exist.")
    var force = false

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    private struct Report: Encodable {
        struct Part: Encodable {
            var part: String
            var file: String
            var share: Double
            var frames: Int
            var videos: Int
            var contentHash: String
        }
        var parts: [Part]
    }

    func run() throws {
        try reportingFailures {
            try OutputFile.refuseLauncher()
            if check { return try compare(files, json: json) }
            let parts = [("train", train), ("val", val), ("test", test)].filter { $0.1 != 0 }
                .map { DatasetSplit.Part(name: $0.0, share: $0.1) }
            let sum = parts.reduce(0) { $0 + $1.share }
            guard parts.allSatisfy({ $0.share > 0 }), abs(sum - 1) < 1e-6, parts.count >= 2 else {
                throw CommandFailure(
                    .usage, "--train \(train), --val \(val) and --test \(test) must be 0 or more, at least two of them "
                        + "above 0, and 1 together.")
            }
            guard (0...1024).contains(threads) else {
                throw CommandFailure(.usage, "--threads is \(threads), but must be 1 to 1024, or 0 for one each core.")
            }
            guard files.count == 1 else {
                throw CommandFailure(.usage, "give one dataset to split, not \(files.count); `blendway merge` makes one of several.")
            }
            guard let out, !out.isEmpty else { throw CommandFailure(.usage, "--out is missing; name a folder.") }
            let dataset = try HashedFiles.open([DatasetFile(files[0])])[0]
            let split = try DatasetSplit(dataset, parts: parts, seed: seed)
            sayUnknown(split.file)
            try OutputFolder.make(out)
            let folder = out.hasSuffix("/") ? out : out + "/"
            for part in parts { try OutputFile.require("\(folder)\(part.name).h5", force: force) }
            StopSignal.install()
            let pool = try ThreadPool(threads: threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads)
            var report: [Report.Part] = []
            for (number, part) in parts.enumerated() {
                report.append(try write(split, number, part, to: "\(folder)\(part.name).h5", pool: pool))
            }
            if json { return try Console.json(Report(parts: report)) }
            let rows = report.map {
                [
                    $0.file, String(format: "%.3f", Double($0.frames) / Double(max(1, split.file.frameCount))),
                    $0.frames.grouped, $0.videos.grouped, String($0.contentHash.prefix(12)),
                ]
            }
            try Console.output(Console.table([["file", "share", "frames", "videos", "content hash"]] + rows, indent: ""))
        }
    }

    private func write(
        _ split: DatasetSplit, _ number: Int, _ part: DatasetSplit.Part, to path: String, pool: ThreadPool
    ) throws -> Report.Part {
        let progress = ProgressReport("\(part.name).h5", total: split.frameCounts[number], unit: "frames")
        let hash: String
        do {
            hash = try split.write(
                part: number, to: path,
                command: "blendway split --train \(train) --val \(val) --test \(test) --seed \(seed)", pool: pool,
                stop: { StopSignal.isRequested }, progress: progress.update)
        } catch {
            progress.abandon()
            throw error
        }
        progress.finish("\(split.frameCounts[number].grouped) frames")
        return Report.Part(
            part: part.name, file: path, share: part.share, frames: split.frameCounts[number],
            videos: split.videos[number].count, contentHash: hash)
    }

    /// Says whom the split cannot keep apart.
    private func sayUnknown(_ file: DatasetFile) {
        let nobody = file.videos.count { !$0.isFake && $0.identity.isEmpty }
        if nobody > 0 {
            Console.error(
                "\(file.path): \(nobody.grouped) real videos don't say who is in them; videos of one person may be in two "
                    + "parts.\n")
        }
        let donors = file.videos.count { $0.isFake && $0.donor.isEmpty }
        if donors > 0 {
            Console.error(
                "\(file.path): \(donors.grouped) fakes don't say whose face or motion they got; that person may be in "
                    + "another part.\n")
        }
    }
}
