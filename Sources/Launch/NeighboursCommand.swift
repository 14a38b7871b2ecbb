// NeighboursCommand.swift — `blendway neighbours`: gives a dataset its neighbour index, on all ranks. The
// search is module Data's, the writing module Store's.

import ArgumentParser
import Data
import DistributedTraining
import Foundation
import Logging
import Store
import Tensor
import Training

struct NeighboursCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "neighbours",
        abstract: "Find each real frame's nearest frames of other people, and store them in the dataset.",
        discussion: """
            Cross-blended images take their foreground from these. Importing and blendway synth store \
            them already; a dataset that was packed otherwise gets them here.

              blendway neighbours train.h5
              mpirun -n 4 blendway neighbours train.h5 --count 100

            Near is the Euclidean distance between flattened landmarks, in pixels; frames of the same \
            identity never count. The ranks share the frames, and the result is the same for any \
            number of them. The dataset is checked, copied beside itself and replaced in one go: it \
            takes as much room again for a while, and whatever stops the work leaves the old file. \
            Its content hash changes, so that runs on the old file do not resume on the new one.

            --json prints one object: file, content_hash, real_frames, neighbours, ranks, \
            search_seconds, seconds.
            """)

    @Argument(help: "A dataset.")
    var file: String
    @Option(help: "Neighbours a frame.")
    var count = NeighbourIndex.standardCount
    @Option(help: ArgumentHelp("Threads a rank; 0 is the host's cores divided by its ranks.", valueName: "N"))
    var threads = 0
    @Flag(help: "Replace neighbours that are there.")
    var force = false
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("--count is \(count), but must be 1 to 1000.") }
        guard (0...1024).contains(threads) else { throw ValidationError("--threads is \(threads), but must be 0 to 1024.") }
    }

    private struct Report: Encodable {
        var file: String
        var contentHash: String
        var realFrames: Int
        var neighbours: Int
        var ranks: Int
        var searchSeconds: Double
        var seconds: Double
    }

    func run() throws {
        try runOnAllRanks { world, log in
            if world.rank == 0, let note = Program.openBLASNote { log.notice("\(note)") }
            let began = Date()
            let dataset = try DatasetFile(file)
            try world.communicator.requireSame(
                dataset.contentHash.utf8, object: "the dataset",
                remedy: "give all hosts the same file, best in a shared folder")
            guard dataset.videos.contains(where: { !$0.isFake }) else { throw DataError.noReals(file: file) }
            guard dataset.landmarkCount > 0 else { throw DataError.noLandmarks(file: file) }
            if case let lack = DataError.lackOfNeighbours(dataset), case .onePerson = lack { throw lack }
            if let there = dataset.neighbours, !force {
                throw CommandFailure(
                    .usage, "\(file) has \(there.count) neighbours a frame already; replace them with --force.")
            }
            let pool = try ComputeThreads(requested: threads, world).pool
            let index = NeighbourIndex(
                videos: dataset.videos, frameVideos: dataset.frameVideos, landmarks: dataset.landmarks,
                landmarkCount: dataset.landmarkCount)
            let replacement = world.rank == 0 ? try NeighbourReplacement(dataset, count: count) : nil
            do {
                StopSignal.install()
                let search = try fill(replacement, from: index, world: world, pool: pool)
                guard let replacement else { return .done }
                let hash = try replacement.finish()
                try report(
                    Report(
                        file: file, contentHash: hash, realFrames: index.frames.count, neighbours: count,
                        ranks: world.size, searchSeconds: search, seconds: Date().timeIntervalSince(began)))
                return .done
            } catch {
                replacement?.discard()
                throw error
            }
        }
    }

    /// Rows that all ranks together find before they are written; 6 MB at 100 neighbours.
    private static let chunk = 8192

    /// - Returns: seconds of the search.
    private func fill(
        _ replacement: NeighbourReplacement?, from index: NeighbourIndex, world: World, pool: ThreadPool
    ) throws -> Double {
        let progress = world.rank == 0 ? ProgressReport(file, total: index.frames.count, unit: "frames") : nil
        var seconds = 0.0
        for first in stride(from: 0, to: index.frames.count, by: Self.chunk) {
            let rows = min(Self.chunk, index.frames.count - first)
            let began = Date()
            let share = first + rows * world.rank / world.size..<first + rows * (world.rank + 1) / world.size
            let found = index.rows(share, count: count, pool: pool)
            let neighbours = try world.communicator.gather(found.neighbours, phase: "gather neighbours")
            let distances = try world.communicator.gather(found.distances, phase: "gather distances")
            seconds += Date().timeIntervalSince(began)
            // All ranks stop together: the signal may have reached some only.
            let stop = try world.communicator.allReduce(
                .maximum, Int32(StopSignal.isRequested ? 1 : 0), phase: "agree to go on")
            if stop != 0 { throw CancellationError() }
            guard let replacement, let neighbours, let distances else { continue }
            try replacement.add(
                frames: Array(index.frames[first..<first + rows]), count: count, neighbours: neighbours.values,
                distances: distances.values)
            progress?.update(first + rows)
        }
        progress?.finish("\(index.frames.count.grouped) frames' neighbours")
        return seconds
    }

    private func report(_ report: Report) throws {
        if json { return try Console.json(report) }
        try Console.output(
            "\(file): \(report.neighbours) neighbours for each of \(report.realFrames.grouped) real frames; "
                + "content hash \(report.contentHash)\n")
    }
}
