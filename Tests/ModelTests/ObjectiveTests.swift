// ObjectiveTests.swift — the whole network with all losses: gradients, and shares of a batch.

import Model
import Tensor
import Testing

/// A detector small enough for central differences, with its objective and a batch.
private final class Fixture {
    let detector: Detector
    let objective: Objective
    let context: Context
    let quadruples: Int
    let images: [Float]
    let size = 32

    init(_ options: Objective.Options, quadruples: Int = 3, reducer: any SumReducer = LocalReducer()) throws {
        self.quadruples = quadruples
        objective = try Objective(options, featureChannels: 12)
        detector = Detector(
            DetectorShape(
                architecture: .tiny, imageSize: size, featureChannels: 12, headChannels: 6,
                heads: objective.heads, transitions: objective.transitions, stochasticDepth: 0),
            seed: 5)
        context = Context(
            pool: try ThreadPool(threads: 2), parameters: detector.parameters, reducer: reducer)
        context.seed = 3
        var random = Philox(seed: 4, stream: .test)
        images = (0..<4 * quadruples * size * size * 3).map { _ in random.normal() }
    }

    /// One step on the quadruples `share`, as one of several ranks would do it.
    func step(_ share: Range<Int>? = nil) throws -> Objective.Report {
        let share = share ?? 0..<quadruples
        let pixels = size * size * 3
        return try context.arena.run("step \(share.count)") {
            let x = context.arena.allocate(
                n: objective.anchors.count * share.count, h: size, w: size, c: 3)
            for (place, anchor) in objective.anchors.enumerated() {
                for (i, quadruple) in share.enumerated() {
                    let from = (anchor.rawValue * quadruples + quadruple) * pixels
                    for p in 0..<pixels {
                        x.data[(place * share.count + i) * pixels + p] = images[from + p]
                    }
                }
            }
            return try objective.step(
                detector, images: x, samples: share.map { SampleKey(epoch: 1, sample: $0) }, globalQuadruples: quadruples, context)
        }
    }
}

@Suite struct ObjectiveTests {
    static func options(_ change: (inout Objective.Options) -> Void = { _ in }) -> Objective.Options {
        var options = Objective.Options()
        change(&options)
        return options
    }

    static let cases: [Objective.Options] =
        [options()]
        + Setting.allCases.dropLast().map { setting in options { $0.setting = setting } }
        + [AttributeForm.multiClass, .multiLabel].map { form in options { $0.form = form } }
        + [AnchorOrder.deepfakeFirst, .surround].map { order in options { $0.order = order } }
        + [
            options { $0.without = .bridging }, options { $0.transitionStopGradient = true },
            options {
                $0.weights.generation = 0.5
                $0.weights.orientation = 3
                $0.weights.transition = 0.2
            },
        ]

    /// Along its own gradient g, each array changes the loss at the rate |g|.
    @Test(arguments: cases.indices) func gradientsAgreeWithDifferences(index: Int) throws {
        let fixture = try Fixture(Self.options { $0 = Self.cases[index] })
        _ = try fixture.step()
        let statistics = fixture.objective.statistics
        let parameters = fixture.detector.parameters
        parameters.zeroGradients()
        let report = try fixture.step()
        let gradients = Array(parameters.gradients)
        let parts = report.terms.map(\.name)
        #expect(parts.contains("final"))

        // With the target's gradient stopped the total is not what the gradient is of.
        if fixture.objective.options.transitionStopGradient { return }
        let largest = parameters.slots.map { Self.norm(gradients[$0.range]) }.max()!
        for (place, slot) in parameters.slots.enumerated() {
            let g = gradients[slot.range]
            let norm = Self.norm(g)
            // Below this the difference drowns in the rounding of the loss.
            guard norm > 1e-2 * largest else { continue }
            // The first case goes over every array, the others over a part each.
            guard index == 0 || place % 5 == index % 5 else { continue }
            let old = Array(parameters.values[slot.range])
            func loss(_ way: Double) throws -> Double {
                for (i, value) in zip(slot.range, old) {
                    parameters.values[i] = value + Float(way / norm) * gradients[i]
                }
                fixture.objective.statistics = statistics
                return try fixture.step().total
            }
            func difference(_ step: Double) throws -> Double { try (loss(step) - loss(-step)) / (2 * step) }
            // A long step may cross kinks of the leaky ReLUs, a short one drowns in rounding: of a right gradient
            // one of them tells, of a wrong one none.
            let differences = try [1e-3, 5e-4, 2e-4, 1e-4].map { try difference($0 / norm) }
            let found = differences.min { abs($0 - norm) < abs($1 - norm) }!
            for (i, value) in zip(slot.range, old) { parameters.values[i] = value }
            #expect(abs(found - norm) < 0.06 * norm, "case \(index), \(slot.name): \(norm) against \(differences)")
        }
    }

    private static func norm(_ g: ArraySlice<Float>) -> Double {
        g.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    /// Shares of 5 quadruples: even and uneven, with an empty one.
    @Test(arguments: [[0..<5], [0..<2, 2..<5], [0..<5, 5..<5], [0..<1, 1..<4, 4..<5], [0..<2, 2..<2, 2..<3, 3..<5]])
    func sharesAddUpToTheWholeBatch(shares: [Range<Int>]) throws {
        let whole = try Fixture(Self.options(), quadruples: 5)
        let expected = try (0..<2).map { _ in
            whole.detector.parameters.zeroGradients()
            return try whole.step()
        }
        let parts = LossesShareReducer.run(participants: shares.count) { number, reducer in
            let part = try! Fixture(Self.options(), quadruples: 5, reducer: reducer)
            let reports = try! (0..<2).map { _ in
                part.detector.parameters.zeroGradients()
                return try part.step(shares[number])
            }
            return (
                reports: reports, gradients: Array(part.detector.parameters.gradients),
                buffers: Array(part.detector.parameters.buffers)
            )
        }
        for part in parts {
            for (report, expected) in zip(part.reports, expected) {
                for (term, other) in zip(report.terms, expected.terms) {
                    #expect(abs(term.value - other.value) <= 1e-5 * abs(other.value), "\(term.name)")
                }
            }
            for (value, other) in zip(part.buffers, whole.detector.parameters.buffers) {
                #expect(abs(value - other) <= 1e-4 * max(1, abs(other)))
            }
        }
        let gradients = whole.detector.parameters.gradients
        for slot in whole.detector.parameters.slots {
            let sums = slot.range.map { i in parts.reduce(Float(0)) { $0 + $1.gradients[i] } }
            let difference = zip(slot.range, sums).map { Double(gradients[$0] - $1) }
            let distance = difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let norm = Self.norm(Array(gradients)[slot.range])
            #expect(distance <= 1e-3 * norm + 1e-6, "\(slot.name): \(distance) of \(norm)")
        }
    }
}
