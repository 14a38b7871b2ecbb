// PortableTests.swift — the machine-independent functions against the C library's.

import Foundation
import Synthesis
import Testing

@Suite struct PortableTests {
    @Test func exponentialsAndLogarithmsAgreeWithTheLibrary() {
        for step in -400...400 {
            let x = Float(step) * 0.1
            #expect(abs(Portable.exp(x) / Float(Foundation.exp(Double(x))) - 1) < 1e-5)
            #expect(abs(Portable.exp2(x) / Float(Foundation.exp2(Double(x))) - 1) < 5e-6)
            let positive = Float(Foundation.exp(Double(x) * 0.5))
            #expect(abs(Portable.log2(positive) - Float(Foundation.log2(Double(positive)))) < 5e-6)
        }
    }

    @Test func powersAgreeWithTheLibraryAndZeroStaysZero() {
        for base in stride(from: Float(0.01), through: 3, by: 0.037) {
            for power: Float in [0.3, 0.4545, 1, 2.2, 7] {
                let expected = Float(Foundation.pow(Double(base), Double(power)))
                #expect(abs(Portable.pow(base, power) / expected - 1) < 2e-5)
            }
        }
        #expect(Portable.pow(0, 2.2) == 0)
    }

    @Test func sineAndCosineAgreeWithTheLibrary() {
        for step in -2000...2000 {
            let x = Float(step) * 0.031
            #expect(abs(Portable.sin(x) - Float(Foundation.sin(Double(x)))) < 1e-5)
            #expect(abs(Portable.cos(x) - Float(Foundation.cos(Double(x)))) < 1e-5)
        }
    }
}
