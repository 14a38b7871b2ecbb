// StepBenchmark.swift — times the backbone alone, step by step. What `blendway bench step` runs.

import Foundation
import Model
import Tensor

/// Forward, backward and optimiser of one EfficientNet on random images, on this process alone.
public struct StepBenchmark {
    public struct Result: Codable, Sendable {
        public var imagesPerSecond: Double
        public var forwardMs: Double
        public var backwardMs: Double
        public var optimizerMs: Double
        public var peakRssMb: Double
        public var minorFaultsPerStep: Double
        public var gemm: String
        public var isa: String
        public var threads: Int

        public var sentence: String {
            String(
                format: "%.2f images/s: forward %.1f ms, backward %.1f ms, optimizer %.1f ms; peak %.0f MB, "
                    + "%.0f page faults a step; %@ on %@, %d threads\n",
                imagesPerSecond, forwardMs, backwardMs, optimizerMs, peakRssMb, minorFaultsPerStep, gemm,
                isa, threads)
        }
    }

    private let architecture: Architecture
    private let size: Int
    private let batch: Int
    private let threads: Int
    private let training: Bool
    private let recomputes: Bool

    /// nil for an architecture that there is not.
    public init?(arch: String, size: Int, batch: Int, threads: Int, training: Bool, recomputes: Bool) {
        guard let architecture = Architecture(rawValue: arch) else { return nil }
        self.architecture = architecture
        self.size = size
        self.batch = batch
        self.threads = threads
        self.training = training
        self.recomputes = recomputes
    }

    public func run(steps: Int) throws -> Result {
        let parameters = Parameters()
        let network = EfficientNet(
            parameters, "backbone", architecture, imageSize: size, padding: .symmetric,
            batchNorm: .init(momentum: 0.01, epsilon: 1e-3, synchronized: false), stochasticDepth: 0.2)
        parameters.allocate(seed: 1)
        let context = Context(pool: ThreadPool(threads: threads), parameters: parameters)
        context.recomputes = recomputes
        context.mode = training ? .training : .evaluation
        context.sampleKeys = (0..<batch).map { SampleKey(epoch: 0, sample: $0) }
        let adam = try Adam(ranges: DecayRanges(count: parameters.values.count))
        var random = Philox(seed: 2, stream: .test)
        let pixels = (0..<batch * size * size * 3).map { _ in random.normal() }

        var forward: [Double] = []
        var backward: [Double] = []
        var update: [Double] = []
        var faults: [Double] = []
        for _ in 0..<steps + 2 {
            let faultsBefore = Self.usage().ru_minflt
            parameters.zeroGradients()
            let start = ContinuousClock.now
            let (middle, end) = try context.arena.run("benchmark") {
                let x = context.arena.allocate(n: batch, h: size, w: size, c: 3)
                _ = x.buffer.update(fromContentsOf: pixels)
                let features = try network.forward(x, context)
                let middle = ContinuousClock.now
                guard training else {
                    context.arena.release(features)
                    return (middle, middle)
                }
                // The features' own values stand in for a gradient.
                context.arena.release(try network.backward(features, context))
                return (middle, ContinuousClock.now)
            }
            if training {
                adam.beginStep(learningRate: 1e-5, gradientScale: 1)
                context.pool.forRanges(parameters.values.count, grain: 1 << 14) {
                    adam.update($0, of: parameters.values, gradient: UnsafeBufferPointer(parameters.gradients))
                }
            }
            forward.append((middle - start).seconds)
            backward.append((end - middle).seconds)
            update.append((ContinuousClock.now - end).seconds)
            faults.append(Double(Self.usage().ru_minflt - faultsBefore))
        }
        func median(_ values: [Double]) -> Double { values.dropFirst(2).sorted()[(values.count - 2) / 2] }
        let total = zip(zip(forward, backward), update).map { $0.0 + $0.1 + $1 }
        return Result(
            imagesPerSecond: Double(batch) / median(total), forwardMs: median(forward) * 1000,
            backwardMs: median(backward) * 1000, optimizerMs: median(update) * 1000,
            peakRssMb: Double(Self.usage().ru_maxrss) / 1024, minorFaultsPerStep: median(faults),
            gemm: GEMM.description, isa: OpenBLASCore.instructionSet, threads: threads)
    }

    private static func usage() -> rusage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage
    }
}
