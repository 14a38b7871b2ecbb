// MergeCommand.swift — `blendway merge`: several datasets into one.

import ArgumentParser
import Data
import DistributedTraining
import Foundation
import Store
import Tensor

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Put several datasets into one.",
        discussion: """
            All frames must be of one size with one number of landmarks, and no video may be in two \
            files, under its own name or, with the same frames, under another. Neighbours are found anew \
            among all real frames.

              blendway merge ffpp-train.h5 own-train.h5 --out train.h5

            A single file gets what newer releases add to the format, such as frame hashes.

            A fake and its real video should be in one file: a target in another file is not found \
            again. --json prints one object: file, frames, videos, content_hash.
            """)

    @Argument(help: "Datasets to put together.")
    var files: [String]

    @Option(help: ArgumentHelp("The dataset file to make.", valueName: "file.h5"))
    var out: String

    @Option(help: "Threads; 0 is one for each core.")
    var threads = 0

    @Flag(help: "Replace an output file that exists.")
    var force = false

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    private struct Report: Encodable {
        var file: String
        var frames: Int
        var videos: Int
        var contentHash: String
    }

    func run() throws {
        try reportingFailures {
            guard (0...1024).contains(threads) else {
                throw CommandFailure(.usage, "--threads is \(threads), but must be 1 to 1024, or 0 for one each core.")
            }
            try OutputFile.refuseLauncher()
            try OutputFile.require(out, force: force)
            try DistinctFiles.require(files)
            let merge = try DatasetMerge(files.map { try DatasetFile($0) })
            if files.count > 1 { try sayDoubled(merge.files) }
            StopSignal.install()
            let total = merge.files.reduce(0) { $0 + $1.frameCount }
            let progress = ProgressReport(out, total: total, unit: "frames")
            let hash: String
            do {
                hash = try merge.write(
                    to: out, description: merge.description(command: "blendway merge of \(files.count) files"),
                    pool: try ThreadPool(threads: threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads),
                    stop: { StopSignal.isRequested }, progress: progress.update)
            } catch {
                progress.abandon()
                throw error
            }
            progress.finish("\(total.grouped) frames")
            let videos = merge.files.reduce(0) { $0 + $1.videos.count }
            if json { return try Console.json(Report(file: out, frames: total, videos: videos, contentHash: hash)) }
            try Console.output("\(out): \(total.grouped) frames of \(videos.grouped) videos, content hash \(hash)\n")
        }
    }
    /// Refuses copies of whole videos, and says how many single frames are doubled.
    private func sayDoubled(_ files: [DatasetFile]) throws {
        let doubled = try DatasetMerge.doubledFrames(HashedFiles.open(files))
        guard doubled > 0 else { return }
        Console.error(
            "\(doubled.grouped) frames are in two of the files, equal to the pixel, and will be in \(out) twice; "
                + "blendway split --check \(self.files.joined(separator: " ")) lists them\n")
    }
}
