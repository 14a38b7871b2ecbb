// SynthCommand.swift — `blendway synth`: makes the built-in dataset. Drawing and packing are done by
// modules Synthesis and Data; this file decides what is made, kept or refused.

import ArgumentParser
import Data
import DistributedTraining
import Foundation
import Imaging
import Store
import Synthesis
import Tensor

struct SynthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synth",
        abstract: "Make the built-in dataset: drawn faces, real and swapped, in four splits.",
        discussion: """
            Draws people who do not exist, films them, and swaps their faces by four methods, two of \
            which appear in test-unseen only. No person is in two splits. The result is what a real \
            dataset would be after import: landmarks, identities, targets and the neighbour index \
            are all there, so that training, evaluation and every other command can be tried at once.

              blendway synth --out data/demo
              blendway synth --out data/small --identities 8 --videos 1 --frames 4 --size 64 --seed 7

            Writes train.h5, val.h5, test-seen.h5 and test-unseen.h5 into the folder. The same \
            options give the same files on any machine and with any number of threads. Run again \
            with the same options, it keeps what is there and makes what is missing.

            --json prints one object: files, each with file, made (false: it was there), frames, \
            videos, identities, content_hash and methods (method, label, videos, frames, identities).
            """)

    @Option(help: ArgumentHelp("Folder for the four files; made if missing.", valueName: "dir"))
    var out: String

    @Option(help: "People in all splits together, at least \(SyntheticWorld.minimumIdentities).")
    var identities = 40

    @Option(help: "Real videos of each person.")
    var videos = 2

    @Option(help: "Frames of each video.")
    var frames = 8

    @Option(help: "Pixels of the square frames' side, 64 to 256.")
    var size = 128

    @Option(help: "Another seed is another world.")
    var seed: UInt64 = 1

    @Option(help: "Threads that draw; 0 is one for each core.")
    var threads = 0

    @Option(help: ArgumentHelp("Also draw a few people and what each family makes of them.", valueName: "png"))
    var sheet: String?

    @Flag(help: "Replace files that were made with other options.")
    var force = false

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func run() throws {
        try reportingFailures {
            let world = try makeWorld()
            try OutputFolder.make(out)
            let files = SyntheticWorld.Split.allCases.map { SyntheticPacker(world, split: $0) }
            let present = try force ? [] : keptSplits(files)
            StopSignal.install()
            let pool = try ThreadPool(threads: threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads)
            for packer in files where !present.contains(packer.split) { try make(packer, pool: pool) }
            if let sheet {
                let picture = try WorldSheet(world, rows: 6).image
                try AtomicFile.write(to: sheet) { try PNG.write(picture, $0) }
            }
            try report(files.map(\.split), kept: present)
        }
    }

    private func makeWorld() throws -> SyntheticWorld {
        if let launcher = Launcher.found(in: { ProcessInfo.processInfo.environment[$0] }) {
            throw CommandFailure(
                .usage, "\(launcher.name) started \(launcher.processes) of these, which would all make the same "
                    + "files; run it once, without a launcher, it uses all cores of this host.")
        }
        guard (0...1024).contains(threads) else {
            throw CommandFailure(.usage, "--threads is \(threads), but must be 1 to 1024, or 0 for one each core.")
        }
        guard !out.isEmpty else { throw CommandFailure(.usage, "--out is empty; name a folder.") }
        let world = try SyntheticWorld(
            seed: seed, size: size, identities: identities, videosPerIdentity: videos, framesPerVideo: frames)
        var total = 1
        for count in [identities, videos, frames] {
            let (product, overflow) = total.multipliedReportingOverflow(by: count)
            total = overflow ? .max : product
        }
        guard total <= Self.frameLimit else {
            throw CommandFailure(
                .usage, "--identities times --videos times --frames is \(total), but must be at most "
                    + "\(Self.frameLimit); lower one of them.")
        }
        return world
    }

    /// Real frames of one world; 2 TB at 256 pixels with all fakes.
    private static let frameLimit = 3_000_000

    private func path(_ split: SyntheticWorld.Split) -> String {
        (out.hasSuffix("/") ? out : out + "/") + "\(split.rawValue).h5"
    }

    /// The splits whose files are there already, made with the same options.
    /// - Throws: `CommandFailure` for a file that is something else.
    private func keptSplits(_ packers: [SyntheticPacker]) throws -> Set<SyntheticWorld.Split> {
        var kept: Set<SyntheticWorld.Split> = []
        for packer in packers {
            let path = path(packer.split)
            let present: DatasetDescription
            do {
                present = try DatasetFile(path).description
            } catch StoreError.missing {
                continue
            } catch let error as StoreError {
                throw CommandFailure(.failed, "\(error) It is in the way; move it, or replace it with --force.")
            }
            if let difference = Self.difference(present, packer.description) {
                throw CommandFailure(
                    .failed, "\(path) is there and \(difference); choose another folder, or replace it with --force.")
            }
            kept.insert(packer.split)
        }
        return kept
    }

    /// How a file's making differs from what is asked for; nil if it does not.
    static func difference(_ present: DatasetDescription, _ wanted: DatasetDescription) -> String? {
        if present == wanted { return nil }
        func options(_ command: String) -> [String: String] {
            let words = command.split(separator: " ").map(String.init)
            return Dictionary(zip(words, words.dropFirst()).filter { $0.0.hasPrefix("--") }) { $1 }
        }
        guard present.creationCommand.hasPrefix("blendway synth ") else { return "was not made by this command" }
        let (there, here) = (options(present.creationCommand), options(wanted.creationCommand))
        let different = here.keys.sorted().filter { there[$0] != here[$0] }
        if different.isEmpty {
            return "was made as \(present.dataset), \(present.split), where this release makes "
                + "\(wanted.dataset), \(wanted.split)"
        }
        return "was made with "
            + different.map { "\($0) \(there[$0] ?? "unknown") (now \(here[$0]!))" }.joined(separator: ", ")
    }

    private func make(_ packer: SyntheticPacker, pool: ThreadPool) throws {
        let total = packer.frameCount
        let progress = ProgressReport("\(packer.split.rawValue).h5", total: total, unit: "frames")
        do {
            try packer.write(to: path(packer.split), pool: pool, stop: { StopSignal.isRequested }, progress: progress.update)
        } catch {
            progress.abandon()
            throw error
        }
        progress.finish("\(total.grouped) frames")
    }

    // MARK: Result

    private struct Report: Encodable {
        struct File: Encodable {
            var file: String
            var made: Bool
            var frames: Int
            var videos: Int
            var identities: Int
            var contentHash: String
            var methods: [DatasetSummary.Method]
        }
        var files: [File]
    }

    private func report(_ splits: [SyntheticWorld.Split], kept: Set<SyntheticWorld.Split>) throws {
        let files = try splits.map { split in
            let summary = DatasetSummary(try DatasetFile(path(split)))
            return Report.File(
                file: path(split), made: !kept.contains(split), frames: summary.frames, videos: summary.videos,
                identities: summary.identities, contentHash: summary.contentHash, methods: summary.methods)
        }
        if kept.count == splits.count { Console.error("\(out): already there, made with the same options.\n") }
        if json { return try Console.json(Report(files: files)) }
        let rows = files.map { file in
            let methods = file.methods.map { "\($0.method) \($0.frames.grouped)" }.joined(separator: ", ")
            return [file.file, file.made ? "made" : "kept", file.frames.grouped, methods, String(file.contentHash.prefix(12))]
        }
        try Console.output(
            Console.table([["file", "", "frames", "by method", "content hash"]] + rows, indent: ""))
    }
}
