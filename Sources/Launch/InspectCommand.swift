// InspectCommand.swift — `blendway inspect`: what is in a dataset or checkpoint file. Counting is done
// by module Data; this file prints.

import ArgumentParser
import Data
import DistributedTraining
import ForeignFiles
import Foundation
import Store
import Tensor

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what is in a dataset, a checkpoint, or a folder of pictures and films.",
        discussion: """
            Opens the file, checks its structure, and prints counts, origin and hashes. A file that is \
            broken or not Blendway's is named with the reason, and the exit code is 65.

              blendway inspect data/demo/train.h5
              blendway inspect runs/a/checkpoints/latest.h5 --json
              blendway inspect train.h5 --pairs
              blendway inspect downloads/

            --pairs compares fake frames with the real frames that they go with, around the face, and \
            with the frames before and after these. It names fakes that fit other frames of their real \
            video, and by how many these are off, or that show another scene. The exit code is 65 if \
            they are more than one in twenty of those that can be told (three at least), or most.

            Of a folder it says which files are pictures, films and HDF5 files, by their contents, and why \
            the others are none: what import, extract and predict would read.

            --verify also reads a dataset's images and compares the content hash; checkpoints are \
            verified in any case.

            --json prints one object. Always: file, kind ("dataset" or "checkpoint"), \
            format_version, content_hash, verified. For a dataset: dataset (dataset, split, \
            compression, landmark_detector, creation_command, notes, width, height, landmarks, frames, \
            real_frames, fake_frames, videos, real_videos, fake_videos, identities, \
            frames_per_video_least and _most, methods, fakes_without_target, \
            frames_with_landmarks_outside, odd_faces, max_pair_distance, pairs, neighbours), and with --pairs \
            pairs (checked by same_moment, same_scene, unclear, shifted, unrelated; without_pair, not_pairs). \
            For a checkpoint: checkpoint (step, epoch, world_size, parameters, groups, integers, reals, \
            provenance, config). For a folder: folder, files (file, group, format), unread (file, reason).
            """)

    @Argument(help: "A file that Blendway wrote, or a folder of other people's.")
    var file: String

    @Flag(help: "Read everything and compare the content hash.")
    var verify = false

    @Flag(help: "Compare fake frames with their real frames around the face, and say which videos don't look like pairs.")
    var pairs = false

    @Option(help: "Threads for --pairs; 0 is one for each core.")
    var threads = 0

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    private struct Report: Encodable {
        var file: String
        var kind: String
        var formatVersion: String
        var contentHash: String
        var verified: Bool
        var dataset: DatasetSummary?
        var pairs: PairCheck?
        var checkpoint: CheckpointSummary?
    }

    func run() throws {
        try reportingFailures {
            guard (0...1024).contains(threads) else {
                throw CommandFailure(.usage, "--threads is \(threads), but must be 1 to 1024, or 0 for one each core.")
            }
            if FileKind.of(file).group == .folder {
                let listing = FolderListing(file)
                return try json ? Console.json(listing) : Console.output(listing.text)
            }
            switch try FileInspection(file, verify: verify) {
            case .dataset(let summary, let version):
                let check = pairs ? try checkPairs() : nil
                if json {
                    try Console.json(
                        Report(
                            file: file, kind: "dataset", formatVersion: version, contentHash: summary.contentHash,
                            verified: verify, dataset: summary, pairs: check))
                } else {
                    try Console.output(Self.text(summary, file: file, version: version, verified: verify))
                    if let check { try Console.output("\n" + check.text(title: "pairs")) }
                }
                if check?.isRefused ?? false { throw ExitCode(CommandExit.badData.rawValue) }
            case .checkpoint(let summary, let version, let hash):
                if json {
                    return try Console.json(
                        Report(
                            file: file, kind: "checkpoint", formatVersion: version, contentHash: hash,
                            verified: true, checkpoint: summary))
                }
                try Console.output(Self.text(summary, file: file, version: version, hash: hash))
            }
        }
    }

    private func checkPairs() throws -> PairCheck {
        StopSignal.install()
        let dataset = try DatasetFile(file)
        let pool = ThreadPool(threads: threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads)
        let progress = ProgressReport(
            "pairs of \(file.split(separator: "/").last ?? "")", total: dataset.videos.count(where: \.isFake), unit: "fakes")
        do {
            let check = try PairCheck(dataset, pool: pool, stop: { StopSignal.isRequested }, progress: progress.update)
            progress.finish("\(check.checked.grouped) fakes")
            return check
        } catch {
            progress.abandon()
            throw error
        }
    }

    // MARK: Text

    private static func text(
        _ summary: DatasetSummary, file: String, version: String, verified: Bool
    ) -> String {
        var lines = [
            ["dataset", "\(summary.dataset), split \(summary.split)\(summary.compression.isEmpty ? "" : ", \(summary.compression)")"],
            ["frames", "\(summary.frames.grouped) of \(summary.width)×\(summary.height) pixels: \(summary.realFrames.grouped) real, \(summary.fakeFrames.grouped) fake"],
            ["videos", "\(summary.videos.grouped): \(summary.realVideos.grouped) real, \(summary.fakeVideos.grouped) fake; \(perVideo(summary)) frames each"],
            ["identities", summary.identities.grouped],
            ["landmarks", "\(summary.landmarks), \(summary.landmarkDetector.isEmpty ? "detector unknown" : summary.landmarkDetector)"],
            ["neighbours", neighbours(summary.neighbours)],
            ["made by", summary.creationCommand.isEmpty ? "unknown" : summary.creationCommand],
            ["content hash", "\(summary.contentHash)\(verified ? " (verified)" : "")"],
        ]
        if summary.framesWithLandmarksOutside > 0 {
            lines.append(["note", "\(summary.framesWithLandmarksOutside.grouped) frames have landmarks outside the picture"])
        }
        if summary.pairs.total > summary.pairs.none {
            lines.append(["pairs", pairs(summary)])
        }
        for (problem, count) in summary.oddFaces.sorted(by: { $0.key < $1.key }) {
            lines.append(["warning", "the landmarks of \(count.grouped) frames can't be right: \(problem)"])
        }
        if summary.fakesWithoutTarget > 0 {
            lines.append(["note", "\(summary.fakesWithoutTarget.grouped) fake videos do not say which real video they were made from"])
        }
        let notes = summary.notes.isEmpty ? "" : "\nhow it was made\n\(indented(summary.notes + "\n"))"
        let methods = summary.methods.map {
            [$0.method, $0.label == 0 ? "real" : "fake", $0.videos.grouped, $0.frames.grouped, $0.identities.grouped]
        }
        return "\(file): Blendway dataset, format \(version)\n" + pairs(lines) + "\n"
            + Console.table([["method", "label", "videos", "frames", "identities"]] + methods) + notes
    }

    private static func pairs(_ summary: DatasetSummary) -> String {
        let pairs = summary.pairs
        var text = "\(pairs.exact.grouped) of \(pairs.total.grouped) fake frames have the real frame of their number"
        if pairs.near > 0, let median = pairs.medianDistance, let most = pairs.maxDistance {
            text += ", \(pairs.near.grouped) the nearest only, \(Int(median).grouped) away (median; at most \(Int(most).grouped))"
            text += summary.maxPairDistance.map { "; \(pairs.tooFar.grouped) are more than \($0) away and no pairs" }
                ?? "; the file allows any distance: import it anew"
        }
        return text
    }

    private static func perVideo(_ summary: DatasetSummary) -> String {
        let (least, most) = (summary.framesPerVideoLeast, summary.framesPerVideoMost)
        return least == most ? "\(least)" : "\(least) to \(most)"
    }

    private static func neighbours(_ neighbours: DatasetSummary.Neighbours?) -> String {
        guard let neighbours else { return "none; cross-blended images cannot be made" }
        var text = "\(neighbours.count) for each of \(neighbours.rows.grouped) real frames"
        if let median = neighbours.medianNearestPerLandmark {
            text += "; the nearest \(String(format: "%.1f", median)) pixels per landmark away (median)"
        }
        if neighbours.rowsNotFull > 0 { text += "; \(neighbours.rowsNotFull.grouped) rows have fewer" }
        if neighbours.rowsWithout > 0 { text += ", \(neighbours.rowsWithout.grouped) none" }
        return text
    }

    private static func text(
        _ summary: CheckpointSummary, file: String, version: String, hash: String
    ) -> String {
        func number(_ value: Int64?) -> String { value.map { Int($0).grouped } ?? "not stored" }
        let state =
            summary.integers.map { ($0.key, "\($0.value)") } + summary.reals.map { ($0.key, "\($0.value)") }
        let groups = summary.groups.map { [$0.group, $0.arrays.grouped, $0.values.grouped] }
        return "\(file): Blendway checkpoint, format \(version)\n"
            + pairs([
                ["step", number(summary.step)], ["epoch", number(summary.epoch)],
                ["ranks", number(summary.worldSize)], ["parameters", summary.parameters.grouped],
                ["content hash", "\(hash) (verified)"],
            ])
            + "\n" + Console.table([["group", "arrays", "values"]] + groups)
            + section("state", state) + section("provenance", summary.provenance.map { ($0.key, $0.value) })
            + (summary.config.isEmpty ? "" : "\nconfiguration\n\(indented(summary.config))")
    }

    private static func pairs(_ rows: [[String]]) -> String {
        let width = rows.map { $0[0].count }.max() ?? 0
        return rows.map { "  " + $0[0] + String(repeating: " ", count: width - $0[0].count + 2) + $0[1] + "\n" }.joined()
    }

    private static func section(_ title: String, _ values: [(String, String)]) -> String {
        values.isEmpty ? "" : "\n\(title)\n" + pairs(values.sorted { $0.0 < $1.0 }.map { [$0.0, $0.1] })
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  \($0)" }
            .joined(separator: "\n") + (text.hasSuffix("\n") ? "" : "\n")
    }
}
