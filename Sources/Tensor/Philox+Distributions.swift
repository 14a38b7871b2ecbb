// Philox+Distributions.swift — normal, gamma and beta draws over the uniform ones.

import Glibc

extension Philox {
    /// Standard normal (Box–Muller; the second of the pair is thrown away, so that a draw takes
    /// the same number of counter values every time).
    public mutating func normal() -> Float {
        let radius = (-2 * log(Double(1 - uniform()))).squareRoot()
        return Float(radius * cos(2 * Double.pi * Double(uniform())))
    }

    /// Gamma(shape, 1), for shape > 0 (Marsaglia and Tsang, "A simple method for generating
    /// gamma variables", 2000; below 1 by the power transform of the same paper).
    public mutating func gamma(shape: Double) -> Double {
        precondition(shape > 0, "Philox: gamma(shape: \(shape))")
        if shape < 1 {
            let boost = pow(Double(1 - uniform()), 1 / shape)
            return gamma(shape: shape + 1) * boost
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = Double(normal())
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            guard v > 0 else { continue }
            let u = Double(1 - uniform())
            if log(u) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }

    /// Beta(α, β), both > 0.
    public mutating func beta(_ alpha: Double, _ beta: Double) -> Float {
        let x = gamma(shape: alpha)
        let y = gamma(shape: beta)
        return x + y > 0 ? Float(x / (x + y)) : 0.5
    }
}
