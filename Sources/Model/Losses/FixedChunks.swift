// FixedChunks.swift — how long buffers are cut for sums that must not depend on the thread count.

/// Chunks of one length, whoever works on them: a sum is kept per chunk, and the chunks' sums are
/// added in chunk order.
public enum FixedChunks {
    /// Elements of a chunk: four arrays of float32 this long fit a second-level cache.
    public static let length = 16384

    /// Chunks that `count` elements make; the last may be short. 0 for none.
    public static func count(of count: Int) -> Int {
        (count + length - 1) / length
    }

    /// The elements of one chunk out of `count`.
    public static func range(_ chunk: Int, of count: Int) -> Range<Int> {
        let chunks = self.count(of: count)
        precondition(chunk >= 0 && chunk < chunks, "FixedChunks: chunk \(chunk) of \(chunks)")
        return chunk * length..<min((chunk + 1) * length, count)
    }
}
