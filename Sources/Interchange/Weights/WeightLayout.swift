// WeightLayout.swift — from our order of a weight's axes to PyTorch's and back.
//
// O out channels, I in channels, k×k taps, S the side of a spread map. Ours have channels innermost:
//
//   ours                                      PyTorch's
//   convolution        [O, k, k, I]           Conv2d            [O, I, k, k]
//   depthwise          [k, k, C]              Conv2d, groups=C  [C, 1, k, k]
//   pointwise          [O, I]                 Conv2d 1×1        [O, I, 1, 1]; Linear [O, I]
//   spreading          [I, S, S, O]           ConvTranspose2d   [I, O, S, S]
//   vectors            [C]                    [C]

import Model

/// How the values of one of our arrays lie in PyTorch's.
struct WeightLayout: Equatable, Sendable {
    /// Our shape.
    let shape: [Int]
    /// Our axes in the order of PyTorch's, which may have axes of 1 in between.
    let order: [Int]
    /// PyTorch's shape.
    let external: [Int]
    /// Another shape with the same values: a 1×1 convolution's weights as those of a linear layer.
    let alternative: [Int]?
    /// The second of two concatenated inputs comes first elsewhere: columns `columnsBefore…` of PyTorch's
    /// are our first ones.
    let columnsBefore: Int

    /// - Parameters:
    ///   - isLinear: whether PyTorch has a linear layer where we have a pointwise convolution.
    ///   - columnsBefore: see the property; 0 for the same order.
    init(_ slot: Slot, isLinear: Bool = false, columnsBefore: Int = 0) {
        shape = slot.shape
        self.columnsBefore = columnsBefore
        switch shape.count {
        case 4: (order, external, alternative) = ([0, 3, 1, 2], [shape[0], shape[3], shape[1], shape[2]], nil)
        case 3: (order, external, alternative) = ([2, 0, 1], [shape[2], 1, shape[0], shape[1]], nil)
        case 2:
            order = [0, 1]
            (external, alternative) = isLinear ? (shape, shape + [1, 1]) : (shape + [1, 1], shape)
        default: (order, external, alternative) = ([0], shape, nil)
        }
    }

    func fits(_ shape: [Int]) -> Bool { shape == external || shape == alternative }

    /// Our values in PyTorch's order.
    func toExternal(_ values: some RandomAccessCollection<Float>) -> [Float] {
        let ordered = Self.permute(Array(values), shape: shape, order: order)
        return columnsBefore == 0 ? ordered : Self.rotateRows(ordered, width: shape[1], by: columnsBefore, back: true)
    }

    /// PyTorch's values in our order.
    func toOurs(_ values: [Float]) -> [Float] {
        let ordered = columnsBefore == 0
            ? values : Self.rotateRows(values, width: shape[1], by: columnsBefore, back: false)
        var inverse = order
        for (place, axis) in order.enumerated() { inverse[axis] = place }
        return Self.permute(ordered, shape: order.map { shape[$0] }, order: inverse)
    }

    /// Axis `order[i]` of `values` becomes axis i.
    private static func permute(_ values: [Float], shape: [Int], order: [Int]) -> [Float] {
        if order == Array(order.indices) { return values }
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        // Up to four axes; missing ones in front have one step.
        let pad = 4 - order.count
        let sizes = [Int](repeating: 1, count: pad) + order.map { shape[$0] }
        let steps = [Int](repeating: 0, count: pad) + order.map { strides[$0] }
        return [Float](unsafeUninitializedCapacity: values.count) { result, count in
            values.withUnsafeBufferPointer { source in
                var place = 0
                for a in 0..<sizes[0] {
                    for b in 0..<sizes[1] {
                        for c in 0..<sizes[2] {
                            var from = a * steps[0] + b * steps[1] + c * steps[2]
                            for _ in 0..<sizes[3] {
                                result[place] = source[from]
                                from += steps[3]
                                place += 1
                            }
                        }
                    }
                }
                count = place
            }
        }
    }

    /// Moves the last `by` columns of each row to the front, or back.
    private static func rotateRows(_ values: [Float], width: Int, by: Int, back: Bool) -> [Float] {
        let cut = back ? by : width - by
        return stride(from: 0, to: values.count, by: width).flatMap { row in
            values[row + cut..<row + width] + values[row..<row + cut]
        }
    }
}
