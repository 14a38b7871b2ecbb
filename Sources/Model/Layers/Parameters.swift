// Parameters.swift — all weights of a network in one flat buffer, their gradients in another.
//
// Flat buffers make the rest simple: the optimiser is one pass, a gradient bucket is a range, a
// checkpoint is a list of named ranges. Parameters lie in the order in which the forward pass uses
// them, so that the backward pass completes the buffer from its end.

import Tensor

/// The place of one named parameter or buffer in its flat buffer.
public struct Slot: Sendable {
    /// The path of the layer and the array's name, such as "backbone.blocks.3.expand.weight".
    public let name: String
    public let shape: [Int]
    /// Floats from the start of the flat buffer.
    public let offset: Int
    public var count: Int { shape.reduce(1, *) }
    public var range: Range<Int> { offset..<offset + count }
}

/// How a parameter gets its first values.
public enum Initializer: Sendable {
    case constant(Float)
    /// Normal with the given standard deviation.
    case normal(Float)
    /// Uniform in ±bound.
    case uniform(Float)
}

/// The weights, gradients and non-trained state of one network.
public final class Parameters {
    /// Slots of the trained parameters, in forward order.
    public private(set) var slots: [Slot] = []
    /// Slots of state that is not trained: running statistics.
    public private(set) var bufferSlots: [Slot] = []
    public private(set) var values = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
    public private(set) var gradients = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
    public private(set) var buffers = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)

    private var initializers: [Initializer] = []
    private var bufferValues: [Float] = []
    private var names: Set<String> = []
    /// Whose weights these are, if not our own.
    private var owner: Parameters?

    public init() {}

    deinit {
        if owner == nil { values.deallocate() }
        gradients.deallocate()
        buffers.deallocate()
    }

    /// Declares a trained parameter. Its index is that of `slots`.
    public func declare(_ name: String, shape: [Int], _ initializer: Initializer) -> Int {
        precondition(names.insert(name).inserted, "Parameters: \(name) is declared twice")
        let end = slots.last.map { Self.aligned($0.range.upperBound) } ?? 0
        slots.append(Slot(name: name, shape: shape, offset: end))
        initializers.append(initializer)
        return slots.count - 1
    }

    /// Declares state that is not trained, filled with `value`. Its index is that of `bufferSlots`.
    public func declareBuffer(_ name: String, shape: [Int], value: Float) -> Int {
        precondition(names.insert(name).inserted, "Parameters: \(name) is declared twice")
        let end = bufferSlots.last.map { Self.aligned($0.range.upperBound) } ?? 0
        bufferSlots.append(Slot(name: name, shape: shape, offset: end))
        bufferValues.append(value)
        return bufferSlots.count - 1
    }

    /// Numbers that are trained, without the padding between slots.
    public var parameterCount: Int { slots.reduce(0) { $0 + $1.count } }

    /// Makes the flat buffers and fills them. The values follow from the seed and each parameter's
    /// place alone.
    public func allocate(seed: UInt64) {
        precondition(values.count == 0, "Parameters: allocated twice")
        values = Self.zeros(slots.last.map { Self.aligned($0.range.upperBound) } ?? 0)
        gradients = Self.zeros(values.count)
        buffers = Self.zeros(bufferSlots.last.map { Self.aligned($0.range.upperBound) } ?? 0)
        for (index, slot) in slots.enumerated() {
            var random = Philox(seed: seed, stream: .initialization, sample: index)
            switch initializers[index] {
            case .constant(let value):
                for i in slot.range { values[i] = value }
            case .normal(let deviation):
                for i in slot.range { values[i] = deviation * random.normal() }
            case .uniform(let bound):
                for i in slot.range { values[i] = random.uniform(-bound, bound) }
            }
        }
        for (slot, value) in zip(bufferSlots, bufferValues) {
            for i in slot.range { buffers[i] = value }
        }
    }

    /// As `allocate`, with the weights of `other`, a network of the same shape: both read and change the
    /// same numbers. Gradients, and state that is not trained, are each one's own.
    package func allocate(sharing other: Parameters) {
        precondition(
            values.count == 0 && slots.map(\.range) == other.slots.map(\.range)
                && bufferSlots.map(\.range) == other.bufferSlots.map(\.range),
            "Parameters: a network of another shape")
        owner = other
        values = other.values
        gradients = Self.zeros(values.count)
        buffers = Self.zeros(other.buffers.count)
        _ = buffers.update(fromContentsOf: other.buffers)
    }

    public func zeroGradients() {
        gradients.update(repeating: 0)
    }

    /// Swaps the weights with others of the same layout, such as averaged ones.
    public func exchange(with others: UnsafeMutableBufferPointer<Float>) {
        precondition(others.count == values.count, "Parameters: \(others.count) for \(values.count)")
        for i in values.indices { swap(&values[i], &others[i]) }
    }

    // Layers reach their arrays by index.
    func value(_ index: Int) -> UnsafeMutablePointer<Float> { values.baseAddress! + slots[index].offset }
    func gradient(_ index: Int) -> UnsafeMutablePointer<Float> {
        gradients.baseAddress! + slots[index].offset
    }
    func buffer(_ index: Int) -> UnsafeMutablePointer<Float> {
        buffers.baseAddress! + bufferSlots[index].offset
    }

    /// Slots start on cache lines; the gaps stay zero and are reduced with the rest.
    private static func aligned(_ offset: Int) -> Int { (offset + 15) / 16 * 16 }

    private static func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
        let raw = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
        let buffer = raw.bindMemory(to: Float.self)
        buffer.initialize(repeating: 0)
        return UnsafeMutableBufferPointer(rebasing: buffer[0..<count])
    }
}
