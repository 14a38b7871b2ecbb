// KernelBenchmark.swift — times the hot loops one by one at a network's shapes, on one thread. What
// `blendway bench kernels` runs. Whole steps are StepBenchmark's.
//
// Note [Roofline]
// A kernel can't be faster than its arithmetic at the processor's peak, nor than its operands take to
// cross the memory once. Both are measured here and now: multiply-adds in registers, and a scaled copy
// of maps far larger than the caches, read and written once. `roofline` is the larger of the two times
// divided by the kernel's. It may exceed 1 where operands stay in a cache between repetitions. Arithmetic
// counts multiplications and additions by weights only: a pass that activates does more, so its share is low. The peak
// is float32's, so products of bfloat16 numbers may reach twice of it.

import CKernels
import Foundation
import Model
import Tensor

public struct KernelBenchmark {
    public struct Kernel: Codable, Sendable {
        /// What it computes.
        public var kernel: String
        /// Of its operands.
        public var shape: String
        /// Layers of the network that have this shape.
        public var layers: Int
        /// Of one layer, one batch, one thread.
        public var ms: Double
        /// The one that bounds the kernel; the other is nil.
        public var gflops: Double?
        public var gbPerSecond: Double?
        public var roofline: Double
        /// How many times as fast as its plain twin: loops without vectors, blocks or tricks.
        public var timesPlain: Double?
    }

    public struct Report: Codable, Sendable {
        public var isa: String
        /// What makes the pointwise products.
        public var gemm: String
        public var peakGflops: Double
        public var memoryGbPerSecond: Double
        public var batch: Int
        public var kernels: [Kernel]

        public var table: String {
            var lines = [
                String(
                    format: "%@ (products %@): %.0f GFLOP/s in registers, %.1f GB/s to and from memory, one thread; batch %d", isa, gemm,
                    peakGflops, memoryGbPerSecond, batch),
                Self.row("kernel", "shape", "layers", "ms", "speed", "roofline", "× plain"),
            ]
            for kernel in kernels {
                let speed = kernel.gflops.map { String(format: "%.0f GFLOP/s", $0) }
                    ?? String(format: "%.1f GB/s", kernel.gbPerSecond ?? 0)
                lines.append(
                    Self.row(
                        kernel.kernel, kernel.shape, "\(kernel.layers)", String(format: "%.3f", kernel.ms), speed,
                        String(format: "%.0f %%", 100 * kernel.roofline),
                        kernel.timesPlain.map { String(format: "%.1f", $0) } ?? ""))
            }
            let sums = Dictionary(grouping: kernels, by: \.kernel)
                .map { (name: $0, ms: $1.reduce(0) { $0 + $1.ms * Double($1.layers) }) }.sorted { $0.ms > $1.ms }
            lines.append("Over all layers: " + sums.map { String(format: "%@ %.1f ms", $0.name, $0.ms) }.joined(separator: ", "))
            return lines.joined(separator: "\n") + "\n"
        }

        private static func row(_ columns: String...) -> String {
            zip(columns, [36, 24, 6, 9, 14, 8, 8]).enumerated().map { index, column in
                let padding = String(repeating: " ", count: max(0, column.1 - column.0.count))
                return index < 2 ? column.0 + padding : padding + column.0
            }.joined(separator: " ")
        }
    }

    private let architecture: Architecture
    private let size: Int
    let batch: Int
    private let peak: Double
    private let bandwidth: Double
    private let repetitions: Int
    let products: Products

    /// nil for an architecture that there is not. Measures the machine's limits.
    /// - Parameter repetitions: of each kernel; the median counts.
    public init?(arch: String, size: Int, batch: Int, repetitions: Int, precision: Precision = .float32) {
        guard let architecture = Architecture(rawValue: arch) else { return nil }
        self.architecture = architecture
        self.size = size
        self.batch = batch
        self.repetitions = repetitions
        products = Products(precision)
        var sink: Float = 0
        let rounds = 2_000_000
        let operations = bw_peak_multiply_add(rounds, &sink)
        peak = operations / Self.seconds(5) { _ = bw_peak_multiply_add(rounds, &sink) }
        let (from, to) = (KernelOperand(count: 1 << 25), KernelOperand(count: 1 << 25))
        bandwidth = Double(from.count * 8) / Self.seconds(5) { bw_scale(to.data, from.data, from.count, 2) }
    }

    public func run() -> Report {
        let shapes = LayerShapes(architecture, imageSize: size)
        var kernels: [Kernel] = []
        for (shape, layers) in shapes.pointwise { kernels += pointwise(shape, layers) }
        for (shape, layers) in shapes.depthwise { kernels += depthwise(shape, layers) + block(shape, layers) }
        for (shape, layers) in shapes.gated { kernels += gated(shape, layers) }
        for (shape, layers) in shapes.projected { kernels += projected(shape, layers) }
        kernels += flat()
        kernels.sort { $0.kernel < $1.kernel }
        return Report(
            isa: OpenBLASCore.instructionSet, gemm: GEMM.description(products), peakGflops: peak / 1e9, memoryGbPerSecond: bandwidth / 1e9,
            batch: batch, kernels: kernels)
    }

    /// The median time of `body`, after one call that does not count.
    static func seconds(_ repetitions: Int, _ body: () -> Void) -> Double {
        body()
        return StepBenchmark.median(
            (0..<repetitions).map { _ in
                let start = ContinuousClock.now
                body()
                return (ContinuousClock.now - start).seconds
            })
    }

    /// - Parameters:
    ///   - floats: read and written, each operand once.
    ///   - twin: the plain computation of the given share of the work.
    func measure(
        _ name: String, _ shape: String, layers: Int, flops: Double, floats: Int, _ body: () -> Void,
        twin: (() -> (share: Double, run: () -> Void))? = nil
    ) -> Kernel {
        let seconds = Self.seconds(repetitions, body)
        let bytes = Double(4 * floats)
        let (arithmetic, memory) = (flops / peak, bytes / bandwidth)
        return Kernel(
            kernel: name, shape: shape, layers: layers, ms: seconds * 1000,
            gflops: arithmetic > memory ? flops / seconds / 1e9 : nil,
            gbPerSecond: arithmetic > memory ? nil : bytes / seconds / 1e9,
            roofline: max(arithmetic, memory) / seconds,
            timesPlain: twin.map {
                let (share, plain) = $0()
                return Self.seconds(1, plain) / share / seconds
            })
    }
}
