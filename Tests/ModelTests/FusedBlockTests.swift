// FusedBlockTests.swift — the fused block against its own layers, one after the other.

import CKernels
import Model
import Tensor
import Testing

@Suite struct FusedBlockTests {
    /// The block as its layers say it: the oracle of the fused passes.
    private final class PlainBlock: Layer {
        private let layers: Sequence
        private let isResidual: Bool

        init(_ parameters: Parameters, _ shape: FusedBlockTests.Shape) {
            let wide = shape.channels * shape.expansion
            let options = LayerForwardModesTests.batchNorm
            var layers: [any Layer] = []
            if shape.expansion != 1 {
                layers += [
                    PointwiseConvolution(parameters, "l.expand", shape.channels, wide),
                    BatchNorm(parameters, "l.expand_bn", wide, activation: .silu, options: options),
                ]
            }
            layers += [
                DepthwiseConvolution(
                    parameters, "l.depthwise", channels: wide, kernel: shape.kernel, stride: shape.stride,
                    padding: .symmetric(kernel: shape.kernel)),
                BatchNorm(parameters, "l.depthwise_bn", wide, activation: .silu, options: options),
                SqueezeExcite(parameters, "l.se", channels: wide, squeezed: max(1, shape.channels / 4)),
                PointwiseConvolution(parameters, "l.project", wide, shape.outputs),
                BatchNorm(
                    parameters, "l.project_bn", shape.outputs, activation: .none, options: options,
                    shiftIsRemoved: true),
            ]
            self.layers = Sequence(layers)
            isResidual = shape.stride == 1 && shape.channels == shape.outputs
        }

        func forward(_ x: Tensor, _ context: Context) throws -> Tensor {
            guard isResidual else { return try layers.forward(x, context) }
            context.arena.retain(x)
            let y = try layers.forward(x, context)
            bw_add_scaled(y.data, x.data, y.count, 1)
            context.arena.release(x)
            return y
        }

        func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
            guard isResidual else { return try layers.backward(dy, context) }
            let branch = context.arena.allocate(n: dy.n, h: dy.h, w: dy.w, c: dy.c)
            branch.data.update(from: dy.data, count: dy.count)
            let dx = try layers.backward(branch, context)
            bw_add_scaled(dx.data, dy.data, dx.count, 1)
            context.arena.release(dy)
            return dx
        }
    }

    struct Shape: Sendable, CustomStringConvertible {
        var n = 2
        var size: Int
        var expansion: Int
        var channels: Int
        var outputs: Int
        var kernel: Int
        var stride: Int
        var description: String { "\(n)×\(size)² \(channels)·\(expansion)→\(outputs), \(kernel)/\(stride)" }
    }

    static let shapes = [
        Shape(size: 1, expansion: 4, channels: 3, outputs: 3, kernel: 3, stride: 1),
        Shape(size: 2, expansion: 2, channels: 8, outputs: 5, kernel: 5, stride: 2),
        Shape(n: 3, size: 7, expansion: 3, channels: 5, outputs: 5, kernel: 5, stride: 1),
        Shape(size: 9, expansion: 6, channels: 4, outputs: 8, kernel: 3, stride: 2),
        Shape(size: 17, expansion: 1, channels: 24, outputs: 16, kernel: 3, stride: 1),
        Shape(size: 16, expansion: 1, channels: 8, outputs: 8, kernel: 5, stride: 1),
        Shape(n: 1, size: 13, expansion: 2, channels: 113, outputs: 40, kernel: 5, stride: 2),
        // In several parts a sample, weights' gradients by chunk.
        Shape(n: 1, size: 127, expansion: 2, channels: 5, outputs: 5, kernel: 3, stride: 1),
        Shape(n: 1, size: 127, expansion: 3, channels: 3, outputs: 4, kernel: 5, stride: 2),
    ]

    private func block(_ shape: Shape) -> LayerForwardRun {
        LayerForwardRun {
            MBConv(
                $0, "l",
                .init(
                    inChannels: shape.channels, outChannels: shape.outputs, expansion: shape.expansion,
                    kernel: shape.kernel, stride: shape.stride, padding: .symmetric(kernel: shape.kernel),
                    index: 0, dropProbability: 0),
                batchNorm: LayerForwardModesTests.batchNorm)
        }
    }

    private func expectNear(_ a: [Double], _ b: [Double], _ what: String) {
        let scale = b.reduce(1e-3) { max($0, abs($1)) }
        let worst = zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1)) }
        #expect(a.count == b.count && worst <= 2e-4 * scale, "\(what): off by \(worst) of \(scale)")
    }

    @Test(arguments: shapes, [Context.Mode.training, .frozen])
    func theFusedBlockEqualsItsLayers(shape: Shape, mode: Context.Mode) throws {
        let fused = block(shape)
        let plain = LayerForwardRun { PlainBlock($0, shape) }
        let x = PlainMap.random(n: shape.n, h: shape.size, w: shape.size, c: shape.channels, sample: 5)
        let (a, _) = try fused.train(x, fused.context(mode))
        let (b, _) = try plain.train(x, plain.context(mode))
        expectNear(a.y.values, b.y.values, "\(shape) y")
        expectNear(a.dx.values, b.dx.values, "\(shape) dx")
        for slot in b.slots { expectNear(a.gradient(slot.name), b.gradient(slot.name), "\(shape) \(slot.name)") }
        expectNear(
            fused.parameters.buffers.map(Double.init), plain.parameters.buffers.map(Double.init),
            "\(shape) running statistics")
    }

    @Test(arguments: shapes) func recomputingAndThreadsChangeNoBit(shape: Shape) throws {
        let x = PlainMap.random(n: shape.n, h: shape.size, w: shape.size, c: shape.channels, sample: 5)
        func bits(recomputes: Bool, threads: Int) throws -> [UInt64] {
            let run = block(shape)
            let context = try run.context(threads: threads)
            context.recomputes = recomputes
            return try run.train(x, context).result.bits
        }
        let first = try bits(recomputes: false, threads: 1)
        #expect(try bits(recomputes: true, threads: 1) == first)
        #expect(try bits(recomputes: false, threads: 3) == first)
        #expect(try bits(recomputes: true, threads: 2) == first)
    }
}
