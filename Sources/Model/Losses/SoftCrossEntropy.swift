// SoftCrossEntropy.swift — cross-entropy against probabilities, with its gradient.

import Glibc

// M rows (feature maps of this rank; may be 0), K classes or labels.

/// Soft cross-entropies over logits.
///
/// Convention of all losses here: the return value is the *sum* over this rank's rows, unscaled, to
/// be summed over ranks and divided by the global row count; `logitGradient` is overwritten with
/// the derivative times `scale` = weight / (global row count), so that the plain sum of all ranks'
/// parameter gradients is the gradient of the weighted global mean. Double inside; cost O(M·K).
public enum SoftCrossEntropy {
    /// Two logits a row, index 1 meaning "present".
    /// - Parameters:
    ///   - logits: [M, 2].
    ///   - targets: [M], probability of index 1, in [0, 1].
    ///   - scale: weight / global row count.
    ///   - logitGradient: [M, 2], overwritten.
    /// - Returns: Σ over rows of −(1−q)·log p₀ − q·log p₁.
    public static func binary(
        logits: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>, scale: Double,
        logitGradient: UnsafeMutableBufferPointer<Float>
    ) -> Double {
        let rows = targets.count
        precondition(
            logits.count == 2 * rows && logitGradient.count == 2 * rows,
            "SoftCrossEntropy: \(logits.count) logits, \(logitGradient.count) gradients, "
                + "\(rows) rows of 2")
        var sum = 0.0
        for row in 0..<rows {
            // The softmax of two logits is the sigmoid of their difference.
            let (loss, slope) = sigmoidLoss(
                Double(logits[2 * row + 1]) - Double(logits[2 * row]), Double(targets[row]))
            sum += loss
            logitGradient[2 * row] = Float(-slope * scale)
            logitGradient[2 * row + 1] = Float(slope * scale)
        }
        return sum
    }

    /// One softmax over K classes a row.
    /// - Parameters:
    ///   - logits: [M, K].
    ///   - targets: [M, K], each row a distribution.
    ///   - scale: weight / global row count.
    ///   - logitGradient: [M, K], overwritten.
    /// - Returns: Σ over rows of −Σ_k q_k·log p_k.
    public static func multiClass(
        logits: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>, classes: Int,
        scale: Double, logitGradient: UnsafeMutableBufferPointer<Float>
    ) -> Double {
        precondition(
            logits.count == targets.count && logitGradient.count == logits.count
                && logits.count % classes == 0,
            "SoftCrossEntropy: \(logits.count) logits, \(targets.count) targets, "
                + "\(logitGradient.count) gradients of \(classes) classes")
        var sum = 0.0
        for start in stride(from: 0, to: logits.count, by: classes) {
            let row = start..<start + classes
            // Logits count from the row's largest, so that no exponential overflows.
            let largest = row.reduce(-Double.infinity) { max($0, Double(logits[$1])) }
            let total = row.reduce(0.0) { $0 + exp(Double(logits[$1]) - largest) }
            let mass = row.reduce(0.0) { $0 + Double(targets[$1]) }
            for i in row {
                let shifted = Double(logits[i]) - largest
                sum += Double(targets[i]) * (log(total) - shifted)
                logitGradient[i] = Float((exp(shifted) / total * mass - Double(targets[i])) * scale)
            }
        }
        return sum
    }

    /// One sigmoid per label; a row's loss is the sum over its labels, like that of three heads.
    /// - Parameters:
    ///   - logits: [M, K].
    ///   - targets: [M, K], each in [0, 1].
    ///   - scale: weight / global row count (rows, not labels).
    ///   - logitGradient: [M, K], overwritten.
    public static func multiLabel(
        logits: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>, scale: Double,
        logitGradient: UnsafeMutableBufferPointer<Float>
    ) -> Double {
        precondition(
            logits.count == targets.count && logitGradient.count == logits.count,
            "SoftCrossEntropy: \(logits.count) logits, \(targets.count) targets, "
                + "\(logitGradient.count) gradients")
        var sum = 0.0
        for i in 0..<logits.count {
            let (loss, slope) = sigmoidLoss(Double(logits[i]), Double(targets[i]))
            sum += loss
            logitGradient[i] = Float(slope * scale)
        }
        return sum
    }

    /// −q·log σ(x) − (1−q)·log(1−σ(x)) and its derivative σ(x) − q, without overflow or cancellation.
    private static func sigmoidLoss(_ x: Double, _ q: Double) -> (loss: Double, slope: Double) {
        let loss = (x > 0 ? (1 - q) * x : -q * x) + log1p(exp(-abs(x)))
        return (loss, Softplus.slope(x) - q)
    }
}
