// OptimizerStepTests.swift — optimizers against PyTorch, in cut-up ranges, and through a checkpoint.

import Model
import Testing

@Suite struct OptimizerStepTests {
    // P parameters; the rules of Oracle/losses_golden.py.
    private static let count = 37
    private static let exempt = 5..<9
    private static let steps = 6

    private static var parameters: [Float] {
        (0..<count).map { (i: Int) -> Float in Float((37 * i + 11) % 64 - 32) / 32 }
    }

    private static func gradient(_ step: Int) -> [Float] {
        (0..<count).map { (i: Int) -> Float in
            Float((53 * i + 29 * step + 7) % 128 - 64) / 64 * (i % 5 == 0 ? 0x1p-24 : 1)
        }
    }

    private static func ranges() throws -> DecayRanges {
        try DecayRanges(count: count, withoutDecay: [exempt])
    }

    enum Kind: CaseIterable {
        case adam, adamW, sgd, momentum, nesterov

        func make() throws -> any Optimizer {
            let ranges = try OptimizerStepTests.ranges()
            return switch self {
            case .adam: try Adam(ranges: ranges, weightDecay: 0.05)
            case .adamW: try Adam(ranges: ranges, weightDecay: 0.05, decay: .decoupled)
            case .sgd: try SGD(ranges: ranges, momentum: 0, weightDecay: 0.05)
            case .momentum: try SGD(ranges: ranges, weightDecay: 0.05)
            case .nesterov: try SGD(ranges: ranges, nesterov: true, weightDecay: 0.05)
            }
        }

        var golden: [Float] {
            switch self {
            case .adam: OptimizerGolden.adam
            case .adamW: OptimizerGolden.adamW
            case .sgd: OptimizerGolden.sgd
            case .momentum: OptimizerGolden.momentum
            case .nesterov: OptimizerGolden.nesterov
            }
        }
    }

    private static func step(
        _ optimizer: any Optimizer, _ parameters: inout [Float], _ step: Int, clip: Double? = nil,
        cuts: [Range<Int>] = [0..<count]
    ) {
        parameters.withUnsafeMutableBufferPointer { parameters in
            gradient(step).withUnsafeBufferPointer { gradient in
                let scale = clip.map {
                    GradientNorm.clipScale(norm: GradientNorm.norm(of: gradient), limit: $0)
                }
                optimizer.beginStep(learningRate: 0.01 / Double(1 + step), gradientScale: scale ?? 1)
                for cut in cuts { optimizer.update(cut, of: parameters, gradient: gradient) }
            }
        }
    }

    private static func run(
        _ optimizer: any Optimizer, clip: Double? = nil, cuts: [Range<Int>] = [0..<count]
    ) -> [Float] {
        var parameters = parameters
        for step in 0..<steps { self.step(optimizer, &parameters, step, clip: clip, cuts: cuts) }
        return parameters
    }

