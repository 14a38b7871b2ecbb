// GradientNorm.swift — the Euclidean norm of the whole gradient, and clipping by it.

import CKernels

// P parameters.

/// Sums are kept per chunk of fixed length and added in chunk order, so that the norm, and with it
/// the clipped step, does not depend on how many threads share the chunks.
public enum GradientNorm {
    public static let chunkLength = 16384

    /// Chunks of `count` elements; the last may be short.
    public static func chunks(of count: Int) -> Int {
        (count + chunkLength - 1) / chunkLength
    }

    /// Σ g² over one chunk of the gradient [P]. Different chunks may run at the same time.
    public static func sumOfSquares(chunk: Int, of gradient: UnsafeBufferPointer<Float>) -> Double {
        let start = chunk * chunkLength
        let end = min(start + chunkLength, gradient.count)
        guard start >= 0, start < end else { return 0 }
        return bw_sum_of_squares(end - start, gradient.baseAddress! + start)
    }

    /// The norm from the sums of all chunks, in chunk order.
    public static func norm(sumsOfSquares: [Double]) -> Double {
        sumsOfSquares.reduce(0, +).squareRoot()
    }

    /// The norm of the gradient [P], on the calling thread.
    public static func norm(of gradient: UnsafeBufferPointer<Float>) -> Double {
        norm(sumsOfSquares: (0..<chunks(of: gradient.count)).map { sumOfSquares(chunk: $0, of: gradient) })
    }

    /// The factor that brings a gradient of this norm down to `limit`; 1 if it is there already.
    ///
    /// limit / (norm + 10⁻⁶), as in PyTorch. A norm that is not finite gives NaN: the step has to be
    /// voted down before, and must not look like a clipped one.
    public static func clipScale(norm: Double, limit: Double) -> Double {
        guard norm.isFinite else { return .nan }
        return min(1, limit / (norm + 1e-6))
    }
}
