// OptimizerPlainTwins.swift — the optimizer kernels as plain loops: the oracles of the fast ones.
// Swift never contracts a product and a sum, so the results must be equal to the last bit.

import CKernels

enum OptimizerPlainTwins {
    static func adam(
        _ p: inout [Float], _ gradient: [Float], _ m: inout [Float], _ v: inout [Float], _ s: bw_adam_step
    ) {
        for i in p.indices {
            let g = gradient[i] * s.gradient_scale + s.l2 * p[i]
            m[i] += s.one_minus_beta1 * (g - m[i])
            v[i] = v[i] * s.beta2 + s.one_minus_beta2 * g * g
            p[i] *= s.keep
            p[i] -= s.step_size * m[i] / (v[i].squareRoot() / s.correction2_sqrt + s.eps)
        }
    }

    static func sgd(
        _ p: inout [Float], _ gradient: [Float], _ buffer: inout [Float], _ s: bw_sgd_step
    ) {
        for i in p.indices {
            var g = gradient[i] * s.gradient_scale + s.l2 * p[i]
            if s.momentum > 0 {
                buffer[i] = s.momentum * buffer[i] + g
                g = s.nesterov != 0 ? g + s.momentum * buffer[i] : buffer[i]
            }
            p[i] -= s.rate * g
        }
    }

    static func movingAverage(_ average: inout [Float], _ p: [Float], _ share: Float) {
        for i in p.indices { average[i] += share * (p[i] - average[i]) }
    }
}
