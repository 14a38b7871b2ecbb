// Fuzzing.swift — what all searches for bytes that break a reader have in common: how long, which mutations,
// and the mutator. What a reader must keep to is in the suites whose names end in FuzzTests: tools/fuzz.sh
// runs those for longer.

import Foundation
import Tensor

public enum Fuzzing {
    /// Seconds for each reader: BLENDWAY_FUZZ_SECONDS.
    public static let seconds = Double(ProcessInfo.processInfo.environment["BLENDWAY_FUZZ_SECONDS"] ?? "") ?? 1.5
    /// Which mutations: BLENDWAY_FUZZ_SEED.
    public static let seed = UInt64(ProcessInfo.processInfo.environment["BLENDWAY_FUZZ_SEED"] ?? "") ?? 1

    /// Files that were tried.
    public struct Outcome {
        public var rounds = 0
        public var refused = 0
        /// A mutator whose files all pass, or never do, tests nothing.
        public var reachesBoth: Bool { refused > 0 && refused < rounds }
    }

    /// Calls `body` until the time is up, and 50 times at least.
    /// - Parameters:
    ///   - target: a number for each reader, for other random numbers.
    ///   - body: reads one mutated file; whether it was refused.
    public static func search(_ target: Int, _ body: (inout Philox) throws -> Bool) rethrows -> Outcome {
        var random = Philox(seed: seed, stream: .test, epoch: 0, sample: target)
        let end = Date().addingTimeInterval(seconds)
        var outcome = Outcome()
        while outcome.rounds < 50 || Date() < end {
            if try body(&random) { outcome.refused += 1 }
            outcome.rounds += 1
        }
        return outcome
    }

    /// What texts and numbers break at.
    public static let marks: [UInt8] = [0, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x7B, 0x2E]

    /// `bytes` with one to six changes at random places: overwritten, cut out, doubled, put in, cut short.
    public static func mutated(_ bytes: [UInt8], _ random: inout Philox, marks: [UInt8] = marks) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.integer(below: 6) {
            guard !bytes.isEmpty else { return [UInt8(random.integer(below: 256))] }
            let place = random.integer(below: bytes.count)
            switch random.integer(below: 8) {
            case 0...3: overwrite(&bytes, in: 0..<bytes.count, &random, marks: marks)
            case 4: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.integer(below: 8)))
            case 5: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + random.integer(below: 16))], at: place)
            case 6: bytes.removeLast(random.integer(below: bytes.count))
            default: bytes.insert(UInt8(random.integer(below: 256)), at: place)
            }
        }
        return bytes
    }

    /// One change that leaves everything at its place: all that gets far into a format of fixed places.
    public static func overwrite(
        _ bytes: inout [UInt8], in range: Range<Int>, _ random: inout Philox, marks: [UInt8] = marks
    ) {
        let place = range.lowerBound + random.integer(below: range.count)
        switch random.integer(below: 5) {
        case 0: bytes[place] ^= 1 << UInt8(random.integer(below: 8))
        case 1: bytes[place] = UInt8(random.integer(below: 256))
        case 2: bytes[place] = marks[random.integer(below: marks.count)]
        case 3: bytes[place] &+= random.chance(0.5) ? 1 : 255
        default:
            // Numbers that overflow: four bytes at once.
            for offset in place..<min(range.upperBound, place + 4) { bytes[offset] = 0xFF }
        }
    }
}
