// GradientNorm.swift — the Euclidean norm of the whole gradient, and clipping by it.

import CKernels

// P parameters.

/// Sums are made in `FixedChunks`, so that the norm, and with it the clipped step, does not depend on
/// how many threads share them.
public enum GradientNorm {
    /// Σ g² over one chunk of the gradient [P]. Different chunks may run at the same time.
    public static func sumOfSquares(chunk: Int, of gradient: UnsafeBufferPointer<Float>) -> Double {
        let range = FixedChunks.range(chunk, of: gradient.count)
        return bw_sum_of_squares(range.count, gradient.baseAddress! + range.lowerBound)
    }

    /// The norm from the sums of all chunks, in chunk order.
    public static func norm(sumsOfSquares: [Double]) -> Double {
        sumsOfSquares.reduce(0, +).squareRoot()
    }

    /// The norm of the gradient [P], on the calling thread.
    public static func norm(of gradient: UnsafeBufferPointer<Float>) -> Double {
        norm(
            sumsOfSquares: (0..<FixedChunks.count(of: gradient.count)).map {
                sumOfSquares(chunk: $0, of: gradient)
            })
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