    private func isClose(_ a: [Float], _ b: [Float]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 4e-7 * max(abs($1), 0.1) }
    }

    @Test(arguments: Kind.allCases)
    func sixStepsEqualThoseOfPyTorch(kind: Kind) throws {
        #expect(isClose(Self.run(try kind.make()), kind.golden))
    }

    @Test func clippedStepsEqualThoseOfPyTorch() throws {
        #expect(isClose(Self.run(try Kind.adam.make(), clip: 0.5), OptimizerGolden.adamClipped))
        #expect(!isClose(OptimizerGolden.adam, OptimizerGolden.adamClipped))
    }

    @Test func statesEqualThoseOfPyTorch() throws {
        let adam = try Kind.adam.make()
        _ = Self.run(adam)
        #expect(adam.state.map(\.name) == ["exp_avg", "exp_avg_sq"])
        for (found, golden) in zip(
            adam.state, [OptimizerGolden.adamFirstMoment, OptimizerGolden.adamSecondMoment])
        {
            // Relative, because second moments go down to 10⁻¹⁸.
            #expect(zip(found.values, golden).allSatisfy { abs($0 - $1) <= 2e-6 * abs($1) })
        }
        let momentum = try Kind.momentum.make()
        _ = Self.run(momentum)
        #expect(momentum.state.map(\.name) == ["momentum"])
        // Absolute: a buffer near zero is what is left of summands near one, each rounded to 6e-8.
        #expect(
            zip(momentum.state[0].values, OptimizerGolden.momentumBuffer).allSatisfy { abs($0 - $1) <= 4e-7 })
        #expect(try Kind.sgd.make().state.isEmpty)
    }

    @Test(arguments: Kind.allCases)
    func cutsOfTheRangeDoNotMatter(kind: Kind) throws {
        let whole = Self.run(try kind.make())
        let cuts = [30..<37, 0..<6, 6..<7, 7..<7, 7..<20, 20..<30]
        #expect(Self.run(try kind.make(), cuts: cuts) == whole)
    }

    @Test(arguments: Kind.allCases)
    func aRestoredOptimizerContinuesWithTheSameBytes(kind: Kind) throws {
        let original = try kind.make()
        var parameters = Self.parameters
        for step in 0..<3 { Self.step(original, &parameters, step) }

        let restored = try kind.make()
        restored.stepCount = original.stepCount
        for (mine, theirs) in zip(restored.state, original.state) {
            _ = mine.values.update(from: theirs.values)
        }
        var continued = parameters
        for step in 3..<6 {
            Self.step(original, &parameters, step)
            Self.step(restored, &continued, step)
        }
        #expect(parameters == continued)
        #expect(restored.stepCount == 6)
    }

    @Test func exemptRangesDoNotDecay() throws {
        for decay in Adam.Decay.allCases {
            let optimizer = try Adam(ranges: try Self.ranges(), weightDecay: 0.05, decay: decay)
            var parameters = [Float](repeating: 1, count: Self.count)
            let zeros = [Float](repeating: 0, count: Self.count)
            optimizer.beginStep(learningRate: 0.1, gradientScale: 1)
            parameters.withUnsafeMutableBufferPointer { p in
                zeros.withUnsafeBufferPointer { optimizer.update(0..<Self.count, of: p, gradient: $0) }
            }
            for i in parameters.indices { #expect((parameters[i] == 1) == Self.exempt.contains(i)) }
        }
    }

    @Test func normIsThatOfTheWholeGradientInAnyNumberOfChunks() {
        Self.gradient(0).withUnsafeBufferPointer {
            #expect(abs(GradientNorm.norm(of: $0) - OptimizerGolden.norm) < 1e-14 * OptimizerGolden.norm)
        }
        let long = (0..<3 * FixedChunks.length + 5).map { Float($0 % 7) - 3 }
        long.withUnsafeBufferPointer { gradient in
            // Integers: every sum is exact.
            let exact = gradient.reduce(0.0) { $0 + Double($1 * $1) }
            #expect(GradientNorm.norm(of: gradient) == exact.squareRoot())
            #expect(FixedChunks.count(of: gradient.count) == 4)
        }
        #expect(GradientNorm.norm(of: UnsafeBufferPointer(start: nil, count: 0)) == 0)
    }

    @Test func clippingOnlyShrinks() {
        #expect(GradientNorm.clipScale(norm: 0.5, limit: 1) == 1)
        #expect(GradientNorm.clipScale(norm: 0, limit: 1) == 1)
        #expect(abs(GradientNorm.clipScale(norm: 4, limit: 1) - 0.25) < 1e-6)
        #expect(GradientNorm.clipScale(norm: .infinity, limit: 1).isNaN)
        #expect(GradientNorm.clipScale(norm: .nan, limit: 1).isNaN)
    }

    @Test func weightAverageFollowsTheWeights() throws {
        let start: [Float] = [1, 2, 3]
        let average = try start.withUnsafeBufferPointer { try WeightAverage(of: $0, decay: 0.75) }
        #expect(Array(average.values) == start)
        [Float](arrayLiteral: 5, 2, -1).withUnsafeBufferPointer {
            average.update(0..<2, with: $0)
            average.update(2..<3, with: $0)
            average.update(1..<1, with: $0)
        }
        #expect(Array(average.values) == [2, 2, 2])
    }

    @Test func badSettingsAreRefused() throws {
        let ranges = try Self.ranges()
        #expect(throws: ObjectiveError.self) { try Adam(ranges: ranges, beta1: 1) }
        #expect(throws: ObjectiveError.self) { try Adam(ranges: ranges, beta2: .nan) }
        #expect(throws: ObjectiveError.self) { try Adam(ranges: ranges, weightDecay: -1) }
        #expect(throws: ObjectiveError.self) { try SGD(ranges: ranges, momentum: 1) }
        #expect(throws: ObjectiveError.self) { try SGD(ranges: ranges, momentum: 0, nesterov: true) }
        #expect(throws: ObjectiveError.self) { try DecayRanges(count: 4, withoutDecay: [2..<5]) }
        #expect(throws: ObjectiveError.self) { try DecayRanges(count: 9, withoutDecay: [2..<5, 4..<6]) }
        [Float](arrayLiteral: 1).withUnsafeBufferPointer { weights in
            _ = #expect(throws: ObjectiveError.self) { try WeightAverage(of: weights, decay: 1) }
        }
    }
}
