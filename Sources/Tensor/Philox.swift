// Philox.swift — counter-based random numbers: a draw is a pure function of its key.
//
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011). Nothing here has global state: who draws says from which stream, epoch and sample,
// so the same sample gets the same numbers whatever the rank count, thread count or order.

/// A source of random numbers that is fully determined by (seed, stream, epoch, sample).
///
/// Two generators with equal keys give equal sequences; with any key part different, independent
/// ones. It is a value: copying it forks the sequence. Cost: about 2 ns per 32-bit number.
public struct Philox: RandomNumberGenerator, Sendable {
    /// What the numbers are for. Streams never share numbers. Raw values are part of the
    /// checkpoint and dataset contract: never renumber, only add.
    public enum Stream: UInt32, Sendable {
        case initialization = 1
        case shuffle = 2
        case pairing = 3
        case blend = 4
        case elastic = 5
        case augmentation = 6
        case bridge = 7
        case transitionNoise = 8
        case stochasticDepth = 9
        case synthesis = 10
        case dropout = 11
        case perturbation = 12
        case test = 255
    }

    private let key: (UInt32, UInt32)
    /// Words 1–3 of the counter: stream and the halves of epoch and sample; word 0 counts blocks.
    private let counterTail: (UInt32, UInt32, UInt32)
    private var block: UInt32 = 0
    private var buffer: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    private var used = 4

    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - stream: what the numbers are for.
    ///   - epoch: at most 2²⁴ − 1; folded with the stream's number.
    ///   - sample: at most 2⁶⁴ − 1.
    public init(seed: UInt64, stream: Stream, epoch: Int = 0, sample: Int = 0) {
        precondition(epoch >= 0 && epoch < 1 << 24, "Philox: epoch \(epoch) is outside 0 ..< 2^24")
        precondition(sample >= 0, "Philox: sample \(sample) is negative")
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        let id = UInt64(sample)
        counterTail = (
            stream.rawValue << 24 | UInt32(epoch),
            UInt32(truncatingIfNeeded: id), UInt32(truncatingIfNeeded: id >> 32)
        )
    }

    /// The generator of one sample's draws for one purpose.
    /// - Parameter variant: tells apart draws of one stream for one sample, below 256; samples then
    ///   have to be below 2⁵⁶.
    public init(seed: UInt64, stream: Stream, key: SampleKey, variant: Int = 0) {
        precondition(variant >= 0 && variant < 256 && key.sample < 1 << 55)
        self.init(seed: seed, stream: stream, epoch: key.epoch, sample: key.sample << 8 | variant)
    }

    /// The ten rounds over one counter block, with the key and counter as the paper writes them.
    package static func block(
        counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
    ) -> (UInt32, UInt32, UInt32, UInt32) {
        var (c0, c1, c2, c3) = counter
        var (k0, k1) = key
        for _ in 0..<10 {
            let p0 = UInt64(c0) &* 0xD251_1F53
            let p1 = UInt64(c2) &* 0xCD9E_8D57
            c0 = UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0
            c1 = UInt32(truncatingIfNeeded: p1)
            c2 = UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1
            c3 = UInt32(truncatingIfNeeded: p0)
            k0 = k0 &+ 0x9E37_79B9
            k1 = k1 &+ 0xBB67_AE85
        }
        return (c0, c1, c2, c3)
    }

    /// The next 32 random bits.
    public mutating func next32() -> UInt32 {
        if used == 4 {
            buffer = Self.block(
                counter: (block, counterTail.0, counterTail.1, counterTail.2), key: key)
            precondition(block != .max, "Philox: one key gave 2^34 numbers; give each use its own stream")
            block += 1
            used = 0
        }
        defer { used += 1 }
        switch used {
        case 0: return buffer.0
        case 1: return buffer.1
        case 2: return buffer.2
        default: return buffer.3
        }
    }

    public mutating func next() -> UInt64 {
        let low = UInt64(next32())
        return UInt64(next32()) << 32 | low
    }

    /// Uniform in [0, 1), on a grid of 2⁻²⁴: every value is exact in float32.
    public mutating func uniform() -> Float {
        Float(next32() >> 8) * 0x1p-24
    }

    /// Uniform from `lower` to `upper`, which is itself reached by rounding only.
    public mutating func uniform(_ lower: Float, _ upper: Float) -> Float {
        lower + (upper - lower) * uniform()
    }

    /// True with probability `p`.
    public mutating func chance(_ p: Float) -> Bool {
        uniform() < p
    }

    /// Uniform in 0 ..< `bound`, without modulo bias worth naming (bias below bound · 2⁻⁶⁴).
    public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0, "Philox: integer(below: \(bound))")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Uniform in the closed range.
    public mutating func integer(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + integer(below: range.count)
    }
}
