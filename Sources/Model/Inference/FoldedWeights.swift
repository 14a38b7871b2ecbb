// FoldedWeights.swift — weights with the batch norm behind them multiplied in, in memory of their own.

import CKernels
import Tensor

/// Float32 numbers on a cache line, freed with their owner.
final class OwnedFloats {
    let data: UnsafeMutablePointer<Float>

    init(count: Int) {
        data = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64
        ).bindMemory(to: Float.self, capacity: max(count, 1))
        data.initialize(repeating: 0, count: count)
    }

    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        data.update(from: values, count: values.count)
    }

    deinit { data.deallocate() }
}

/// Reads a network's arrays by name and folds batch norms: with running statistics
/// γ · (W·x − μ) / √(σ² + ε) + β is (s·W)·x + (β − s·μ), s = γ / √(σ² + ε).
struct WeightFolder {
    private let parameters: Parameters
    private let epsilon: Float
    private let slots: [String: Slot]
    private let bufferSlots: [String: Slot]

    init(_ parameters: Parameters, epsilon: Float) {
        self.parameters = parameters
        self.epsilon = epsilon
        slots = Dictionary(uniqueKeysWithValues: parameters.slots.map { ($0.name, $0) })
        bufferSlots = Dictionary(uniqueKeysWithValues: parameters.bufferSlots.map { ($0.name, $0) })
    }

    func array(_ name: String) -> [Float] {
        guard let slot = slots[name] else { preconditionFailure("WeightFolder: no parameter \(name)") }
        return Array(parameters.values[slot.range])
    }

    /// The factor s and the shift of each channel of the batch norm `name`.
    func norm(_ name: String) -> (scale: [Float], shift: [Float]) {
        guard let mean = bufferSlots[name + ".running_mean"], let variance = bufferSlots[name + ".running_var"]
        else { preconditionFailure("WeightFolder: no batch norm \(name)") }
        let scale = zip(array(name + ".weight"), parameters.buffers[variance.range]).map {
            $0 * (1 / ($1 + epsilon).squareRoot())
        }
        let shift = zip(zip(array(name + ".bias"), parameters.buffers[mean.range]), scale).map {
            $0.0 - $0.1 * $1
        }
        return (scale, shift)
    }

    /// Weights `[out, in]` and a bias `[out]` that are a convolution and the batch norm behind it.
    func rows(_ convolution: String, _ norm: String) -> (weight: [Float], bias: [Float]) {
        let (scale, shift) = self.norm(norm)
        var weight = array(convolution + ".weight")
        let inputs = weight.count / scale.count
        for (row, factor) in scale.enumerated() {
            for i in row * inputs..<(row + 1) * inputs { weight[i] *= factor }
        }
        return (weight, shift)
    }

    /// The same of a depthwise convolution, whose weights are `[taps, channels]`.
    func taps(_ convolution: String, _ norm: String) -> (weight: [Float], bias: [Float]) {
        let (scale, shift) = self.norm(norm)
        var weight = array(convolution + ".weight")
        for i in weight.indices { weight[i] *= scale[i % scale.count] }
        return (weight, shift)
    }
}

/// A product with weights that were packed for this processor, a bias and an activation.
final class PackedProduct {
    let inputs: Int
    let outputs: Int
    private let products: Products
    private let packed: OwnedFloats
    private let bias: OwnedFloats
    private let activation: Int32

    /// - Parameter weight: `[outputs, inputs]`; rows `range` of it are packed.
    init(
        _ products: Products, _ weight: [Float], bias: [Float], rows range: Range<Int>, inputs: Int,
        activation: BatchNorm.Activation
    ) {
        self.products = products
        self.inputs = inputs
        outputs = range.count
        let packed = OwnedFloats(count: bw_gemm_packed_count(products.kind, range.count, inputs))
        weight.withUnsafeBufferPointer {
            bw_gemm_pack(
                products.kind, $0.baseAddress! + range.lowerBound * inputs, inputs, 1, range.count, inputs, packed.data,
                0, 1)
        }
        self.packed = packed
        self.bias = OwnedFloats(Array(bias[range]))
        self.activation = activation.rawValue
    }

    /// y `[rows, outputs]` = act(x · Wᵀ + b) (+ y before the activation if `adds`), on this thread.
    func apply(
        rows: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, ldy: Int, adds: Bool = false
    ) {
        var epilogue = bw_gemm_epilogue()
        epilogue.bias = UnsafePointer(bias.data)
        epilogue.activation = activation
        bw_gemm_packed(
            products.kind, rows, outputs, inputs, x, inputs, packed.data, adds ? 1 : 0, y, ldy, &epilogue)
    }
}
