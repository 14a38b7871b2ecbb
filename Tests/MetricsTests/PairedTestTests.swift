import Metrics
import Testing

/// Expected numbers are scipy's, printed by Oracle/paired_test.py.
@Suite struct PairedTestTests {
    @Test(arguments: [
        ([0.03, 0.01, 0.05], 2.5980762113533156, 0.12168993434632017),
        ([0.02, 0.021, 0.019, 0.02], 48.98979485566352, 1.872849266692632e-05),
        ([-0.4, 0.1, 0.35, -0.2, 0.05], -0.15499685165842583, 0.8843305355949083),
        ([0.001, -0.002], -0.3333333333333333, 0.7951672353008665),
        ([0.5, 0.6, 0.55, 0.52, 0.58, 0.61, 0.49, 0.53, 0.57, 0.6], 40.322926684732195, 1.7664236666589493e-11),
    ])
    func statisticAndProbabilityEqualThoseOfScipy(differences: [Double], t: Double, p: Double) throws {
        let test = PairedTest(differences: differences)
        #expect(abs(try #require(test.t) - t) < 1e-9 * abs(t))
        #expect(abs(try #require(test.p) - p) < 1e-9 * p)
    }

    @Test(arguments: [
        (0.3, 1.5, 0.5, 0.07727428998754561), (0.99, 10, 0.5, 0.6579281751567845),
        (0.001, 0.5, 0.5, 0.020135041633377492), (0.5, 50, 0.5, 9.90168898459413e-17),
        (0.9, 0.5, 3.0, 0.9996750253207289), (0.75, 2, 2, 0.84375),
    ])
    func incompleteBetaEqualsThatOfScipy(x: Double, a: Double, b: Double, expected: Double) {
        #expect(abs(PairedTest.incompleteBeta(x, a, b) - expected) < 1e-12 * expected)
    }

    @Test func whatCanNotBeTestedIsSaid() {
        let one = PairedTest(differences: [0.1])
        #expect(one.p == nil && one.t == nil && one.deviation == nil && one.difference == 0.1)
        #expect(PairedTest(differences: [0, 0, 0]).p == 1)
        #expect(PairedTest(differences: [0.25, 0.25]).p == 0)
    }
}
