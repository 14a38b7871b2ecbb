// PlainConvolutions.swift — convolutions by their definition, forward and backward, in double.

import Model

/// A k×k window that goes over a map in strides, with zeros around.
struct PlainWindow: CustomStringConvertible {
    var kernel: Int
    var stride: Int
    var padding: AxisPadding

    init(kernel: Int, stride: Int, before: Int, after: Int) {
        self.kernel = kernel
        self.stride = stride
        padding = AxisPadding(before: before, after: after)
    }

    var description: String { "\(kernel)×\(kernel), stride \(stride), padding \(padding.before) \(padding.after)" }

    /// Windows that fit, counted one by one.
    func output(_ size: Int) -> Int {
        var count = 0
        while count * stride + kernel <= size + padding.before + padding.after { count += 1 }
        return count
    }

    /// Calls `body` for every pair of an output and an input pixel that a tap joins; y first.
    func forEachTap(
        _ x: PlainMap,
        _ body: (_ n: Int, _ out: (y: Int, x: Int), _ tap: (y: Int, x: Int), _ in: (y: Int, x: Int)) -> Void
    ) {
        for n in 0..<x.n {
            for oy in 0..<output(x.h) {
                for ox in 0..<output(x.w) {
                    for ky in 0..<kernel {
                        for kx in 0..<kernel {
                            let (iy, ix) = (oy * stride + ky - padding.before, ox * stride + kx - padding.before)
                            guard (0..<x.h).contains(iy) && (0..<x.w).contains(ix) else { continue }
                            body(n, (oy, ox), (ky, kx), (iy, ix))
                        }
                    }
                }
            }
        }
    }
}

struct PlainGradients {
    var input: PlainMap
    var weight: [Double]
    var bias: [Double] = []
}

enum PlainConvolutions {
    /// Weights [k][k][C].
    static func depthwise(_ x: PlainMap, _ weight: [Double], _ window: PlainWindow) -> PlainMap {
        var y = PlainMap(n: x.n, h: window.output(x.h), w: window.output(x.w), c: x.c)
        window.forEachTap(x) { n, out, tap, from in
            for c in 0..<x.c {
                y[n, out.y, out.x, c] +=
                    x[n, from.y, from.x, c] * weight[(tap.y * window.kernel + tap.x) * x.c + c]
            }
        }
        return y
    }

    static func depthwiseBackward(
        _ x: PlainMap, _ weight: [Double], _ window: PlainWindow, _ dy: PlainMap
    ) -> PlainGradients {
        var dx = PlainMap(n: x.n, h: x.h, w: x.w, c: x.c)
        var dWeight = [Double](repeating: 0, count: weight.count)
        window.forEachTap(x) { n, out, tap, from in
            for c in 0..<x.c {
                let place = (tap.y * window.kernel + tap.x) * x.c + c
                dx[n, from.y, from.x, c] += dy[n, out.y, out.x, c] * weight[place]
                dWeight[place] += dy[n, out.y, out.x, c] * x[n, from.y, from.x, c]
            }
        }
        return PlainGradients(input: dx, weight: dWeight)
    }

    /// Weights [O][k][k][C].
    static func full(_ x: PlainMap, _ weight: [Double], _ bias: [Double], _ window: PlainWindow) -> PlainMap {
        let outChannels = bias.count
        var y = PlainMap(n: x.n, h: window.output(x.h), w: window.output(x.w), c: outChannels)
        for i in y.values.indices { y.values[i] = bias[i % outChannels] }
        window.forEachTap(x) { n, out, tap, from in
            for o in 0..<outChannels {
                let place = ((o * window.kernel + tap.y) * window.kernel + tap.x) * x.c
                for c in 0..<x.c { y[n, out.y, out.x, o] += x[n, from.y, from.x, c] * weight[place + c] }
            }
        }
        return y
    }

    static func fullBackward(
        _ x: PlainMap, _ weight: [Double], _ window: PlainWindow, _ dy: PlainMap
    ) -> PlainGradients {
        var dx = PlainMap(n: x.n, h: x.h, w: x.w, c: x.c)
        var dWeight = [Double](repeating: 0, count: weight.count)
        var dBias = [Double](repeating: 0, count: dy.c)
        for i in dy.values.indices { dBias[i % dy.c] += dy.values[i] }
        window.forEachTap(x) { n, out, tap, from in
            for o in 0..<dy.c {
                let place = ((o * window.kernel + tap.y) * window.kernel + tap.x) * x.c
                for c in 0..<x.c {
                    dx[n, from.y, from.x, c] += dy[n, out.y, out.x, o] * weight[place + c]
                    dWeight[place + c] += dy[n, out.y, out.x, o] * x[n, from.y, from.x, c]
                }
            }
        }
        return PlainGradients(input: dx, weight: dWeight, bias: dBias)
    }

    /// [n, 1, 1, in] → [n, size, size, out], weights [in][size][size][out].
    static func spreading(
        _ x: PlainMap, _ weight: [Double], bias: [Double], outChannels: Int, size: Int
    ) -> PlainMap {
        var y = PlainMap(n: x.n, h: size, w: size, c: outChannels)
        let width = size * size * outChannels
        for n in 0..<x.n {
            for place in 0..<width {
                y.values[n * width + place] = bias[place % outChannels]
                for i in 0..<x.c {
                    y.values[n * width + place] += x[n, 0, 0, i] * weight[i * width + place]
                }
            }
        }
        return y
    }
}
