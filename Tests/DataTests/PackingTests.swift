// PackingTests.swift — the built-in world as dataset files.

import Data
import Store
import Synchronization
import Synthesis
import Tensor
import TestSupport
import Testing

private func smallWorld(seed: UInt64 = 3) throws -> SyntheticWorld {
    try SyntheticWorld(seed: seed, size: 64, identities: 10, videosPerIdentity: 2, framesPerVideo: 3)
}

@Suite struct PackingTests {
    @Test func aPackedSplitHasAllThatTrainingNeeds() throws {
        try withTemporaryFolder { folder in
            let packer = SyntheticPacker(try smallWorld(), split: .train)
            let path = "\(folder)/train.h5"
            let progress = Mutex<[Int]>([])
            let hash = try packer.write(
                to: path, pool: ThreadPool(threads: 2), progress: { done in progress.withLock { $0.append(done) } })

            let file = try DatasetFile(path)
            try file.verifyContentHash()
            #expect(file.contentHash == hash)
            // 4 people with 2 videos each, and 2 methods.
            #expect(file.videos.count == 8 + 16)
            #expect(file.frameCount == 24 * 3 && file.frameCount == packer.frameCount)
            #expect(file.landmarkCount == 81 && file.width == 64 && file.height == 64)
            #expect(file.description == packer.description)
            let fakes = file.videos.filter(\.isFake)
            #expect(fakes.count == 16)
            for fake in fakes {
                let target = file.videos[Int(fake.target)]
                #expect(fake.name.hasPrefix(target.name + "_") && fake.identity == target.identity)
            }
            for frame in 0..<file.frameCount where !file.video(of: frame).isFake {
                // 3 other people with 2 videos of 3 frames.
                #expect(file.neighbours?.neighbours(of: frame).count == 18)
            }
            // A real video of 3 frames with its two fakes at a time.
            #expect(progress.withLock { $0 } == Array(stride(from: 9, through: 72, by: 9)))
        }
    }

    @Test func framesLieInTheFileAsTheWorldDrawsThem() throws {
        try withTemporaryFolder { folder in
            let world = try smallWorld()
            let path = "\(folder)/val.h5"
            try SyntheticPacker(world, split: .validation).write(to: path, pool: ThreadPool(threads: 3))
            let file = try DatasetFile(path)
            let plan = world.videos(of: .validation)
            for video in [0, plan.count - 1] {
                let drawn = try world.frames(of: plan[video]).frame(1)
                #expect(try file.readImage(video * 3 + 1) == drawn.image.pixels)
                #expect(Array(file.landmarks(of: video * 3 + 1)) == drawn.landmarks.points.flatMap { [$0.x, $0.y] })
            }
        }
    }

    @Test func contentsDependOnTheSeedAndNotOnThreads() throws {
        try withTemporaryFolder { folder in
            func hash(_ seed: UInt64, threads: Int) throws -> String {
                try SyntheticPacker(smallWorld(seed: seed), split: .testUnseen)
                    .write(to: "\(folder)/x.h5", pool: ThreadPool(threads: threads))
            }
            let one = try hash(3, threads: 1)
            #expect(try hash(3, threads: 2) == one)
            #expect(try hash(3, threads: 5) == one)
            #expect(try hash(4, threads: 2) != one)
        }
    }

    @Test func aStopLeavesNoFileAndAnOldOneUntouched() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/val.h5"
            let pool = try ThreadPool(threads: 2)
            let old = try SyntheticPacker(smallWorld(), split: .validation).write(to: path, pool: pool)
            let asked = Mutex(0)
            #expect(throws: CancellationError.self) {
                try SyntheticPacker(smallWorld(seed: 9), split: .validation).write(
                    to: path, pool: pool,
                    stop: {
                        asked.withLock {
                            $0 += 1
                            return $0 > 3
                        }
                    })
            }
            #expect(try DatasetFile(path).contentHash == old)
            #expect(try names(in: folder) == ["val.h5"])
        }
    }
}
