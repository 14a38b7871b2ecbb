// GradientCheck.swift — central differences: the oracle of every backward pass.

import Model
import Tensor
import Testing

/// Compares the gradients of L = Σ y · r, for random weights r, with central differences.
struct GradientCheck {
    let parameters = Parameters()
    /// Relative error allowed, on the scale of the largest gradient of the array.
    var tolerance: Float = 2e-2
    var step: Float = 1e-2
    /// Differences of a float32 loss are blind below this share of the network's largest gradient.
    var noiseFloor: Float = 1e-3
    /// How many elements of each array are checked.
    var probes = 12

    func context(_ mode: Context.Mode, threads: Int = 1) throws -> Context {
        let context = Context(pool: try ThreadPool(threads: threads), parameters: parameters)
        context.mode = mode
        return context
    }

    /// Random numbers away from the kinks of piecewise functions.
    static func random(_ count: Int, sample: Int) -> [Float] {
        var random = Philox(seed: 7, stream: .test, sample: sample)
        return (0..<count).map { _ in
            let x = random.normal()
            return x < 0 ? x - 0.05 : x + 0.05
        }
    }

    /// - Parameters:
    ///   - shape: of the input.
    ///   - inputGradient: whether dL/dx is checked too.
    func run(
        _ context: Context, n: Int, h: Int = 1, w: Int = 1, c: Int, inputGradient: Bool = true,
        _ layer: any Layer
    ) throws {
        // Parameters away from their trivial first values, so that nothing cancels by accident.
        let jitter = Self.random(parameters.values.count, sample: 99)
        for i in parameters.values.indices { parameters.values[i] += 0.1 * jitter[i] }
        var input = Self.random(n * h * w * c, sample: 1)
        var weights: [Float] = []
        let buffers = Array(parameters.buffers)

        func output() throws -> [Float] {
            _ = parameters.buffers.update(fromContentsOf: buffers)
            return try context.arena.run("forward and discard") {
                let x = context.arena.allocate(n: n, h: h, w: w, c: c)
                _ = x.buffer.update(fromContentsOf: input)
                let y = try layer.forward(x, context)
                defer { context.arena.release(y) }
                let values = Array(y.buffer)
                // A backward pass gives back what the forward pass keeps.
                let dy = context.arena.zeros(n: y.n, h: y.h, w: y.w, c: y.c)
                context.arena.release(try layer.backward(dy, context))
                return values
            }
        }
        func loss() throws -> Double {
            let y = try output()
            if weights.isEmpty { weights = Self.random(y.count, sample: 2) }
            return zip(y, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        _ = try loss()

        parameters.zeroGradients()
        _ = parameters.buffers.update(fromContentsOf: buffers)
        var ready: [Int] = []
        context.gradientReady = { ready.append($0) }
        let inputGradients: [Float] = try context.arena.run("forward and backward") {
            let x = context.arena.allocate(n: n, h: h, w: w, c: c)
            _ = x.buffer.update(fromContentsOf: input)
            let y = try layer.forward(x, context)
            let dy = context.arena.allocate(n: y.n, h: y.h, w: y.w, c: y.c)
            _ = dy.buffer.update(fromContentsOf: weights)
            context.arena.release(y)
            let dx = try layer.backward(dy, context)
            defer { context.arena.release(dx) }
            return Array(dx.buffer)
        }
        context.gradientReady = { _ in }
        #expect(ready.sorted() == Array(parameters.slots.indices), "each gradient is announced once")

        let gradients = Array(parameters.gradients)
        let floor = noiseFloor * (gradients + inputGradients).map(abs).max()!
        for slot in parameters.slots {
            try compare(slot.name, Array(gradients[slot.range]), floor: floor) { index, delta in
                let i = slot.offset + index
                let old = parameters.values[i]
                parameters.values[i] = old + delta
                defer { parameters.values[i] = old }
                return try loss()
            }
        }
        guard inputGradient else { return }
        try compare("input", inputGradients, floor: floor) { index, delta in
            let old = input[index]
            input[index] = old + delta
            defer { input[index] = old }
            return try loss()
        }
    }

    private func compare(
        _ name: String, _ gradients: [Float], floor: Float, _ loss: (Int, Float) throws -> Double
    ) throws {
        let scale = max(gradients.map(abs).max() ?? 0, floor)
        var random = Philox(seed: 11, stream: .test)
        for probe in 0..<min(probes, gradients.count) {
            let index = gradients.count <= probes ? probe : random.integer(below: gradients.count)
            let difference = try Float((loss(index, step) - loss(index, -step)) / Double(2 * step))
            #expect(
                abs(difference - gradients[index]) <= tolerance * scale,
                "\(name)[\(index)]: \(gradients[index]) against \(difference), scale \(scale)")
        }
    }
}
