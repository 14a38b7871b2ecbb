// WorkDuringSumsTests.swift — weight gradients that are computed while batch norm's sums are under way.

import Model
import Tensor
import Testing

@Suite struct WorkDuringSumsTests {
    /// One participant that looks as if there were others: its sums take time.
    private final class SlowReducer: SumReducer {
        private(set) var asked = 0
        /// Changes of the gradients while a sum was under way.
        private(set) var changed = 0
        private let parameters: Parameters

        init(_ parameters: Parameters) { self.parameters = parameters }

        var leavesTime: Bool { true }
        func sum(_ values: UnsafeMutableBufferPointer<Double>) throws { try sum(values) {} }
        func sum(_ values: UnsafeMutableBufferPointer<Double>, meanwhile work: () throws -> Void) throws {
            asked += 1
            let (before, gradients) = (Array(values), Array(parameters.gradients))
            try work()
            if gradients != Array(parameters.gradients) { changed += 1 }
            // MPI sends and receives `values` at that time.
            #expect(before == Array(values))
        }
    }

    private static func run() -> LayerForwardRun {
        LayerForwardRun {
            EfficientNet(
                $0, "net", .tiny, imageSize: 64, padding: .symmetric,
                batchNorm: .init(momentum: 0.1, epsilon: 1e-3, synchronized: true), stochasticDepth: 0)
        }
    }

    private static func train(_ run: LayerForwardRun, _ reducer: any SumReducer) throws -> (bits: [UInt64], ready: [Int]) {
        let context = try run.context(reducer: reducer)
        var ready: [Int] = []
        context.gradientReady = { ready.append($0) }
        let result = try run.train(.random(n: 4, h: 64, w: 64, c: 3, sample: 5), context).result
        return (result.bits, ready)
    }

    /// Four pictures: the first block's maps are summed chunk by chunk, the others' as a whole.
    @Test func gradientsAreTheSameToTheBitAndEachIsReadyOnce() throws {
        let (plain, slow) = (Self.run(), Self.run())
        let reducer = SlowReducer(slow.parameters)
        let expected = try Self.train(plain, LocalReducer())
        let found = try Self.train(slow, reducer)
        #expect(expected.bits == found.bits)
        #expect(found.ready.sorted() == Array(plain.parameters.slots.indices))
        // The last block leaves its work to nobody; each other's projection is left to a sum.
        #expect(reducer.changed >= 3 && reducer.changed < reducer.asked, "\(reducer.changed) of \(reducer.asked)")
    }

    private final class FailingReducer: SumReducer {
        struct Lost: Error {}
        var failsAfter = Int.max
        var leavesTime: Bool { true }
        func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
            failsAfter -= 1
            if failsAfter == 0 { throw Lost() }
        }
    }

    /// Work that waited when a pass failed refers to memory that is gone.
    @Test func aPassThatFailedLeavesNothingToTheNext() throws {
        let run = Self.run()
        let reducer = FailingReducer()
        let context = try run.context(reducer: reducer)
        let pictures = PlainMap.random(n: 4, h: 64, w: 64, c: 3, sample: 5)
        let first = try run.train(pictures, context).result
        let buffers = Array(run.parameters.buffers)
        // In the middle of the backward pass.
        let sums = run.parameters.slots.filter { $0.name.hasSuffix("bn.weight") }.count
        reducer.failsAfter = sums + 3
        #expect(throws: FailingReducer.Lost.self) { try run.train(pictures, context) }
        reducer.failsAfter = .max
        _ = run.parameters.buffers.update(fromContentsOf: buffers)
        let again = try run.train(pictures, context).result
        #expect(first.bits == again.bits)
    }
}
