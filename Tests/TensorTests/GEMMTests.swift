// GEMMTests.swift — the product in all its forms against the plain one, for any thread count.

import Tensor
import Testing

@Suite struct GEMMTests {
    @Test(arguments: [
        GEMMSize(1, 1, 1), GEMMSize(3, 5, 7), GEMMSize(17, 33, 9), GEMMSize(64, 48, 40),
        // Large enough to be split, by rows and by columns, in whole tiles and not.
        GEMMSize(2003, 40, 48), GEMMSize(40, 2003, 48), GEMMSize(16, 2048, 96),
        // Sums over many rows, in fixed parts.
        GEMMSize(40, 24, 5001), GEMMSize(3, 113, 4096),
    ])
    func everyFormEqualsThePlainProduct(size: GEMMSize) throws {
        let pools = try (1...4).map { try ThreadPool(threads: $0) }
        for (transposeA, transposeB) in [(false, false), (false, true), (true, false), (true, true)] {
            for (alpha, beta, gap) in [(1, 0, 0), (1, 1, 3), (-0.5, 0.25, 1)] as [(Float, Float, Int)] {
                let problem = GEMMProblem(size, transposeA, transposeB, alpha: alpha, beta: beta, gap: gap)
                let plain = problem.plainResult()
                for pool in pools {
                    problem.check(
                        problem.result(pool), against: plain,
                        "\(size), transposed \(transposeA) \(transposeB), β \(beta), \(pool.threadCount) threads")
                }
            }
        }
    }

    @Test(arguments: [GEMMSize(0, 5, 3), GEMMSize(5, 0, 3), GEMMSize(0, 0, 0), GEMMSize(0, 0, 7)])
    func emptyProductsTouchNothing(size: GEMMSize) throws {
        let problem = GEMMProblem(size, false, true, beta: 0, gap: 1)
        #expect(try problem.result(ThreadPool(threads: 2)) == problem.c.values)
    }

    @Test(arguments: [false, true], [false, true])
    func anEmptySumScalesByBeta(transposeA: Bool, transposeB: Bool) throws {
        for beta: Float in [0, 1, 0.5] {
            let problem = GEMMProblem(GEMMSize(5, 4, 0), transposeA, transposeB, beta: beta)
            problem.check(
                problem.result(try ThreadPool(threads: 2)), against: problem.plainResult(), "empty sum, β \(beta)")
        }
    }

    @Test(arguments: [GEMMSize(5, 4, 3), GEMMSize(1024, 64, 64)])
    func betaZeroOverwritesWhatIsNotANumber(size: GEMMSize) throws {
        var problem = GEMMProblem(size, false, true, beta: 0)
        problem.c.values = problem.c.values.map { _ in .nan }
        problem.check(problem.result(try ThreadPool(threads: 2)), against: problem.plainResult(), "β 0")
    }

    @Test(arguments: 1...4) func equalCallsGiveEqualBits(threads: Int) throws {
        let sizes = [GEMMSize(64, 64, 64), GEMMSize(1030, 96, 64), GEMMSize(64, 2304, 100)]
        for problem in sizes.map({ GEMMProblem($0, false, true, beta: 1) }) {
            let first = problem.result(try ThreadPool(threads: threads)).map(\.bitPattern)
            let pool = try ThreadPool(threads: threads)
            for _ in 0..<3 {
                let isEqual = problem.result(pool).map(\.bitPattern) == first
                #expect(isEqual, "\(problem.size)")
            }
        }
    }
}
