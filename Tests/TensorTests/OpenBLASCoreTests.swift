// OpenBLASCoreTests.swift — when the program asks OpenBLAS for other kernels, and for which.

import Tensor
import Testing

@Suite struct OpenBLASCoreTests {
    @Test(arguments: [
        ("Prescott", "SkylakeX"), ("Nehalem", "SkylakeX"), ("Haswell", "SkylakeX"), ("Zen", "SkylakeX"),
        ("SkylakeX", nil), ("Cooperlake", nil), ("SapphireRapids", nil), ("Zen4", nil), ("Zen5", nil),
    ] as [(String, String?)])
    func wideProcessorsGetWideKernels(name: String, better: String?) {
        #expect(OpenBLASCore.better(than: name, isa: "avx512") == better)
    }

    @Test(arguments: [
        ("Prescott", "Haswell"), ("Sandybridge", "Haswell"), ("Barcelona", "Haswell"), ("Haswell", nil),
        ("Zen", nil), ("Excavator", nil), ("SkylakeX", nil),
    ] as [(String, String?)])
    func otherVectorProcessorsGetFusedKernels(name: String, better: String?) {
        #expect(OpenBLASCore.better(than: name, isa: "avx2") == better)
    }

    @Test(arguments: ["sse2", "plain"], ["Prescott", "Haswell", "ARMV8"])
    func olderAndOtherProcessorsAreLeftAlone(isa: String, name: String) {
        #expect(OpenBLASCore.better(than: name, isa: isa) == nil)
    }

    @Test(arguments: ["avx512", "avx2"]) func theBetterCoreIsGoodEnough(isa: String) throws {
        // Otherwise the program would want to start itself again for ever.
        let core = try #require(OpenBLASCore.better(than: "Prescott", isa: isa))
        #expect(OpenBLASCore.better(than: core, isa: isa) == nil)
    }

    @Test func thisProcessorIsKnownByName() {
        #expect(!OpenBLASCore.name.isEmpty)
        #expect(["avx512", "avx2", "sse2", "plain"].contains(OpenBLASCore.instructionSet))
    }
}
