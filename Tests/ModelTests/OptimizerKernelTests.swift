// OptimizerKernelTests.swift — fast kernels against their plain twins, at lengths around the vector widths.

import CKernels
import Model
import Tensor
import Testing

@Suite struct OptimizerKernelTests {
    private func numbers(_ count: Int, sample: Int) -> [Float] {
        var random = Philox(seed: 11, stream: .test, sample: sample)
        return (0..<count).map { _ in random.normal() }
    }

    static let counts = [0, 1, 7, 8, 15, 16, 17, 33, 1000]

    @Test(arguments: counts)
    func adamEqualsItsPlainTwin(count: Int) {
        var (p, m) = (numbers(count, sample: 1), numbers(count, sample: 2))
        var v = numbers(count, sample: 3).map { $0 * $0 }
        let g = numbers(count, sample: 4)
        var (q, n, w) = (p, m, v)
        let step = bw_adam_step(
            gradient_scale: 0.7, l2: 0.01, keep: 0.99, one_minus_beta1: 0.1, beta2: 0.999,
            one_minus_beta2: 0.001, step_size: 0.02, correction2_sqrt: 0.3, eps: 1e-8)
        bw_adam(count, &p, g, &m, &v, step)
        OptimizerPlainTwins.adam(&q, g, &n, &w, step)
        #expect(p == q && m == n && v == w)
    }

    @Test(arguments: counts, [(0, 0), (0.9, 0), (0.9, 1)] as [(Float, Int32)])
    func sgdEqualsItsPlainTwin(count: Int, kind: (momentum: Float, nesterov: Int32)) {
        var (p, buffer) = (numbers(count, sample: 5), numbers(count, sample: 6))
        let g = numbers(count, sample: 7)
        var (q, twin) = (p, buffer)
        let step = bw_sgd_step(
            gradient_scale: 0.7, l2: 0.01, momentum: kind.momentum, rate: 0.1, nesterov: kind.nesterov)
        if kind.momentum > 0 { bw_sgd(count, &p, g, &buffer, step) } else { bw_sgd(count, &p, g, nil, step) }
        OptimizerPlainTwins.sgd(&q, g, &twin, step)
        #expect(p == q && buffer == twin)
    }

    @Test(arguments: counts)
    func movingAverageEqualsItsPlainTwin(count: Int) {
        var average = numbers(count, sample: 8)
        let p = numbers(count, sample: 9)
        var twin = average
        bw_moving_average(count, &average, p, 0.25)
        OptimizerPlainTwins.movingAverage(&twin, p, 0.25)
        #expect(average == twin)
    }

    @Test(arguments: counts)
    func sumOfSquaresIsThePlainSum(count: Int) {
        let x = numbers(count, sample: 10)
        let plain = x.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(bw_sum_of_squares(count, x) - plain) <= 1e-14 * plain)
    }
}
