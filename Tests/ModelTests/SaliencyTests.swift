// SaliencyTests.swift — Grad-CAM: its weights against differences of the score, its scores against evaluation.

import Foundation
import Model
import Tensor
import Testing

@Suite struct SaliencyTests {
    private static func images(_ count: Int, _ context: Context) -> Tensor {
        PlainMap.random(n: count, h: 64, w: 64, c: 3, sample: 3).tensor(in: context.arena)
    }

    private static func detector() -> (Detector, Context) {
        let detector = Detector(LayerForwardDetectorTests.shape, seed: 5)
        // Away from first weights, which leave heads near zero.
        let jitter = GradientCheck.random(detector.parameters.values.count, sample: 4)
        for i in jitter.indices { detector.parameters.values[i] += 0.05 * jitter[i] }
        let context = Context(parameters: detector.parameters)
        context.mode = .frozen
        return (detector, context)
    }

    private func logOdds(_ score: Double) -> Double { log(score / (1 - score)) }

    @Test func weightsAreTheScoresDerivativesByAShiftOfTheMap() throws {
        let (detector, context) = Self.detector()
        func saliency() throws -> Detector.Saliency {
            try context.arena.run("saliency") { try detector.saliency(Self.images(1, context), context) }
        }
        let found = try saliency()
        // Of 64 pixels, the fifth block's map is the last one of 8 a side; its norm's shift moves all of it.
        #expect(found.side == 8)
        let shift = try #require(
            detector.parameters.slots.filter { $0.name.hasPrefix("backbone.blocks.4.project_bn") }.last)
        #expect(shift.count == found.weights[0].count)
        let largest = found.weights[0].map(abs).max() ?? 0
        #expect(largest > 0)
        for channel in [0, 7, 19, shift.count - 1] {
            let place = shift.range.lowerBound + channel
            let before = detector.parameters.values[place]
            let step: Float = 0.02
            var sides: [Double] = []
            for sign: Float in [1, -1] {
                detector.parameters.values[place] = before + sign * step
                sides.append(logOdds(try saliency().scores[0]))
            }
            detector.parameters.values[place] = before
            let slope = (sides[0] - sides[1]) / Double(2 * step)
            let expected = Double(found.weights[0][channel]) * 64
            #expect(abs(slope - expected) < 0.03 * Double(largest) * 64, "channel \(channel): \(slope), \(expected)")
        }
    }

    @Test func scoresAreThoseOfEvaluationAndNothingIsLeftBehind() throws {
        let (detector, context) = Self.detector()
        let buffers = Array(detector.parameters.buffers)
        let found = try context.arena.run("saliency") { try detector.saliency(Self.images(3, context), context) }
        #expect(found.maps.count == 3 && found.maps.allSatisfy { $0.count == found.side * found.side })
        #expect(found.maps.allSatisfy { $0.allSatisfy { (0...1).contains($0) } })
        #expect(detector.parameters.gradients.allSatisfy { $0 == 0 })
        #expect(Array(detector.parameters.buffers) == buffers)
        let evaluation = Context(parameters: detector.parameters)
        evaluation.mode = .evaluation
        let scores = try evaluation.arena.run("evaluate") {
            let (logits, pooled) = try detector.evaluate(Self.images(3, evaluation), evaluation)
            defer { [logits, pooled].forEach(evaluation.arena.release) }
            return (0..<3).map { 1 / (1 + exp(Double(logits.data[2 * $0] - logits.data[2 * $0 + 1]))) }
        }
        for (a, b) in zip(found.scores, scores) { #expect(abs(a - b) < 1e-4, "\(a) and \(b)") }
        // A coarser map where none is as large as wanted.
        let coarse = try context.arena.run("coarse saliency") {
            try detector.saliency(Self.images(1, context), least: 1, context)
        }
        #expect(coarse.side == 2)
    }
}
