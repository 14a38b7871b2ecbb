// BatchShare.swift — some of a loaded batch's samples, as one pass of the network takes them. A view.

import Tensor

/// Neighbouring samples of a batch that could be made.
public struct BatchShare: @unchecked Sendable {
    // Unchecked: a batch does not change once it is loaded.
    private let batch: LoadedBatch
    private let places: Range<Int>

    init(_ batch: LoadedBatch, _ places: Range<Int>) {
        self.batch = batch
        self.places = places
    }

    public var samples: [SampleKey] { Array(batch.samples[places]) }
    /// Anchors per sample, the real one included.
    public var anchorCount: Int { batch.anchorCount }

    /// See `LoadedBatch.forEachImage`; places count within this share.
    public func forEachImage(_ body: (Int, UnsafeBufferPointer<UInt8>) -> Void) {
        batch.forEachImage(ofSamples: places, body)
    }
}

extension LoadedBatch {
    /// All of it.
    public var whole: BatchShare { BatchShare(self, samples.indices) }

    /// What could be made of the samples in `rows` of the share; may be empty.
    public func share(rows: Range<Int>) -> BatchShare {
        let first = good.firstIndex { $0 >= rows.lowerBound } ?? good.count
        let end = good.firstIndex { $0 >= rows.upperBound } ?? good.count
        return BatchShare(self, first..<end)
    }
}
