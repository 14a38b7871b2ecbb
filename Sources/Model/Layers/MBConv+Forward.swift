// MBConv+Forward.swift — the block's forward pass in training, fused.
//
// Note [What a block keeps]
// Layer by layer a block would write and keep five maps of its full width: both convolutions'
// outputs, both activated, and the gated one; and memory, not arithmetic, is what such passes cost.
// Here each convolution applies the batch norm, activation and gate in front of it while it reads,
// line by line or a few rows at a time, and adds up the sums for the batch norm behind it while it
// writes. Kept are the convolutions' outputs alone, from which the backward pass computes the rest
// again. With `recomputes` the expanded map is not kept either: expanding again costs one product.

import CKernels
import Tensor

extension MBConv {
    /// Names as in the formula x → expand → filter (depthwise) → gate → project.
    struct Kept {
        var x: Tensor
        /// Same as x in a block without expansion; nil if it is computed again.
        var expanded: Tensor?
        /// [4, wide]: see `BatchNorm`.
        var expandNorm: Tensor
        var filtered: Tensor
        var filterNorm: Tensor
        /// [n, 1, 1, wide].
        var gate: Tensor
        var projected: Tensor
        var projectNorm: Tensor
    }

    var wide: Int { shape.inChannels * shape.expansion }

    /// Rows whose gated map stays in the second-level cache between two loops.
    var chunkRows: Int { max(24, min(96, 65536 / wide / 24 * 24)) }

    /// Maps beyond this many floats leave the caches before they are read again.
    static let cached = 1 << 21

    func forwardKeeping(_ x: Tensor, _ context: Context) throws -> Tensor {
        let arena = context.arena
        if shape.isResidual { arena.retain(x) }
        var expanded = x
        let expandCoefficients: Tensor
        if let expand, let expandNorm {
            expanded = arena.allocate(n: x.n, h: x.h, w: x.w, c: wide)
            let sums = expand.product(x, into: expanded, context)
            expandCoefficients = try expandNorm.forwardCoefficients(context) { sums }
        } else {
            expandCoefficients = identity(context)
        }
        let (filtered, filterCoefficients) = try filter(expanded, expandCoefficients, context)
        let keepsExpanded = !context.recomputes || expand == nil
        if !keepsExpanded { arena.release(expanded) }

        let gate = try squeeze.gateForward(pooled(filtered, filterCoefficients, context), context)
        let (projected, projectCoefficients) = try projection(filtered, filterCoefficients, gate, context)

        let y = arena.allocate(n: projected.n, h: projected.h, w: projected.w, c: projected.c)
        let parts = MapParts(y)
        context.pool.run(tasks: parts.count) { index in
            let part = parts[index]
            let start = part.rows.lowerBound * y.c
            bw_norm_residual(
                projected.data + start, part.rows.count, Int32(y.c), projectCoefficients.data,
                projectCoefficients.data + y.c,
                shape.isResidual ? branchFactor(part.sample, context) : 1,
                shape.isResidual ? x.data + start : nil, y.data + start)
        }
        if shape.isResidual { arena.release(x) }
        kept = Kept(
            x: x, expanded: keepsExpanded ? expanded : nil, expandNorm: expandCoefficients,
            filtered: filtered, filterNorm: filterCoefficients, gate: gate, projected: projected,
            projectNorm: projectCoefficients)
        return y
    }

    /// Coefficients of a norm that changes nothing.
    private func identity(_ context: Context) -> Tensor {
        let coefficients = context.arena.zeros(n: 4, c: wide)
        for c in 0..<wide { coefficients.data[c] = 1 }
        return coefficients
    }

    /// The norm in front of the depthwise convolution.
    func normBeforeFilter(_ coefficients: Tensor) -> bw_norm {
        if let expandNorm { return expandNorm.kernelNorm(coefficients) }
        let start = coefficients.data
        return bw_norm(
            scale: start, shift: start + wide, mean: start + 2 * wide, invstd: start + 3 * wide,
            activation: Int32(BW_ACT_NONE))
    }

    /// Depthwise convolution of the activated map, and the coefficients of the norm behind it.
    private func filter(
        _ expanded: Tensor, _ coefficients: Tensor, _ context: Context
    ) throws -> (Tensor, Tensor) {
        let kernel = depthwise.shape(expanded)
        let filtered = context.arena.allocate(
            n: expanded.n, h: Int(kernel.ho), w: Int(kernel.wo), c: wide)
        let weight = context.parameters.value(depthwise.weight)
        let norm = normBeforeFilter(coefficients)
        let sums = withUnsafePointer(to: kernel) { kernel in
            withUnsafePointer(to: norm) { norm in
                context.sums(MapParts(filtered), channels: wide, floats: bw_block_scratch(kernel)) {
                    bw_block_depthwise(
                        kernel, norm, expanded.sample($0.sample), weight, filtered.sample($0.sample),
                        Int32($0.lines.lowerBound), Int32($0.lines.upperBound), $1, $2, $3)
                }
            }
        }
        return (filtered, try depthwiseNorm.forwardCoefficients(context) { sums })
    }

