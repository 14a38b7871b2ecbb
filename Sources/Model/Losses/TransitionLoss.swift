// TransitionLoss.swift — mean squared error between a predicted and an actual feature map.
// Not the transition blocks that predict: those are layers.

import CKernels

// E elements of this rank (B·C·H·W; may be 0).

/// The transition loss, in `FixedChunks`, so that the result does not depend on how many threads
/// share them.
///
/// Convention as in `SoftCrossEntropy`: sums unscaled, gradients scaled by weight / global count.
public enum TransitionLoss {
    /// One chunk, 0 ..< `FixedChunks.count(of: E)`. Different chunks may run at the same time.
    /// - Parameters:
    ///   - prediction: [E].
    ///   - target: [E].
    ///   - scale: weight / global element count.
    ///   - predictionGradient: [E]; the chunk is overwritten with 2·scale·(prediction − target).
    ///   - targetGradient: [E]; the opposite is *added*, because the target map gets gradients from
    ///     elsewhere too. nil stops the gradient there.
    /// - Returns: Σ (prediction − target)² over the chunk.
    public static func evaluate(
        chunk: Int, prediction: UnsafeBufferPointer<Float>, target: UnsafeBufferPointer<Float>,
        scale: Double, predictionGradient: UnsafeMutableBufferPointer<Float>,
        targetGradient: UnsafeMutableBufferPointer<Float>?
    ) -> Double {
        let count = prediction.count
        precondition(
            target.count == count && predictionGradient.count == count
                && (targetGradient?.count ?? count) == count,
            "TransitionLoss: prediction \(count), target \(target.count), gradients "
                + "\(predictionGradient.count), \(targetGradient?.count ?? count)")
        let range = FixedChunks.range(chunk, of: count)
        let start = range.lowerBound
        return bw_squared_difference(
            range.count, prediction.baseAddress! + start, target.baseAddress! + start,
            Float(2 * scale), predictionGradient.baseAddress! + start,
            targetGradient.map { $0.baseAddress! + start })
    }

    /// All chunks on the calling thread.
    public static func evaluate(
        prediction: UnsafeBufferPointer<Float>, target: UnsafeBufferPointer<Float>, scale: Double,
        predictionGradient: UnsafeMutableBufferPointer<Float>,
        targetGradient: UnsafeMutableBufferPointer<Float>?
    ) -> Double {
        var sum = 0.0
        for chunk in 0..<FixedChunks.count(of: prediction.count) {
            sum += evaluate(
                chunk: chunk, prediction: prediction, target: target, scale: scale,
                predictionGradient: predictionGradient, targetGradient: targetGradient)
        }
        return sum
    }
}
