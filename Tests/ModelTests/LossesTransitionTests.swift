// LossesTransitionTests.swift — the transition loss against its plain twin and central differences.

import Model
import Tensor
import Testing

@Suite struct LossesTransitionTests {
    private func numbers(_ count: Int, sample: Int) -> [Float] {
        var random = Philox(seed: 5, stream: .test, sample: sample)
        return (0..<count).map { _ in random.normal() }
    }

    private struct Outcome: Equatable {
        var sum: Double
        var predictionGradient: [Float]
        var targetGradient: [Float]
    }

    private func evaluate(
        _ prediction: [Float], _ target: [Float], scale: Double, stopping: Bool = false,
        chunkOrder: [Int]? = nil
    ) -> Outcome {
        var predictionGradient = [Float](repeating: .nan, count: prediction.count)
        var targetGradient = [Float](repeating: 0.5, count: prediction.count)
        let sum = prediction.withUnsafeBufferPointer { p in
            target.withUnsafeBufferPointer { t in
                predictionGradient.withUnsafeMutableBufferPointer { dp in
                    targetGradient.withUnsafeMutableBufferPointer { dt in
                        guard let chunkOrder else {
                            return TransitionLoss.evaluate(
                                prediction: p, target: t, scale: scale, predictionGradient: dp,
                                targetGradient: stopping ? nil : dt)
                        }
                        var sums = [Double](repeating: 0, count: chunkOrder.count)
                        for chunk in chunkOrder {
                            sums[chunk] = TransitionLoss.evaluate(
                                chunk: chunk, prediction: p, target: t, scale: scale,
                                predictionGradient: dp, targetGradient: stopping ? nil : dt)
                        }
                        return sums.reduce(0, +)
                    }
                }
            }
        }
        return Outcome(sum: sum, predictionGradient: predictionGradient, targetGradient: targetGradient)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 100, 16384, 40_001])
    func fastPassIsThePlainFormula(count: Int) {
        let prediction = numbers(count, sample: 1)
        let target = numbers(count, sample: 2)
        let scale = 0.125
        let fast = evaluate(prediction, target, scale: scale)
        var sum = 0.0
        for i in 0..<count {
            let difference = prediction[i] - target[i]
            sum += Double(difference) * Double(difference)
            let gradient = Float(2 * scale) * difference
            #expect(fast.predictionGradient[i] == gradient)
            #expect(fast.targetGradient[i] == 0.5 - gradient)
        }
        #expect(abs(fast.sum - sum) <= 1e-13 * sum)
    }

    @Test func gradientsAreCentralDifferences() {
        let prediction = numbers(21, sample: 3).map { ($0 * 64).rounded() / 64 }
        let target = numbers(21, sample: 4).map { ($0 * 64).rounded() / 64 }
        let scale = 1.0 / 84
        let outcome = evaluate(prediction, target, scale: scale)
        let byPrediction = centralDifferences(prediction, step: 0x1p-6) {
            scale * evaluate($0, target, scale: scale).sum
        }
        let byTarget = centralDifferences(target, step: 0x1p-6) {
            scale * evaluate(prediction, $0, scale: scale).sum
        }
        #expect(largestDifference(outcome.predictionGradient, byPrediction) < 1e-7)
        #expect(largestDifference(outcome.targetGradient.map { $0 - 0.5 }, byTarget) < 1e-7)
    }

    @Test func stoppingTheGradientLeavesTheTargetAlone() {
        let prediction = numbers(50, sample: 5)
        let target = numbers(50, sample: 6)
        let free = evaluate(prediction, target, scale: 1)
        let stopped = evaluate(prediction, target, scale: 1, stopping: true)
        #expect(stopped.targetGradient.allSatisfy { $0 == 0.5 })
        #expect(stopped.sum == free.sum)
        #expect(stopped.predictionGradient == free.predictionGradient)
    }

    @Test func chunksInAnyOrderGiveTheSameBytes() {
        let count = 3 * FixedChunks.length + 77
        let prediction = numbers(count, sample: 7)
        let target = numbers(count, sample: 8)
        #expect(FixedChunks.count(of: count) == 4)
        let whole = evaluate(prediction, target, scale: 0.01)
        #expect(evaluate(prediction, target, scale: 0.01, chunkOrder: [2, 0, 3, 1]) == whole)
    }

    @Test func sharesAddUpToTheGlobalMean() {
        let prediction = numbers(60, sample: 9)
        let target = numbers(60, sample: 10)
        let whole = evaluate(prediction, target, scale: 1.0 / 60)
        var sum = 0.0
        var gradient: [Float] = []
        for share in [0..<7, 7..<7, 7..<60] {
            let part = evaluate(Array(prediction[share]), Array(target[share]), scale: 1.0 / 60)
            sum += part.sum
            gradient += part.predictionGradient
        }
        #expect(abs(sum - whole.sum) < 1e-12 * whole.sum)
        #expect(gradient == whole.predictionGradient)
    }
}
