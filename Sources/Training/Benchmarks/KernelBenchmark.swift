// KernelBenchmark.swift — times the hot loops one by one at a network's shapes, on one thread. What
// `blendway bench kernels` runs. Whole steps are StepBenchmark's.
//
// Note [Roofline]
// A kernel can't be faster than its arithmetic at the processor's peak, nor than its operands take to
// cross the memory once. Both are measured here and now: multiply-adds in registers, and a scaled copy
// of maps far larger than the caches, read and written once. `roofline` is the larger of the two times
// divided by the kernel's. It may exceed 1 where operands stay in a cache between repetitions.

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
        public var peakGflops: Double
        public var memoryGbPerSecond: Double
        public var batch: Int
        public var kernels: [Kernel]

        public var table: String {
            var lines = [
                String(
                    format: "%@: %.0f GFLOP/s in registers, %.1f GB/s to and from memory, one thread; batch %d", isa,
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
            zip(columns, [28, 24, 6, 9, 14, 8, 8]).enumerated().map { index, column in
                let padding = String(repeating: " ", count: max(0, column.1 - column.0.count))
                return index < 2 ? column.0 + padding : padding + column.0
            }.joined(separator: " ")
        }
    }

    private let architecture: Architecture
    private let size: Int
    private let batch: Int
    private let peak: Double
    private let bandwidth: Double
    private let repetitions: Int

    /// nil for an architecture that there is not. Measures the machine's limits.
    /// - Parameter repetitions: of each kernel; the median counts.
    public init?(arch: String, size: Int, batch: Int, repetitions: Int) {
        guard let architecture = Architecture(rawValue: arch) else { return nil }
        self.architecture = architecture
        self.size = size
        self.batch = batch
        self.repetitions = repetitions
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
        for (shape, layers) in shapes.depthwise { kernels += depthwise(shape, layers) }
        kernels += flat()
        kernels.sort { $0.kernel < $1.kernel }
        return Report(
            isa: OpenBLASCore.instructionSet, peakGflops: peak / 1e9, memoryGbPerSecond: bandwidth / 1e9,
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
    private func measure(
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

    /// Multiplications that a plain twin is given, so that it ends in milliseconds.
    private static let plainWork = 4_000_000

    private func pointwise(_ shape: LayerShapes.Pointwise, _ layers: Int) -> [Kernel] {
        let (m, k, n) = (batch * shape.size * shape.size, shape.inputs, shape.outputs)
        let (x, w, y) = (KernelOperand(count: m * k), KernelOperand(count: n * k), KernelOperand(count: m * n))
        let gradient = KernelOperand(count: n * k)
        let packed = KernelOperand(count: max(bw_gemm_packed_count(n, k), bw_gemm_packed_count(k, n)))
        let flops = 2 * Double(m) * Double(n) * Double(k)
        let floats = m * k + n * k + m * n
        let text = "\(batch)×\(shape.size)² \(k)→\(n)"
        let rows = min(m, max(1, Self.plainWork / (n * k)))
        let share = Double(rows) / Double(m)
        return [
            measure("pointwise", text, layers: layers, flops: flops, floats: floats) {
                bw_gemm_pack(w.data, k, 1, n, k, packed.data, 0, 1)
                bw_gemm_packed(m, n, k, x.data, k, packed.data, 0, y.data, n, nil)
            } twin: {
                (share, { PlainLoops.product(rows, n, k, x.data, w.data, y.data) })
            },
            measure("pointwise, input gradient", text, layers: layers, flops: flops, floats: floats) {
                bw_gemm_pack(w.data, k, 0, k, n, packed.data, 0, 1)
                bw_gemm_packed(m, k, n, y.data, n, packed.data, 0, x.data, k, nil)
            },
            measure("pointwise, weight gradient", text, layers: layers, flops: flops, floats: floats) {
                bw_gemm_tn(n, k, m, y.data, n, x.data, k, 0, gradient.data, k)
            } twin: {
                (share, { PlainLoops.transposedProduct(n, k, rows, y.data, x.data, gradient.data) })
            },
        ]
    }

    private func depthwise(_ shape: LayerShapes.Depthwise, _ layers: Int) -> [Kernel] {
        let c = shape.channels
        let (inputs, outputs) = (shape.size * shape.size * c, shape.outputSize * shape.outputSize * c)
        let taps = shape.kernel * shape.kernel
        let (x, y, w) = (
            KernelOperand(count: batch * inputs), KernelOperand(count: batch * outputs), KernelOperand(count: taps * c)
        )
        let gradient = KernelOperand(count: taps * c)
        var s = bw_depthwise_shape(
            h: Int32(shape.size), w: Int32(shape.size), c: Int32(c), ho: Int32(shape.outputSize),
            wo: Int32(shape.outputSize), k: Int32(shape.kernel), stride: Int32(shape.stride),
            pad_top: Int32(shape.padding), pad_left: Int32(shape.padding))
        var tile = bw_depthwise_tile(
            h: s.h, w: s.w, wo: s.wo, k: s.k, stride: s.stride, pad_top: s.pad_top, pad_left: s.pad_left, c: s.c,
            x_pixel: c, y_pixel: c, w_tap: c)
        let flops = 2 * Double(batch * outputs * taps)
        let floats = batch * (inputs + outputs)
        let text = "\(batch)×\(shape.size)²×\(c) \(shape.kernel)×\(shape.kernel)/\(shape.stride)"
        let lines = min(shape.outputSize, max(1, Self.plainWork / (shape.outputSize * c * taps)))
        let share = Double(lines) / Double(batch * shape.outputSize)
        let plain = { PlainLoops.depthwise(s, x.data, w.data, y.data, lines) }
        func overSamples(_ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void) {
            for sample in 0..<batch { body(x.data + sample * inputs, y.data + sample * outputs) }
        }
        return [
            measure("depthwise", text, layers: layers, flops: flops, floats: floats) {
                overSamples { bw_depthwise_forward(&s, $0, w.data, $1, 0, s.ho) }
            } twin: {
                (share, plain)
            },
            measure("depthwise, input gradient", text, layers: layers, flops: flops, floats: floats) {
                overSamples { bw_depthwise_backward_input(&s, $1, w.data, $0, 0, s.h) }
            },
            measure("depthwise, weight gradient", text, layers: layers, flops: flops, floats: floats) {
                overSamples { bw_depthwise_backward_weight(&s, $0, $1, gradient.data, 0, s.ho) }
            },
            measure("depthwise + SiLU, inference", text, layers: layers, flops: flops, floats: floats) {
                overSamples {
                    bw_depthwise_silu(&tile, $0, 0, w.data, gradient.data, $1, 0, s.ho, gradient.data + c)
                }
            } twin: {
                (share, plain)
            },
        ]
    }

    /// What goes over flat arrays.
    private func flat() -> [Kernel] {
        let count = 1 << 24
        let operands = (0..<4).map { _ in KernelOperand(count: count) }
        var step = bw_adam_step()
        step.gradient_scale = 1
        step.keep = 1
        step.beta2 = 0.999
        step.one_minus_beta1 = 0.1
        step.one_minus_beta2 = 0.001
        step.step_size = 1e-6
        step.correction2_sqrt = 1
        step.eps = 1e-8
        for i in 0..<count { operands[3].data[i] = abs(operands[3].data[i]) }
        return [
            measure("Adam", "\(count)", layers: 1, flops: 0, floats: 7 * count) {
                bw_adam(count, operands[0].data, operands[1].data, operands[2].data, operands[3].data, step)
            },
            measure("sum of squares", "\(count)", layers: 1, flops: 0, floats: count) {
                _ = bw_sum_of_squares(count, operands[0].data)
            },
        ]
    }
}

/// Memory of one operand, filled with numbers around 0.
final class KernelOperand {
    let data: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        self.count = count
        data = UnsafeMutableRawPointer.allocate(byteCount: 4 * max(count, 1), alignment: 64)
            .bindMemory(to: Float.self, capacity: max(count, 1))
        for i in 0..<count { data[i] = Float(i &* 2_654_435_761 >> 7 & 1023) / 512 - 1 }
    }

    deinit { data.deallocate() }
}

/// The kernels by their definition: loops without vectors, blocks or tricks.
enum PlainLoops {
    typealias Floats = UnsafeMutablePointer<Float>

    /// y `[m, n]` = x `[m, k]` · wᵀ, w `[n, k]`.
    static func product(_ m: Int, _ n: Int, _ k: Int, _ x: Floats, _ w: Floats, _ y: Floats) {
        for i in 0..<m {
            for j in 0..<n {
                var sum: Float = 0
                for q in 0..<k { sum += x[i * k + q] * w[j * k + q] }
                y[i * n + j] = sum
            }
        }
    }

    /// w `[n, k]` = yᵀ · x over `m` rows.
    static func transposedProduct(_ n: Int, _ k: Int, _ m: Int, _ y: Floats, _ x: Floats, _ w: Floats) {
        for j in 0..<n {
            for q in 0..<k {
                var sum: Float = 0
                for i in 0..<m { sum += y[i * n + j] * x[i * k + q] }
                w[j * k + q] = sum
            }
        }
    }

    /// The first `lines` lines of one sample's output.
    static func depthwise(_ s: bw_depthwise_shape, _ x: Floats, _ w: Floats, _ y: Floats, _ lines: Int) {
        let (width, c, k) = (Int(s.w), Int(s.c), Int(s.k))
        for channel in 0..<c {
            for oy in 0..<lines {
                for ox in 0..<Int(s.wo) {
                    var sum: Float = 0
                    for ky in 0..<k {
                        for kx in 0..<k {
                            let (iy, ix) = (oy * Int(s.stride) + ky - Int(s.pad_top), ox * Int(s.stride) + kx - Int(s.pad_left))
                            guard iy >= 0 && iy < Int(s.h) && ix >= 0 && ix < width else { continue }
                            sum += x[(iy * width + ix) * c + channel] * w[(ky * k + kx) * c + channel]
                        }
                    }
                    y[(oy * Int(s.wo) + ox) * c + channel] = sum
                }
            }
        }
    }
}
