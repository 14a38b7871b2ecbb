// PhiloxDistributionTests.swift — the distributions' moments, ranges and tails. Seeds are fixed, so a
// test that passes once passes always; tolerances are about five standard errors.

import Tensor
import Testing

@Suite struct PhiloxDistributionTests {
    /// Mean, variance, skewness, kurtosis.
    private func moments(_ count: Int, _ draw: (inout Philox) -> Double) -> [Double] {
        var random = Philox(seed: 17, stream: .test, sample: 4)
        let x = (0..<count).map { _ in draw(&random) }
        let mean = x.reduce(0, +) / Double(count)
        var (second, third, fourth) = (0.0, 0.0, 0.0)
        for value in x {
            let d = value - mean
            second += d * d
            third += d * d * d
            fourth += d * d * d * d
        }
        let variance = second / Double(count)
        return [
            mean, variance, third / Double(count) / (variance * variance.squareRoot()),
            fourth / Double(count) / (variance * variance),
        ]
    }

    private func expect(_ measured: [Double], _ expected: [Double], within tolerance: Double) {
        for (place, (a, b)) in zip(measured, expected).enumerated() {
            #expect(abs(a - b) <= tolerance * max(1, abs(b)), "moment \(place + 1): \(a) for \(b)")
        }
    }

    @Test func uniformDrawsHaveUniformMoments() {
        var random = Philox(seed: 2, stream: .test)
        let onGrid = (0..<10_000).allSatisfy { _ in
            let x = random.uniform()
            return x >= 0 && x < 1 && x * 0x1p24 == (x * 0x1p24).rounded()
        }
        #expect(onGrid)
        expect(moments(200_000) { Double($0.uniform()) }, [0.5, 1.0 / 12, 0, 1.8], within: 0.01)
        expect(moments(100_000) { Double($0.uniform(-3, 5)) }, [1, 64.0 / 12, 0, 1.8], within: 0.02)
    }

    @Test func chanceIsAProbability() {
        var random = Philox(seed: 2, stream: .test, sample: 1)
        #expect((0..<1000).allSatisfy { _ in !random.chance(0) })
        #expect((0..<1000).allSatisfy { _ in random.chance(1) })
        var hits = 0
        for _ in 0..<100_000 where random.chance(0.3) { hits += 1 }
        #expect(abs(Double(hits) / 100_000 - 0.3) < 0.006)
    }

    @Test func normalDrawsHaveNormalMomentsAndTails() {
        expect(moments(200_000) { Double($0.normal()) }, [0, 1, 0, 3], within: 0.03)
        var random = Philox(seed: 8, stream: .test)
        let draws = (0..<200_000).map { _ in abs(random.normal()) }
        #expect(draws.allSatisfy { $0.isFinite })
        // P(|x| > 2) = 0.0455, P(|x| > 3) = 0.0027.
        #expect(abs(Double(draws.filter { $0 > 2 }.count) / 200_000 - 0.0455) < 0.0023)
        #expect(abs(Double(draws.filter { $0 > 3 }.count) / 200_000 - 0.0027) < 0.0006)
    }

    @Test func aNormalDrawTakesTwoNumbers() {
        var (drawn, skipped) = (Philox(seed: 8, stream: .test), Philox(seed: 8, stream: .test))
        for _ in 0..<7 { _ = drawn.normal() }
        for _ in 0..<14 { _ = skipped.next32() }
        #expect(drawn.next32() == skipped.next32())
    }

    @Test(arguments: [0.3, 1, 4.5]) func gammaDrawsHaveGammaMoments(shape: Double) {
        let measured = moments(200_000) { $0.gamma(shape: shape) }
        expect(Array(measured.prefix(3)), [shape, shape, 2 / shape.squareRoot()], within: 0.04)
    }

    @Test(arguments: [(0.5, 0.5), (1, 1), (2, 2), (2, 5)])
    func betaDrawsHaveBetaMoments(shape: (a: Double, b: Double)) {
        let (a, b) = shape
        let total = a + b
        let variance = a * b / (total * total * (total + 1))
        let skew = 2 * (b - a) * (total + 1).squareRoot() / ((total + 2) * (a * b).squareRoot())
        var outside = 0
        let measured = moments(100_000) { random in
            let x = random.beta(a, b)
            if !(x >= 0 && x <= 1) { outside += 1 }
            return Double(x)
        }
        #expect(outside == 0)
        expect(Array(measured.prefix(3)), [a / total, variance, skew], within: 0.02)
    }

    @Test(arguments: [1, 2, 7, 10, 96, 1000]) func integersAreUnbiased(bound: Int) {
        var random = Philox(seed: 23, stream: .test, sample: bound)
        var counts = [Int](repeating: 0, count: bound)
        let draws = max(50_000, bound * 50)
        for _ in 0..<draws { counts[random.integer(below: bound)] += 1 }
        let expected = Double(draws) / Double(bound)
        let chiSquare = counts.reduce(0.0) { sum, count in
            sum + (Double(count) - expected) * (Double(count) - expected) / expected
        }
        // Mean bound − 1, standard deviation √(2(bound − 1)).
        let freedom = Double(bound - 1)
        #expect(abs(chiSquare - freedom) <= 4.5 * (2 * freedom).squareRoot(), "χ² \(chiSquare)")
    }

    @Test func integersBelowAHugeBoundFillItEvenly() {
        // Three quarters of 2⁶³: a remainder of 63 bits would favour the first third.
        let bound = 3 << 61
        var random = Philox(seed: 23, stream: .test)
        let draws = (0..<30_000).map { _ in random.integer(below: bound) }
        #expect(draws.allSatisfy { $0 >= 0 && $0 < bound })
        for third in 0..<3 {
            let range = bound / 3 * third..<bound / 3 * (third + 1)
            let share = Double(draws.filter(range.contains).count) / 30_000
            #expect(abs(share - 1.0 / 3) < 0.012)
        }
    }

    @Test func integersInARangeReachBothEnds() {
        var random = Philox(seed: 29, stream: .test)
        #expect(Set((0..<1000).map { _ in random.integer(in: -2...3) }) == Set(-2...3))
        #expect(random.integer(in: 5...5) == 5)
    }
}
