// LayerForwardRun.swift — one layer with its parameters, run once and looked at.

import Model
import Tensor

/// A layer under test.
struct LayerForwardRun {
    let parameters = Parameters()
    let layer: any Layer

    /// - Parameter make: the layer; its parameters are then filled with random numbers.
    init(_ make: (Parameters) -> any Layer) {
        layer = make(parameters)
        parameters.allocate(seed: 1)
        let jitter = GradientCheck.random(parameters.values.count, sample: 99)
        for slot in parameters.slots {
            for i in slot.range { parameters.values[i] += 0.3 * jitter[i] }
        }
    }

    /// The numbers of the parameter whose name ends so.
    func parameter(_ suffix: String) -> [Double] {
        let slot = parameters.slots.first { $0.name.hasSuffix(suffix) }!
        return parameters.values[slot.range].map(Double.init)
    }

    func buffer(_ suffix: String) -> [Double] {
        let slot = parameters.bufferSlots.first { $0.name.hasSuffix(suffix) }!
        return parameters.buffers[slot.range].map(Double.init)
    }

    func context(
        _ mode: Context.Mode = .training, threads: Int = 2, reducer: any SumReducer = LocalReducer()
    ) throws -> Context {
        let context = Context(pool: try ThreadPool(threads: threads), parameters: parameters, reducer: reducer)
        context.mode = mode
        return context
    }

    struct Result {
        var y: PlainMap
        var dx: PlainMap
        /// As stored, with names to look them up.
        var gradients: [Float]
        var slots: [Slot]

        func gradient(_ suffix: String) -> [Double] {
            gradients[slots.first { $0.name.hasSuffix(suffix) }!.range].map(Double.init)
        }

        /// All of it, to the last bit.
        var bits: [UInt64] {
            (y.values + dx.values).map(\.bitPattern) + gradients.map { UInt64($0.bitPattern) }
        }
    }

    /// Forward and backward; dL/dy is random, the same for equal shapes.
    func train(_ x: PlainMap, _ context: Context) throws -> (result: Result, dy: PlainMap) {
        parameters.zeroGradients()
        let (y, dy, dx) = try context.arena.run("train \(x.n)×\(x.h)×\(x.w)×\(x.c)") {
            let output = try layer.forward(x.tensor(in: context.arena), context)
            let y = PlainMap(output)
            let dy = PlainMap.random(n: y.n, h: y.h, w: y.w, c: y.c, sample: 77)
            context.arena.release(output)
            let input = try layer.backward(dy.tensor(in: context.arena), context)
            defer { context.arena.release(input) }
            return (y, dy, PlainMap(input))
        }
        return (Result(y: y, dx: dx, gradients: Array(parameters.gradients), slots: parameters.slots), dy)
    }

    /// Forward alone, in evaluation.
    func evaluate(_ x: PlainMap, threads: Int = 2) throws -> PlainMap {
        let context = try context(.evaluation, threads: threads)
        return try context.arena.run("evaluate") {
            let y = try layer.forward(x.tensor(in: context.arena), context)
            defer { context.arena.release(y) }
            return PlainMap(y)
        }
    }
}
