// LossesCrossEntropyTests.swift — soft cross-entropies against PyTorch and central differences.

import Model
import Testing

@Suite struct LossesCrossEntropyTests {
    enum Form: CaseIterable {
        case binary, multiClass, multiLabel
        var columns: Int { self == .binary ? 2 : self == .multiClass ? 4 : 3 }
    }

    private let rows = 5

    private func logits(_ columns: Int) -> [Float] {
        (0..<rows * columns).map { (i: Int) -> Float in
            let (r, c) = (i / columns, i % columns)
            return Float((13 * r + 7 * c) % 32 - 16) / 4
        }
    }

    private func targets(_ form: Form) -> [Float] {
        let q = (0..<rows).map { Float($0) / 4 }
        switch form {
        case .binary: return q
        case .multiClass:
            var classes = [Float](repeating: 0, count: 4 * rows)
            for r in 0..<rows {
                classes[4 * r + r % 3] = 1 - q[r]
                classes[4 * r + r % 3 + 1] = q[r]
            }
            return classes
        case .multiLabel:
            return (0..<rows).flatMap { (r: Int) -> [Float] in [q[r], q[4 - r], q[r]] }
        }
    }

    private func evaluate(
        _ form: Form, _ logits: [Float], _ targets: [Float], scale: Double = 1
    ) -> (sum: Double, gradient: [Float]) {
        var gradient = [Float](repeating: .nan, count: logits.count)
        let sum = logits.withUnsafeBufferPointer { logits in
            targets.withUnsafeBufferPointer { targets in
                gradient.withUnsafeMutableBufferPointer { gradient in
                    switch form {
                    case .binary:
                        SoftCrossEntropy.binary(
                            logits: logits, targets: targets, scale: scale, logitGradient: gradient)
                    case .multiClass:
                        SoftCrossEntropy.multiClass(
                            logits: logits, targets: targets, classes: 4, scale: scale,
                            logitGradient: gradient)
                    case .multiLabel:
                        SoftCrossEntropy.multiLabel(
                            logits: logits, targets: targets, scale: scale, logitGradient: gradient)
                    }
                }
            }
        }
        return (sum, gradient)
    }

    @Test(arguments: Form.allCases)
    func valueAndGradientAreThoseOfPyTorch(form: Form) {
        let (sum, gradient) = evaluate(form, logits(form.columns), targets(form))
        let (golden, goldenGradient) = switch form {
        case .binary: (LossesGolden.binary, LossesGolden.binaryGradient)
        case .multiClass: (LossesGolden.multiClass, LossesGolden.multiClassGradient)
        case .multiLabel: (LossesGolden.multiLabel, LossesGolden.multiLabelGradient)
        }
        #expect(abs(sum - golden) < 1e-12 * golden)
        #expect(largestDifference(gradient, goldenGradient) < 1e-7)
    }

    @Test(arguments: Form.allCases)
    func gradientsAreCentralDifferencesTimesTheScale(form: Form) {
        let scale = 0.375
        let start = logits(form.columns)
        let (_, gradient) = evaluate(form, start, targets(form), scale: scale)
        let numeric = centralDifferences(start, step: 0x1p-9) {
            scale * evaluate(form, $0, targets(form)).sum
        }
        #expect(largestDifference(gradient, numeric) < 1e-6)
    }

    @Test(arguments: Form.allCases)
    func hugeLogitsOverflowNowhere(form: Form) {
        for size: Float in [1e4, 1e30] {
            let huge = logits(form.columns).map { $0 * size }
            let (sum, gradient) = evaluate(form, huge, targets(form))
            #expect(sum.isFinite && sum >= 0)
            #expect(gradient.allSatisfy { $0.isFinite })
        }
    }

    @Test func aSureAndRightAnswerCostsNothing() {
        let (sum, gradient) = evaluate(.binary, [-60, 60, 60, -60], [1, 0])
        #expect(sum < 1e-50)
        #expect(gradient.allSatisfy { abs($0) < 1e-20 })
    }

    @Test(arguments: Form.allCases)
    func anEmptyShareContributesZero(form: Form) {
        #expect(evaluate(form, [], []).sum == 0)
    }

    @Test(arguments: Form.allCases)
    func aNaNLogitIsNotHidden(form: Form) {
        for position in 0..<form.columns {
            var broken = logits(form.columns)
            broken[position] = .nan
            let (sum, gradient) = evaluate(form, broken, targets(form))
            #expect(sum.isNaN)
            #expect(gradient.contains { $0.isNaN })
        }
    }

    @Test func softplusIsStableAtBothEnds() {
        #expect(Softplus.value(1000) == 1000)
        #expect(Softplus.value(-1000) == 0)
        #expect(abs(Softplus.value(-40) / 4.248_354_255_291_589e-18 - 1) < 1e-12)
        #expect(abs(Softplus.value(0) - 0.693_147_180_559_945) < 1e-14)
        #expect(Softplus.slope(1000) == 1 && Softplus.slope(-1000) == 0 && Softplus.slope(0) == 0.5)
    }
}
