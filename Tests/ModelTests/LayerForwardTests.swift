// LayerForwardTests.swift — the layers against their plain twins: values, and the gradients of the
// convolutions. Not here: gradients by differences (LayerGradientTests), batch norm, whole networks.

import Model
import Tensor
import Testing

@Suite struct LayerForwardTests {
    @Test(arguments: [(1, 1, 1), (2, 7, 5), (3, 5, 70), (2, 33, 16)])
    func pointwiseConvolutionEqualsItsPlainTwin(shape: (n: Int, inputs: Int, outputs: Int)) throws {
        let (n, inputs, outputs) = shape
        for bias in [false, true] {
            let run = LayerForwardRun { PointwiseConvolution($0, "layer", inputs, outputs, bias: bias) }
            let x = PlainMap.random(n: n, h: 3, w: 5, c: inputs, sample: 1)
            let weight = run.parameter("weight")
            let shift = bias ? run.parameter("bias") : [Double](repeating: 0, count: outputs)
            let window = PlainWindow(kernel: 1, stride: 1, before: 0, after: 0)
            let expected = PlainConvolutions.full(x, weight, shift, window)
            expectEqual(try run.evaluate(x), expected)
            let (result, dy) = try run.train(x, run.context())
            let gradients = PlainConvolutions.fullBackward(x, weight, window, dy)
            expectEqual(result.y, expected)
            expectEqual(result.dx, gradients.input, "input gradient")
            expectEqual(result.gradient("weight"), gradients.weight, "weight gradient")
            if bias { expectEqual(result.gradient("bias"), gradients.bias, "bias gradient") }
        }
    }

