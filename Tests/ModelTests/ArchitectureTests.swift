// ArchitectureTests.swift — the family's known numbers.

import Model
import Tensor
import Testing

@Suite struct ArchitectureTests {
    @Test(arguments: [
        (Architecture.b0, 4_007_548), (.b1, 6_513_184), (.b2, 7_700_994), (.b3, 10_696_232),
        (.b4, 17_548_616), (.b5, 28_340_784), (.b6, 40_735_704), (.b7, 63_786_960),
    ])
    func parameterCountWithoutTheClassifier(architecture: Architecture, count: Int) {
        let parameters = Parameters()
        _ = EfficientNet(
            parameters, "backbone", architecture, imageSize: 256, padding: .symmetric,
            batchNorm: .init(momentum: 0.01, epsilon: 1e-3, synchronized: true), stochasticDepth: 0.2)
        #expect(parameters.parameterCount == count)
    }

    @Test func publishedPaddingGivesThePublishedMaps() {
        var plan = PaddingPlan(rule: .published, inputSize: 256, nativeSize: 380)
        var size = 256
        var maps: [Int] = []
        for (kernel, stride) in [(3, 2), (3, 1), (3, 2), (5, 2), (3, 2), (5, 1), (5, 2), (3, 1)] {
            size = plan.next(kernel: kernel, stride: stride)
                .output(size: size, kernel: kernel, stride: stride)
            if stride == 2 { maps.append(size) }
        }
        #expect(maps == [127, 63, 32, 16, 8])
    }

    @Test func sameEqualsTensorFlowsRule() {
        #expect(AxisPadding.same(size: 95, kernel: 5, stride: 2) == .init(before: 2, after: 2))
        #expect(AxisPadding.same(size: 48, kernel: 3, stride: 2) == .init(before: 0, after: 1))
        #expect(AxisPadding.same(size: 24, kernel: 5, stride: 2) == .init(before: 1, after: 2))
        #expect(AxisPadding.same(size: 7, kernel: 3, stride: 1) == .init(before: 1, after: 1))
    }
}
