// PlainNorms.swift — batch norm, squeeze-excite and activations by their definitions, in double.

import Foundation
import Model

enum PlainActivations {
    static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    static func silu(_ x: Double) -> Double { x * sigmoid(x) }
    static func siluSlope(_ x: Double) -> Double { sigmoid(x) * (1 + x * (1 - sigmoid(x))) }
    static func leaky(_ x: Double) -> Double { x > 0 ? x : 0.01 * x }

    static func value(_ z: Double, _ activation: BatchNorm.Activation) -> Double {
        switch activation {
        case .none: z
        case .silu: silu(z)
        case .relu: max(0, z)
        }
    }

    static func slope(_ z: Double, _ activation: BatchNorm.Activation) -> Double {
        switch activation {
        case .none: 1
        case .silu: siluSlope(z)
        case .relu: z > 0 ? 1 : 0
        }
    }
}

/// Batch norm with the activation behind it.
struct PlainBatchNorm {
    var gamma: [Double]
    var beta: [Double]
    var mean: [Double]
    var variance: [Double]
    var epsilon: Double
    var activation: BatchNorm.Activation

    /// Statistics of the batch: mean and the biased variance per channel.
    static func statistics(_ x: PlainMap) -> (mean: [Double], variance: [Double]) {
        var mean = [Double](repeating: 0, count: x.c)
        var variance = mean
        for i in x.values.indices { mean[i % x.c] += x.values[i] / Double(x.rows) }
        for i in x.values.indices {
            let d = x.values[i] - mean[i % x.c]
            variance[i % x.c] += d * d / Double(x.rows)
        }
        return (mean, variance)
    }

    private func normalised(_ x: Double, _ c: Int) -> Double {
        (x - mean[c]) / (variance[c] + epsilon).squareRoot()
    }

    func forward(_ x: PlainMap) -> PlainMap {
        var y = x
        for i in x.values.indices {
            let c = i % x.c
            y.values[i] = PlainActivations.value(gamma[c] * normalised(x.values[i], c) + beta[c], activation)
        }
        return y
    }

    /// - Parameter ofBatch: whether mean and variance are the batch's own and pass gradients.
    func backward(_ x: PlainMap, _ dy: PlainMap, ofBatch: Bool) -> (dx: PlainMap, dGamma: [Double], dBeta: [Double]) {
        var dGamma = [Double](repeating: 0, count: x.c)
        var dBeta = dGamma
        var dz = dy
        for i in x.values.indices {
            let c = i % x.c
            let hat = normalised(x.values[i], c)
            dz.values[i] *= PlainActivations.slope(gamma[c] * hat + beta[c], activation)
            dBeta[c] += dz.values[i]
            dGamma[c] += dz.values[i] * hat
        }
        var dx = dz
        let count = Double(x.rows)
        for i in x.values.indices {
            let c = i % x.c
            let throughStatistics =
                ofBatch ? (dBeta[c] + normalised(x.values[i], c) * dGamma[c]) / count : 0
            dx.values[i] = gamma[c] / (variance[c] + epsilon).squareRoot() * (dz.values[i] - throughStatistics)
        }
        return (dx, dGamma, dBeta)
    }
}

enum PlainSqueezeExcite {
    /// Weights of the two linear layers, [S][C] and [C][S].
    static func forward(
        _ x: PlainMap, reduce: (weight: [Double], bias: [Double]), expand: (weight: [Double], bias: [Double])
    ) -> PlainMap {
        var y = x
        let squeezed = reduce.bias.count
        for n in 0..<x.n {
            let sample = x.samples(n..<n + 1)
            let pooled = pool(sample).values
            let hidden = (0..<squeezed).map { s in
                PlainActivations.silu(
                    reduce.bias[s] + (0..<x.c).reduce(0) { $0 + reduce.weight[s * x.c + $1] * pooled[$1] })
            }
            let gate = (0..<x.c).map { c in
                PlainActivations.sigmoid(
                    expand.bias[c] + (0..<squeezed).reduce(0) { $0 + expand.weight[c * squeezed + $1] * hidden[$1] })
            }
            for i in sample.values.indices { y.values[n * sample.values.count + i] *= gate[i % x.c] }
        }
        return y
    }

    /// Mean of each channel over the pixels.
    static func pool(_ x: PlainMap) -> PlainMap {
        var y = PlainMap(n: x.n, c: x.c)
        for n in 0..<x.n {
            for row in 0..<x.h { for column in 0..<x.w { for c in 0..<x.c { y[n, 0, 0, c] += x[n, row, column, c] } } }
        }
        return y.mapped { $0 / Double(x.h * x.w) }
    }
}