    static let windows = [3, 5].flatMap { kernel in
        [1, 2].flatMap { stride in
            [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)].map { before, after in
                PlainWindow(kernel: kernel, stride: stride, before: before, after: after)
            }
        }
    }

    @Test(arguments: windows) func depthwiseConvolutionEqualsItsPlainTwin(window: PlainWindow) throws {
        for channels in [1, 7, 8, 16, 24, 40] {
            let run = LayerForwardRun {
                DepthwiseConvolution(
                    $0, "layer", channels: channels, kernel: window.kernel, stride: window.stride,
                    padding: window.padding)
            }
            let weight = run.parameter("weight")
            // Wide enough for whole tiles of pixels, odd and even, and no larger than the kernel.
            for (h, w) in [(5, 5), (6, 13), (9, 8), (7, 20)] {
                let x = PlainMap.random(n: 2, h: h, w: w, c: channels, sample: h)
                let expected = PlainConvolutions.depthwise(x, weight, window)
                let name = "\(window), \(channels) channels, \(h)×\(w)"
                expectEqual(try run.evaluate(x), expected, name)
                let (result, dy) = try run.train(x, run.context())
                let gradients = PlainConvolutions.depthwiseBackward(x, weight, window, dy)
                expectEqual(result.y, expected, name)
                expectEqual(result.dx, gradients.input, "input gradient, \(name)")
                expectEqual(result.gradient("weight"), gradients.weight, "weight gradient, \(name)")
            }
        }
    }

    @Test(arguments: windows) func convolutionEqualsItsPlainTwin(window: PlainWindow) throws {
        for (inputs, outputs) in [(3, 5), (8, 4)] {
            let run = LayerForwardRun {
                Convolution(
                    $0, "layer", inputs, outputs, kernel: window.kernel, stride: window.stride,
                    padding: window.padding, bias: true)
            }
            let (weight, bias) = (run.parameter("weight"), run.parameter("bias"))
            for (h, w) in [(5, 6), (8, 7)] {
                let x = PlainMap.random(n: 3, h: h, w: w, c: inputs, sample: h)
                let expected = PlainConvolutions.full(x, weight, bias, window)
                let name = "\(window), \(inputs) to \(outputs), \(h)×\(w)"
                expectEqual(try run.evaluate(x), expected, name)
                let (result, dy) = try run.train(x, run.context())
                let gradients = PlainConvolutions.fullBackward(x, weight, window, dy)
                expectEqual(result.y, expected, name)
                expectEqual(result.dx, gradients.input, "input gradient, \(name)")
                expectEqual(result.gradient("weight"), gradients.weight, "weight gradient, \(name)")
                expectEqual(result.gradient("bias"), gradients.bias, "bias gradient, \(name)")
            }
        }
    }

    @Test func aConvolutionInSeveralPiecesEqualsItsPlainTwin() throws {
        // 5 samples whose patches take more than one piece of 8 MB.
        let run = LayerForwardRun {
            Convolution($0, "layer", 24, 2, kernel: 5, padding: .symmetric(kernel: 5), bias: true)
        }
        let window = PlainWindow(kernel: 5, stride: 1, before: 2, after: 2)
        let x = PlainMap.random(n: 5, h: 34, w: 33, c: 24, sample: 3)
        let (result, dy) = try run.train(x, run.context())
        let (weight, bias) = (run.parameter("weight"), run.parameter("bias"))
        let gradients = PlainConvolutions.fullBackward(x, weight, window, dy)
        expectEqual(result.y, PlainConvolutions.full(x, weight, bias, window))
        expectEqual(result.dx, gradients.input, "input gradient")
        expectEqual(result.gradient("weight"), gradients.weight, "weight gradient")
    }

    @Test func aFirstLayerGivesNoInputGradient() throws {
        let run = LayerForwardRun {
            Convolution($0, "layer", 3, 4, kernel: 3, stride: 2, padding: .none, needsInputGradient: false)
        }
        let x = PlainMap.random(n: 2, h: 7, w: 7, c: 3, sample: 1)
        let (result, dy) = try run.train(x, run.context())
        let window = PlainWindow(kernel: 3, stride: 2, before: 0, after: 0)
        let gradients = PlainConvolutions.fullBackward(x, run.parameter("weight"), window, dy)
        #expect(result.dx.n == 0)
        expectEqual(result.gradient("weight"), gradients.weight, "weight gradient")
    }

    @Test func spreadingConvolutionEqualsItsPlainTwin() throws {
        let run = LayerForwardRun { SpreadingConvolution($0, "layer", 6, 5, size: 3) }
        let x = PlainMap.random(n: 4, c: 6, sample: 1)
        let expected = PlainConvolutions.spreading(
            x, run.parameter("weight"), bias: run.parameter("bias"), outChannels: 5, size: 3)
        expectEqual(try run.evaluate(x), expected)
        expectEqual(try run.train(x, run.context()).result.y, expected)
    }

    @Test(arguments: [1, 3, 16]) func squeezeExciteEqualsItsPlainTwin(channels: Int) throws {
        let run = LayerForwardRun { SqueezeExcite($0, "layer", channels: channels, squeezed: 4) }
        let x = PlainMap.random(n: 3, h: 4, w: 5, c: channels, sample: 1)
        let expected = PlainSqueezeExcite.forward(
            x, reduce: (run.parameter("reduce.weight"), run.parameter("reduce.bias")),
            expand: (run.parameter("expand.weight"), run.parameter("expand.bias")))
        expectEqual(try run.evaluate(x), expected)
        expectEqual(try run.train(x, run.context()).result.y, expected)
    }

    @Test func leakyReLUEqualsItsPlainTwin() throws {
        let run = LayerForwardRun { _ in LeakyReLULayer() }
        let x = PlainMap.random(n: 3, h: 2, w: 3, c: 9, sample: 1)
        let expected = x.mapped(PlainActivations.leaky)
        expectEqual(try run.evaluate(x), expected)
        let (result, dy) = try run.train(x, run.context())
        expectEqual(result.y, expected)
        var dx = dy
        for i in dx.values.indices where x.values[i] < 0 { dx.values[i] *= 0.01 }
        expectEqual(result.dx, dx, "input gradient")
    }

    @Test func concatenatedPointwiseEqualsAPointwiseConvolutionOfTheJoinedMaps() throws {
        let widths = [3, 1, 8]
        let parameters = Parameters()
        let layer = ConcatenatedPointwise(parameters, "layer", widths, 5, bias: true)
        parameters.allocate(seed: 4)
        let context = Context(pool: try ThreadPool(threads: 2), parameters: parameters)
        let joined = PlainMap.random(n: 2, h: 3, w: 4, c: 12, sample: 1)
        // Columns of the joined map, one block per input.
        let parts = widths.indices.map { index in
            let start = widths[..<index].reduce(0, +)
            return PlainMap(
                n: 2, h: 3, w: 4, c: widths[index],
                values: (0..<joined.rows).flatMap { joined.values[$0 * 12 + start..<$0 * 12 + start + widths[index]] })
        }
        let weight = parameters.values[parameters.slots[0].range].map(Double.init)
        let bias = GradientCheck.random(5, sample: 3)
        for (i, value) in bias.enumerated() { parameters.values[parameters.slots[1].offset + i] = value }
        let window = PlainWindow(kernel: 1, stride: 1, before: 0, after: 0)
        let expected = PlainConvolutions.full(joined, weight, bias.map(Double.init), window)
        let dy = PlainMap.random(n: 2, h: 3, w: 4, c: 5, sample: 2)
        let plain = PlainConvolutions.fullBackward(joined, weight, window, dy)

        try context.arena.run("train") {
            let y = layer.forward(parts.map { $0.tensor(in: context.arena) }, context)
            expectEqual(PlainMap(y), expected)
            context.arena.release(y)
            let wanted = [true, false, true]
            let gradients = try layer.backward(dy.tensor(in: context.arena), wanted: wanted, context)
            var start = 0
            for (index, gradient) in gradients.enumerated() {
                #expect((gradient != nil) == wanted[index])
                if let gradient {
                    let columns = (0..<joined.rows).flatMap {
                        plain.input.values[$0 * 12 + start..<$0 * 12 + start + widths[index]]
                    }
                    expectEqual(PlainMap(gradient).values, columns, "gradient of input \(index)")
                    context.arena.release(gradient)
                }
                start += widths[index]
            }
        }
        expectEqual(parameters.gradients[parameters.slots[0].range].map(Double.init), plain.weight, "weight gradient")
        expectEqual(parameters.gradients[parameters.slots[1].range].map(Double.init), plain.bias, "bias gradient")

        context.mode = .evaluation
        context.arena.run("evaluate") {
            let y = layer.forward(parts.map { $0.tensor(in: context.arena) }, context)
            expectEqual(PlainMap(y), expected)
            context.arena.release(y)
        }
    }
}
