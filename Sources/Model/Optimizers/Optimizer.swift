// Optimizer.swift — what the trainer asks of an optimizer.
// Parameters, gradient and state are flat buffers; names and shapes belong to the network.

// P parameters.

/// Updates flat parameters from a flat gradient.
///
/// A step is one `beginStep(learningRate:gradientScale:)` and then `update` over ranges that cover
/// 0 ..< P once. Ranges may run at the same time on several threads; all else is for one thread.
/// Results do not depend on the cuts.
public protocol Optimizer: AnyObject {
    /// Steps begun so far. Set when a checkpoint is restored.
    var stepCount: Int { get set }

    /// Buffers [P] that a checkpoint stores and restores in place, by PyTorch's names. The memory
    /// lives as long as the optimizer.
    var state: [(name: String, values: UnsafeMutableBufferPointer<Float>)] { get }

    /// Counts the step and fixes its rates.
    /// - Parameters:
    ///   - learningRate: of this step.
    ///   - gradientScale: multiplies the gradient before all else: `GradientNorm.clipScale`, or 1.
    func beginStep(learningRate: Double, gradientScale: Double)

    /// Updates the parameters in `range`. Both buffers are whole, [P]. Cost: one pass over the
    /// range of parameters, gradient and state; bound by memory.
    func update(
        _ range: Range<Int>, of parameters: UnsafeMutableBufferPointer<Float>,
        gradient: UnsafeBufferPointer<Float>)
}
