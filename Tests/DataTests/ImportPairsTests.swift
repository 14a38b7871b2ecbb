// ImportPairsTests.swift — a fake's frame and its real frame show the same moment, or are no pair, however the
// pictures are called. What is a pair is asked of training itself.

import Blend
import Data
import Foundation
import Store
import Tensor
import TestSupport
import Testing

@Suite struct ImportPairsTests {
    /// Names of a moment in a real video and in a fake, which lacks the moments 0 and 5.
    struct Naming: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let real: @Sendable (String, Int) -> String?
        let fake: @Sendable (String, Int) -> String?

        init(
            _ title: String, fakeLacks: Set<Int> = [0, 5], _ real: @escaping @Sendable (String, Int) -> String,
            fake: (@Sendable (String, Int) -> String)? = nil
        ) {
            testDescription = title
            self.real = real
            self.fake = { fakeLacks.contains($1) ? nil : (fake ?? real)($0, $1) }
        }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
    }

    private static let sound = [
        Naming("frame_0") { "frame_\($1).png" },
        Naming("frame7") { "frame\($1 + 1).png" },
        Naming("frame_0000, the first lacking", fakeLacks: [0]) { "frame_\(padded($1, 4)).png" },
        Naming("bare, mixed padding") { $1 % 2 == 0 ? "\(padded($1, 3)).png" : "\($1).png" },
        Naming("video and frame") { "\($0)_\(padded($1, 3)).png" },
        Naming("person, video, frame") { "012_\($0)_frame\(padded($1, 4)).png" },
        Naming("copies") { "img (\($1)).png" },
        Naming("milliseconds") { "\($1 * 40).png" },
        Naming("nanoseconds beyond 32 bits") { "\(1_700_000_000_000_000_000 + $1 * 40_000_000).png" },
        Naming("frame and time") { "\(padded($1, 4))_\($1 * 40).png" },
        Naming("frame of all") { "\(padded($1, 3))_of_012.png" },
        Naming("a crop's number behind") { "\(padded($1, 3))_crop1.png" },
        Naming("capitals") { $1 % 3 == 0 ? "F\($1).PNG" : "f\($1).png" },
        Naming("parts of a second", fakeLacks: [1]) { "0.\(padded($1 * 40, 3)).png" },
        Naming("shots") { "s\($1 / 4)_\(padded($1, 3)).png" },
        Naming("the method in fakes' names", { "real_\($1).png" }, fake: { "swap_\($1).png" }),
        Naming("one frame of a fake, number before another", fakeLacks: Set(0..<11)) { "frame_\($1)_crop1.png" },
    ]

    private static func plan(_ root: String, _ rule: PairingRule = PairingRule(), frames: Int? = nil) throws -> (ImportPlan, FolderFrames) {
        let store = try FolderFrames(root: root, followsLinks: false)
        return (try ImportPlan.ofFolders(store, frames: frames, rule: rule), store)
    }

    /// Imports, and tells the moments of all pairs that training would make.
    private static func pairs(
        _ root: String, _ rule: PairingRule = PairingRule(), frames: Int? = nil
    ) throws -> (pairs: [(real: Int, fake: Int)], report: ImportReport) {
        let (plan, store) = try plan(root, rule, frames: frames)
        let path = root + ".h5"
        let report = try FrameImporter(store: store, plan: plan).run(
            to: path, description: DatasetDescription(dataset: "x", split: "train", maxPairDistance: rule.maxDistance),
            pool: ThreadPool(threads: 1))
        let samples = try TrainingSamples(DatasetFile(path), anchors: .deepfake)
        let found = try (0..<samples.count).map { sample in
            let frames = samples.frames(SampleKey(epoch: 0, sample: sample), seed: 1)
            return (
                real: NamedCrops.moment(of: try samples.file.readImage(frames.real)),
                fake: NamedCrops.moment(of: try samples.file.readImage(#require(frames.fake)))
            )
        }
        return (found, report)
    }

    @Test(arguments: sound) func framesOfOneMomentArePairs(naming: Naming) throws {
        try withTemporaryFolder { folder in
            try NamedCrops.write("\(folder)/crops", real: naming.real, fake: naming.fake)
            let (pairs, report) = try Self.pairs("\(folder)/crops")
            let expected = 2 * (0..<12).count { naming.fake("clip1", $0) != nil }
            #expect(pairs.count == expected && pairs.allSatisfy { $0.real == $0.fake }, "\(pairs)")
            #expect(report.strays.isEmpty && report.unpaired.isEmpty)
            let counts = try #require(report.methods.last?.pairs)
            #expect(counts.exact == expected && counts.near == 0 && counts.none == 0 && counts.maxDistance == nil)
            // A choice of frames keeps pairs.
            let (few, _) = try Self.pairs("\(folder)/crops", frames: 4)
            #expect(few.count == min(8, expected) && few.allSatisfy { $0.real == $0.fake })
        }
    }

    private static let hopeless = [
        Naming("hashes") { "\(String(UInt64(bitPattern: Int64($0.hashSeed &+ $1)) &* 0x9E37_79B9_7F4A_7C15, radix: 16)).png" },
        Naming("two shots counted alike") { "shot\($1 / 6)_\($1 % 6).png" },
        Naming("a confidence behind") { "frame_\($1)_\(99 - ($1 * 7) % 12).png" },
        Naming("letters") { "\(Character(UnicodeScalar(UInt8(97 + $1)))).png" },
        Naming("other words", { "frame_\($1).png" }, fake: { "img_\($1 + 1).png" }),
        Naming("minutes and seconds") { "\(10 + ($1 + 5) / 8)-\(($1 + 5) % 8 * 7).png" },
    ]

    @Test(arguments: hopeless) func namesThatTellNoMomentAreRefusedByName(naming: Naming) throws {
        try withTemporaryFolder { folder in
            try NamedCrops.write("\(folder)/crops", real: naming.real, fake: naming.fake)
            #expect { try Self.pairs("\(folder)/crops") } throws: {
                "\($0)".contains("swap/clip1_ben") && "\($0)".contains("--number-by position")
            }
            // A check goes on and lists every video.
            let (plan, store) = try Self.plan("\(folder)/crops")
            let report = try FrameImporter(store: store, plan: plan).run(
                to: nil, description: DatasetDescription(dataset: "x", split: "train"), pool: ThreadPool(threads: 1))
            #expect(report.unmatched.map(\.video) == ["swap/clip1_ben", "swap/clip2_anna"])
            // Without fakes there is nothing to match.
            try FileManager.default.removeItem(atPath: "\(folder)/crops/fake")
            #expect(try Self.plan("\(folder)/crops").0.frameCount == 24)
        }
    }

    /// Numbers that can't count the same moments: no pair is made of them.
    private static let contradictory = [
        Naming("from 0 and from 1", fakeLacks: [], { "frame_\($1).png" }, fake: { "frame_\($1 + 1).png" }),
        Naming("frames and milliseconds", { "\($1).png" }, fake: { "\($1 * 40).png" }),
        Naming("frame and score", fakeLacks: [], { "\(padded($1, 2))_\(50 + $1).png" }, fake: { "\(padded($1, 2))_\(51 + 2 * $1).png" }),
    ]

    @Test(arguments: contradictory) func contradictingNumbersMakeNoPair(naming: Naming) throws {
        try withTemporaryFolder { folder in
            try NamedCrops.write("\(folder)/crops", real: naming.real, fake: naming.fake)
            let plan = try Self.plan("\(folder)/crops").0
            #expect(plan.targets == [-1, -1, -1, -1] && plan.unpaired.count == 2 && plan.unmatched.isEmpty)
            #expect { try Self.pairs("\(folder)/crops") } throws: {
                if case .noPairs(_, _, let example) = $0 as? ImportError { example != nil } else { false }
            }
        }
    }

    @Test func straysAreListedAndChangeNothing() throws {
        try withTemporaryFolder { folder in
            let name = { (_: String, moment: Int) in Self.padded(moment, 3) + ".png" }
            try NamedCrops.write("\(folder)/crops", real: name) { [0, 5].contains($1) ? nil : name($0, $1) }
            let plain = try Self.pairs("\(folder)/crops")
            let strays = ["003 (1).png", "cover.png", "thumbs.png", "frame_3.png"]
            for stray in strays {
                try NamedCrops.add("\(folder)/crops/real/anna/clip1/\(stray)", moment: 99, video: 0)
                try NamedCrops.add("\(folder)/crops/fake/swap/clip1_ben/\(stray)", moment: 98, video: 2)
            }
            try PublishedLayout.write("\(folder)/crops/real/ben/clip2/004.jpg", [0xFF, 0xD8, 0xFF])
            let (pairs, report) = try Self.pairs("\(folder)/crops")
            #expect(pairs.count == 20 && pairs.allSatisfy { $0.real == $0.fake })
            #expect(report.framesHash == plain.report.framesHash)
            #expect(report.strays.count == 9 && report.skipped.isEmpty)
            #expect(report.strays.contains { $0.file.hasSuffix("clip2/004.jpg") && $0.reason.contains("004.png") })
        }
    }

    @Test func nearFramesArePairsOnRequestAndTheFileSaysSo() throws {
        try withTemporaryFolder { folder in
            // Real frames at every third moment, fakes at all.
            try NamedCrops.write("\(folder)/crops", real: { $1 % 3 == 0 ? "\($1).png" : nil }, fake: { "\($1).png" })
            let (exact, report) = try Self.pairs("\(folder)/crops")
            #expect(exact.count == 8 && exact.allSatisfy { $0.real == $0.fake })
            let counts = try #require(report.methods.last?.pairs)
            #expect((counts.exact, counts.near, counts.tooFar, counts.none) == (8, 16, 16, 0))
            #expect(counts.medianDistance == 1 && counts.maxDistance == 2)
            #expect(report.unpaired.map(\.without) == [8, 8] && report.unpaired[0].reason.contains("no frame 1, 2, 4, …"))
            let (near, _) = try Self.pairs("\(folder)/crops", PairingRule(maxDistance: 1))
            #expect(near.count == 22 && near.allSatisfy { abs($0.real - $0.fake) <= 1 })
            #expect(try DatasetFile("\(folder)/crops.h5").description.maxPairDistance == 1)
        }
    }

    @Test func positionsAndMixedNamesArePairsOnRequestOnly() throws {
        try withTemporaryFolder { folder in
            let hash = Naming("", fakeLacks: []) { "\($0)\(Character(UnicodeScalar(UInt8(97 + $1)))).png" }
            try NamedCrops.write("\(folder)/a", real: hash.real, fake: hash.fake)
            let (pairs, _) = try Self.pairs("\(folder)/a", PairingRule(numbersByPosition: true))
            #expect(pairs.count == 24 && pairs.allSatisfy { $0.real == $0.fake })
            // With one frame less positions tell nothing.
            try FileManager.default.removeItem(atPath: "\(folder)/a/fake/swap/clip1_ben/clip1_benc.png")
            let (rest, report) = try Self.pairs("\(folder)/a", PairingRule(numbersByPosition: true))
            #expect(rest.count == 12 && rest.allSatisfy { $0.real == $0.fake } && report.unpaired.count == 1)

            try NamedCrops.write("\(folder)/b", real: { "frame_\($1).png" }, fake: { $1 == 5 ? nil : "img_\($1).png" })
            let (mixed, _) = try Self.pairs("\(folder)/b", PairingRule(mixesNames: true))
            #expect(mixed.count == 22 && mixed.allSatisfy { $0.real == $0.fake })
        }
    }

    @Test func aCheckListsEveryFrameOfAnotherSizeThanMost() throws {
        try withTemporaryFolder { folder in
            try NamedCrops.write("\(folder)/crops", moments: 4, real: { "\($1).png" }, fake: { "\($1).png" })
            for moment in [0, 2] {
                try NamedCrops.add("\(folder)/crops/real/anna/clip1/\(moment).png", moment: moment, video: 0, size: 64)
            }
            let (plan, store) = try Self.plan("\(folder)/crops")
            let report = try FrameImporter(store: store, plan: plan).run(
                to: nil, description: DatasetDescription(dataset: "x", split: "train"), pool: ThreadPool(threads: 2))
            #expect(report.skipped.map(\.frame) == [0, 2] && report.skipped[0].reason.contains("64×64"))
            #expect(report.sizes.map { [$0.width, $0.height, $0.frames] } == [[32, 32, 14], [64, 64, 2]])
            #expect(report.frames == 14 && report.width == 32)
            #expect(report.methods.last?.pairs?.exact == 6)
        }
    }
}

extension String {
    /// The same in every process, which Swift's own is not.
    fileprivate var hashSeed: Int { utf8.reduce(7) { $0 &* 31 &+ Int($1) } }
}
