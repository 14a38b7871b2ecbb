// GeneratorTrainer.swift — trains one face generator of the built-in world. What the trained one does is
// Synthesis's; here are its layers with a backward pass, the loss and the loop.

import CKernels
import Model
import Synthesis
import Tensor

/// Trains the layers of a `GeneratorShape` on one process.
package final class GeneratorTrainer {
    private static let batch = 16
    private static let peakRate = 2e-3
    /// Weight of the differences between neighbouring pixels: without it faces come out soft.
    private static let edgeWeight: Float = 1

    private let shape: GeneratorShape
    private let parameters = Parameters()
    private let encoder: [Sequence]
    private let bottom: Sequence
    /// Without the activations, which come after what is handed across has been added.
    private let decoder: [Sequence]
    private let activations: [LeakyReLULayer]
    private let output: Convolution
    private let context: Context

    package init(_ upsampling: GeneratorShape.Upsampling, seed: UInt64, pool: ThreadPool) {
        shape = GeneratorShape(upsampling)
        let (parameters, shape) = (parameters, shape)
        func convolution(_ index: Int) -> Convolution {
            let layer = shape.convolutions[index]
            return Convolution(
                parameters, "\(index)", layer.inChannels, layer.outChannels, kernel: 3, stride: layer.stride,
                padding: .symmetric(kernel: 3), bias: true, needsInputGradient: index > 0)
        }
        let down = GeneratorShape.encoderCount
        encoder = (0..<down).map { Sequence([convolution($0), LeakyReLULayer()]) }
        bottom = Sequence([convolution(down), LeakyReLULayer()])
        decoder = (0..<GeneratorShape.decoderCount).map { stage in
            let layer = convolution(down + 1 + stage)
            return switch upsampling {
            case .transposed: Sequence([Enlargement(.spread), layer])
            case .bilinear: Sequence([Enlargement(.bilinear), layer])
            case .shuffle: Sequence([layer, Enlargement(.shuffle)])
            }
        }
        activations = decoder.map { _ in LeakyReLULayer() }
        output = convolution(shape.convolutions.count - 1)
        parameters.allocate(seed: seed)
        context = Context(pool: pool, parameters: parameters)
    }

    /// Trains on all pairs but the last sixteenth, `epochs` times.
    /// - Returns: mean absolute error on that sixteenth, in grey levels.
    package func train(_ pairs: GeneratorPairs, epochs: Int, seed: UInt64, progress: (Int, Double) -> Void) throws -> Double {
        let trained = pairs.count - pairs.count / 16
        let stepsPerEpoch = trained / Self.batch
        let schedule = try LearningRateSchedule(
            base: Self.peakRate, shape: .cosine(floor: 0), granularity: .perStep, warmUpSteps: 20)
        let adam = try Adam(ranges: DecayRanges(count: parameters.values.count))
        var step = 0
        for epoch in 0..<epochs {
            var draw = Philox(seed: seed, stream: .shuffle, epoch: epoch)
            var order = Array(0..<trained)
            for index in stride(from: trained - 1, to: 0, by: -1) { order.swapAt(index, draw.integer(below: index + 1)) }
            var sum = 0.0
            for first in stride(from: 0, through: trained - Self.batch, by: Self.batch) {
                parameters.zeroGradients()
                sum += try run(pairs, Array(order[first..<first + Self.batch]), learns: true)
                let rate = schedule.rate(
                    step: step, stepsPerEpoch: stepsPerEpoch, totalSteps: epochs * stepsPerEpoch)
                adam.beginStep(learningRate: rate, gradientScale: 1)
                context.pool.forRanges(parameters.values.count, grain: 1 << 14) {
                    adam.update($0, of: parameters.values, gradient: UnsafeBufferPointer(parameters.gradients))
                }
                step += 1
            }
            progress(epoch + 1, sum / Double(stepsPerEpoch))
        }
        var sum = 0.0
        for pair in trained..<pairs.count { sum += try run(pairs, [pair], learns: false) }
        return sum / Double(max(1, pairs.count - trained))
    }

    /// The weights in the order and layout of `GeneratorNetwork`.
    package var weights: [Float] {
        var weights: [Float] = []
        for (index, layer) in shape.convolutions.enumerated() {
            let values = parameters.values[parameters.slots[2 * index].range]
            for tap in 0..<9 {
                for input in 0..<layer.inChannels {
                    for output in 0..<layer.outChannels {
                        weights.append(values[values.startIndex + (output * 9 + tap) * layer.inChannels + input])
                    }
                }
            }
            weights += parameters.values[parameters.slots[2 * index + 1].range]
        }
        return weights
    }

    // MARK: One step

    /// - Returns: mean absolute error in grey levels.
    private func run(_ pairs: GeneratorPairs, _ chosen: [Int], learns: Bool) throws -> Double {
        context.mode = learns ? .training : .evaluation
        return try context.arena.run(learns ? "generator step" : "generator check") {
            let side = FaceCrop.side
            let x = context.arena.allocate(n: chosen.count, h: side, w: side, c: 6)
            for (place, pair) in chosen.enumerated() {
                for pixel in 0..<side * side {
                    let to = x.data + (place * side * side + pixel) * 6
                    let from = pair * GeneratorPairs.values + 3 * pixel
                    for channel in 0..<3 {
                        to[channel] = Float(pairs.sources[from + channel]) / 127.5 - 1
                        to[3 + channel] = Float(pairs.targets[from + channel]) / 127.5 - 1
                    }
                }
            }
            let y = try forward(x)
            let error = context.arena.allocate(n: y.n, h: side, w: side, c: 3)
            for (place, pair) in chosen.enumerated() {
                for value in 0..<GeneratorPairs.values {
                    let index = place * GeneratorPairs.values + value
                    error.data[index] = y.data[index] - (Float(pairs.truths[pair * GeneratorPairs.values + value]) / 127.5 - 1)
                }
            }
            context.arena.release(y)
            var sum = 0.0
            for index in 0..<error.count { sum += Double(abs(error.data[index])) }
            let mean = 127.5 * sum / Double(error.count)
            if learns {
                context.arena.release(try backward(lossGradient(error)))
            }
            context.arena.release(error)
            return mean
        }
    }

    private func forward(_ x: Tensor) throws -> Tensor {
        var map = x
        var handedAcross: [Tensor] = []
        for (index, stage) in encoder.enumerated() {
            map = try stage.forward(map, context)
            if index < encoder.count - 1 {
                context.arena.retain(map)
                handedAcross.append(map)
            }
        }
        map = try bottom.forward(map, context)
        for (stage, activation) in zip(decoder, activations) {
            map = try stage.forward(map, context)
            if let other = handedAcross.popLast() {
                bw_add_scaled(map.data, other.data, map.count, 1)
                context.arena.release(other)
            }
            map = try activation.forward(map, context)
        }
        return try output.forward(map, context)
    }

    private func backward(_ dy: Tensor) throws -> Tensor {
        var gradient = try output.backward(dy, context)
        var handedAcross: [Tensor] = []
        for (index, stage) in decoder.enumerated().reversed() {
            gradient = try activations[index].backward(gradient, context)
            if index < encoder.count - 1 {
                context.arena.retain(gradient)
                handedAcross.append(gradient)
            }
            gradient = try stage.backward(gradient, context)
        }
        gradient = try bottom.backward(gradient, context)
        for (index, stage) in encoder.enumerated().reversed() {
            if index < encoder.count - 1 {
                let other = handedAcross.remove(at: index)
                bw_add_scaled(gradient.data, other.data, gradient.count, 1)
                context.arena.release(other)
            }
            gradient = try stage.backward(gradient, context)
        }
        return gradient
    }

    /// Of the mean absolute error of pixels and of differences between neighbours.
    private func lossGradient(_ error: Tensor) -> Tensor {
        let side = FaceCrop.side
        let gradient = context.arena.zeros(n: error.n, h: side, w: side, c: 3)
        let scale = 1 / Float(error.count)
        func sign(_ value: Float) -> Float { value > 0 ? scale : value < 0 ? -scale : 0 }
        context.pool.forRanges(error.n) { samples in
            for sample in samples {
                for row in 0..<side {
                    for column in 0..<side {
                        for channel in 0..<3 {
                            let index = ((sample * side + row) * side + column) * 3 + channel
                            gradient.data[index] += sign(error.data[index])
                            for (isInside, next) in [(column + 1 < side, index + 3), (row + 1 < side, index + 3 * side)]
                            where isInside {
                                let slope = Self.edgeWeight * sign(error.data[next] - error.data[index])
                                gradient.data[next] += slope
                                gradient.data[index] -= slope
                            }
                        }
                    }
                }
            }
        }
        return gradient
    }
}
