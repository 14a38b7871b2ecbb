// StepBenchmark.swift — times steps of a network on random images. What `blendway bench step` runs.

import DistributedTraining
import Foundation
import Model
import Tensor

/// Forward, backward and Adam of one network, or its inference.
///
/// Alone, or on all ranks of a world: then gradients and batch norms are summed over the ranks as in
/// training, and the batch is each rank's.
public struct StepBenchmark {
    /// What is measured.
    public enum Network: Sendable {
        /// The backbone with a linear classifier of two classes: what other frameworks measure.
        case classifier(Architecture)
        /// The published network with heads, attention, transitions and all losses, on quadruples.
        case detector(Architecture)

        /// An architecture's name, or `prodet-` and its last part for the whole network.
        public init?(named name: String) {
            let member = name.hasPrefix("prodet-") ? String(name.dropFirst("prodet-".count)) : nil
            if let architecture = Architecture(rawValue: name) {
                self = .classifier(architecture)
            } else if let member, let architecture = Architecture(rawValue: "efficientnet-" + member)
                ?? Architecture(rawValue: member) {
                self = .detector(architecture)
            } else {
                return nil
            }
        }

        /// Of which a training batch has to be a multiple.
        public var imagesPerSample: Int {
            if case .detector = self { 4 } else { 1 }
        }
    }

    public struct Result: Codable, Sendable {
        public var imagesPerSecond: Double
        public var forwardMs: Double
        public var backwardMs: Double
        public var optimizerMs: Double
        public var peakRssMb: Double
        public var minorFaultsPerStep: Double
        /// In which the products are computed that gain by it; `float32` where the processor cannot do other.
        public var precision: String
        public var gemm: String
        public var isa: String
        public var threads: Int
        public var ranks: Int
        /// Time and multiplications of a step of the whole network, in those of the classifier's step on
        /// as many images; nil for the classifier itself.
        public var backboneSteps: Double?
        public var backboneFlops: Double?

        public var sentence: String {
            var text = String(
                format: "%.2f images/s: forward %.1f ms, backward %.1f ms, optimizer %.1f ms; peak %.0f MB, "
                    + "%.0f page faults a step; %@ on %@, %d ranks × %d threads\n",
                imagesPerSecond, forwardMs, backwardMs, optimizerMs, peakRssMb, minorFaultsPerStep, gemm,
                isa, ranks, threads)
            if let backboneSteps, let backboneFlops {
                text += String(
                    format: "%.2f times the backbone's step on as many images, for %.2f times its FLOPs\n",
                    backboneSteps, backboneFlops)
            }
            return text
        }
    }

    private let network: Network
    private let size: Int
    private let batch: Int
    private let threads: Int
    private let training: Bool
    private let recomputes: Bool
    private let precision: Precision
    private let world: World?

    /// - Parameters:
    ///   - batch: images of this process; a multiple of 4 for a detector in training.
    ///   - recomputes: as `train.recompute`.
    ///   - world: nil for this process alone.
    public init(
        _ network: Network, size: Int, batch: Int, threads: Int, training: Bool, recomputes: Bool = false,
        precision: Precision = .float32, world: World? = nil
    ) {
        self.network = network
        self.size = size
        self.batch = batch
        self.threads = threads
        self.training = training
        self.recomputes = recomputes
        self.precision = precision
        self.world = world
    }

    /// Steps before those that count: the first plans the memory.
    private static let warmUp = 2

    /// Collective if there is a world; then all ranks get the result of all.
    public func run(steps: Int) throws -> Result {
        let pool = try ThreadPool(threads: threads)
        let subject = try makeSubject(network, pool)
        subject.context.recomputes = recomputes
        // What the whole network is compared with takes its turns in between.
        var reference: TimedNetwork?
        if case .detector(let architecture) = network, training {
            reference = try makeSubject(.classifier(architecture), pool)
        }
        var times: [StepTimes] = []
        var referenceTimes: [StepTimes] = []
        for step in 0..<steps + Self.warmUp {
            let time = try subject.step()
            let other = try reference?.step()
            if step >= Self.warmUp {
                times.append(time)
                if let other { referenceTimes.append(other) }
            }
        }
        let seconds = Self.median(times.map(\.total))
        var rate = Double(batch) / seconds
        if let world { rate = try world.communicator.allReduce(.sum, rate, phase: "add up the speed") }
        var result = Result(
            imagesPerSecond: rate, forwardMs: Self.median(times.map(\.forward)) * 1000,
            backwardMs: Self.median(times.map(\.backward)) * 1000,
            optimizerMs: Self.median(times.map(\.optimizer)) * 1000,
            peakRssMb: Double(ProcessUsage.now.ru_maxrss) / 1024,
            minorFaultsPerStep: Self.median(times.map(\.faults)),
            precision: products.isRounded ? precision.rawValue : Precision.float32.rawValue,
            gemm: GEMM.description(products), isa: OpenBLASCore.instructionSet, threads: threads,
            ranks: world?.size ?? 1)
        if case .detector(let architecture) = network, training {
            result.backboneSteps = seconds / Self.median(referenceTimes.map(\.total))
            result.backboneFlops = NetworkCost.quadruple(detectorShape(architecture))
                / (4 * NetworkCost.backbone(architecture, imageSize: size, padding: .symmetric))
        }
        return result
    }

    private var products: Products { Products(precision) }

    private func detectorShape(_ architecture: Architecture) -> DetectorShape {
        var shape = DetectorShape(architecture: architecture, imageSize: size)
        shape.batchNorm.synchronized = world != nil
        return shape
    }

    private func makeSubject(_ network: Network, _ pool: ThreadPool) throws -> TimedNetwork {
        switch network {
        case .classifier(let architecture):
            return try TimedClassifier(
                Classifier(architecture, imageSize: size, synchronized: world != nil, seed: 1), size: size,
                batch: batch, training: training, products: products, pool: pool, world: world)
        case .detector(let architecture):
            return try TimedDetector(
                Detector(detectorShape(architecture), seed: 1), size: size, batch: batch, training: training,
                products: products, pool: pool, world: world)
        }
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// What the system has counted for this process.
enum ProcessUsage {
    static var now: rusage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage
    }
}