    /// The means of the activated map, `[n, 1, 1, wide]`.
    private func pooled(_ filtered: Tensor, _ coefficients: Tensor, _ context: Context) -> Tensor {
        let parts = MapParts(filtered)
        let partial = context.arena.zeros(n: parts.count, c: wide)
        withUnsafePointer(to: depthwiseNorm.kernelNorm(coefficients)) { norm in
            context.pool.run(tasks: parts.count) { index in
                let rows = parts[index].rows
                bw_norm_pool(
                    norm, filtered.data + rows.lowerBound * wide, rows.count, Int32(wide),
                    partial.sample(index))
            }
        }
        let pooled = sumOverParts(partial, parts, samples: filtered.n, context)
        bw_scale(pooled.data, pooled.data, pooled.count, 1 / Float(filtered.pixels))
        return pooled
    }

    /// Takes over one row of numbers per part; returns their sums per sample.
    func sumOverParts(_ partial: Tensor, _ parts: MapParts, samples: Int, _ context: Context) -> Tensor {
        let sums = context.arena.zeros(n: samples, c: partial.c)
        for index in 0..<parts.count {
            bw_add_scaled(sums.sample(parts[index].sample), partial.sample(index), partial.c, 1)
        }
        context.arena.release(partial)
        return sums
    }

    /// The product of the gated map with the project's weight, and the coefficients of the norm behind.
    private func projection(
        _ filtered: Tensor, _ coefficients: Tensor, _ gate: Tensor, _ context: Context
    ) throws -> (Tensor, Tensor) {
        let out = shape.outChannels
        let y = context.arena.allocate(n: filtered.n, h: filtered.h, w: filtered.w, c: out)
        let products = context.products(pixels: filtered.pixels)
        let packed = project.packedForward(products, context)
        let sums = withUnsafePointer(to: depthwiseNorm.kernelNorm(coefficients)) { norm in
            context.sums(MapParts(filtered), channels: out, floats: chunkRows * wide) {
                part, sum, square, chunk in
                var epilogue = bw_gemm_epilogue()
                (epilogue.sum, epilogue.square) = (sum, square)
                part.forChunks(of: chunkRows) { rows in
                    bw_norm_gate(
                        norm, filtered.data + rows.lowerBound * wide, rows.count, Int32(wide),
                        gate.sample(part.sample), chunk)
                    bw_gemm_packed(
                        products.kind, rows.count, out, wide, chunk, wide, packed, 0, y.data + rows.lowerBound * out, out,
                        &epilogue)
                }
            }
        }
        return (y, try projectNorm.forwardCoefficients(context) { sums })
    }
}

extension PointwiseConvolution {
    /// The weight packed for y = x · Wᵀ, in the pool's workspace: valid until the next product.
    func packedForward(_ products: Products, _ context: Context) -> UnsafeMutablePointer<Float> {
        packed(products, context, transposed: true, n: outChannels, k: inChannels)
    }

    /// The weight packed for dx = dy · W, likewise.
    func packedBackward(_ products: Products, _ context: Context) -> UnsafeMutablePointer<Float> {
        packed(products, context, transposed: false, n: inChannels, k: outChannels)
    }

    private func packed(
        _ products: Products, _ context: Context, transposed: Bool, n: Int, k: Int
    ) -> UnsafeMutablePointer<Float> {
        let packed = context.pool.workspace(bw_gemm_packed_count(products.kind, n, k))
        GEMM.pack(
            context.pool, products, transposed: transposed, n: n, k: k, context.parameters.value(weight), inChannels,
            into: packed)
        return packed
    }

    /// y = x · Wᵀ with the sums of y for a batch norm. Keeps and releases nothing.
    func product(_ x: Tensor, into y: Tensor, _ context: Context) -> UnsafeMutableBufferPointer<Double> {
        let products = context.products(pixels: x.pixels)
        let packed = packedForward(products, context)
        return context.sums(MapParts(x), channels: outChannels) { part, sum, square, _ in
            var epilogue = bw_gemm_epilogue()
            (epilogue.sum, epilogue.square) = (sum, square)
            epilogue.streams = y.count > MBConv.cached ? 1 : 0
            let first = part.rows.lowerBound
            bw_gemm_packed(
                products.kind, part.rows.count, outChannels, inChannels, x.data + first * inChannels, inChannels, packed, 0,
                y.data + first * outChannels, outChannels, &epilogue)
        }
    }
}
