// Philox+Shuffle.swift — random orders. The standard library's `shuffled(using:)` does not promise the same order
// in its next version; a run that goes on after an upgrade would then repeat samples and miss others.

extension Philox {
    /// The elements in random order: Fisher and Yates, from the first place on. Each place takes one 64-bit
    /// number, and another for each that is rejected. The order is part of what checkpoints rely on: never change it.
    public mutating func shuffled<Elements: Sequence>(_ elements: Elements) -> [Elements.Element] {
        var order = Array(elements)
        for place in order.indices.dropLast() {
            order.swapAt(place, place + unbiasedInteger(below: order.count - place))
        }
        return order
    }

    /// Uniform in 0 ..< `bound` without any bias: Lemire, "Fast random integer generation in an interval", 2019.
    private mutating func unbiasedInteger(below bound: Int) -> Int {
        let bound = UInt64(bound)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let rejected = (0 &- bound) % bound
            while product.low < rejected { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(product.high)
    }
}
