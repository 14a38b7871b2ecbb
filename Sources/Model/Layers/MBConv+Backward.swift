// MBConv+Backward.swift — the block's backward pass, fused. See Note [What a block keeps].

import CKernels
import Tensor

extension MBConv {
    public func backward(_ dy: Tensor, _ context: Context) throws -> Tensor {
        let kept = kept!
        self.kept = nil
        addShiftGradient(dy, context)
        let dProjected = try projectNormBackward(dy, kept, context)
        if !shape.isResidual { context.arena.release(dy) }
        let dFiltered = try projectBackward(dProjected, kept, context)
        let (dExpanded, expandSums) = try filterBackward(dFiltered, kept, context)
        guard let expand, let expandNorm else {
            context.arena.release(kept.x)
            guard shape.isResidual else { return dExpanded }
            context.pool.forRanges(dy.count, grain: 1 << 14) { range in
                bw_add_scaled(dExpanded.data + range.lowerBound, dy.data + range.lowerBound, range.count, 1)
            }
            context.arena.release(dy)
            return dExpanded
        }
        // The residual's gradient is added up where it is.
        let dx =
            shape.isResidual
            ? dy : context.arena.allocate(n: kept.x.n, h: kept.x.h, w: kept.x.w, c: kept.x.c)
        let apply = try expandNorm.backwardCoefficients(expandSums.sums, kept.expandNorm, context)
        let weightGradient = expandBackward(
            expand, dExpanded, expandSums.expanded, apply, kept.x, into: dx, adds: shape.isResidual, context)
        for tensor in [apply, kept.expandNorm, expandSums.expanded] { context.arena.release(tensor) }
        try inTime(context, [
            {
                weightGradient()
                for tensor in [kept.x, dExpanded] { context.arena.release(tensor) }
                try context.gradientReady(expand.weight)
            }
        ])
        return dx
    }

    /// A weight's gradient, at once or, if there are other ranks, while the next norms wait for them.
    private func inTime(_ context: Context, _ pieces: [() throws -> Void]) throws {
        if projectNorm.waits(context) { return try context.later(pieces) }
        for piece in pieces { try piece() }
    }

    /// dL/d(projected). Reads `dy` and leaves it to the caller.
    private func projectNormBackward(_ dy: Tensor, _ kept: Kept, _ context: Context) throws -> Tensor {
        let c = dy.c
        let parts = MapParts(dy)
        let (mean, inverse) = (kept.projectNorm.data + 2 * c, kept.projectNorm.data + 3 * c)
        func factor(_ sample: Int) -> Float { shape.isResidual ? branchFactor(sample, context) : 1 }
        let sums = context.sums(parts, channels: c) { part, sum, sumX, _ in
            let start = part.rows.lowerBound * c
            bw_norm_residual_sums(
                kept.projected.data + start, dy.data + start, part.rows.count, Int32(c), mean, inverse,
                factor(part.sample), sum, sumX)
        }
        let apply = try projectNorm.backwardCoefficients(sums, kept.projectNorm, context)
        let dProjected = context.arena.allocate(n: dy.n, h: dy.h, w: dy.w, c: c)
        context.pool.run(tasks: parts.count, floats: c) { index, scaled in
            let part = parts[index]
            let start = part.rows.lowerBound * c
            bw_scale(scaled, apply.data, c, factor(part.sample))
            bw_norm_apply(
                kept.projected.data + start, dy.data + start, part.rows.count, Int32(c), scaled,
                apply.data + c, apply.data + 2 * c, dProjected.data + start)
        }
        for tensor in [apply, kept.projectNorm, kept.projected] { context.arena.release(tensor) }
        return dProjected
    }

    /// Whether a weight's gradient is summed chunk by chunk, in fixed parts, while the chunk is in the
    /// cache: for tall maps with few channels. Looks at the shape alone.
    private func sumsByChunk(_ rows: Int, _ narrow: Int) -> Bool { narrow * wide <= 1 << 16 && rows >= 4096 }

    /// Takes over dL/d(projected); returns dL/d(gated · …) behind the gate: what `filterBackward` needs.
    private func projectBackward(
        _ dProjected: Tensor, _ kept: Kept, _ context: Context
    ) throws -> (d: Tensor, dPooled: Tensor) {
        let arena = context.arena
        let (out, filtered) = (shape.outChannels, kept.filtered)
        let parts = MapParts(filtered)
        let byChunk = sumsByChunk(filtered.rows, out)
        let d = arena.allocate(n: filtered.n, h: filtered.h, w: filtered.w, c: wide)
        let gated = byChunk ? nil : arena.allocate(n: filtered.n, h: filtered.h, w: filtered.w, c: wide)
        let weights = byChunk ? arena.allocate(n: parts.count, c: out * wide) : nil
        let dGateParts = arena.zeros(n: parts.count, c: wide)
        let products = context.products(pixels: filtered.pixels)
        let packed = project.packedBackward(products, context)
        withUnsafePointer(to: depthwiseNorm.kernelNorm(kept.filterNorm)) { norm in
            context.pool.run(tasks: parts.count, floats: byChunk ? chunkRows * wide : 0) { index, memory in
                let part = parts[index]
                part.forChunks(of: chunkRows) { rows in
                    let (start, dy) = (rows.lowerBound * wide, dProjected.data + rows.lowerBound * out)
                    let chunk = gated.map { $0.data + start } ?? memory
                    bw_gemm_packed(
                        products.kind, rows.count, wide, out, dy, out, packed, 0, d.data + start, wide, nil)
                    bw_norm_gate_backward(
                        norm, filtered.data + start, d.data + start, rows.count, Int32(wide),
                        kept.gate.sample(part.sample), chunk, dGateParts.sample(index))
                    if let weights {
                        bw_gemm_tn(
                            products.kind, out, wide, rows.count, dy, out, chunk, wide,
                            rows.lowerBound == part.rows.lowerBound ? 0 : 1, weights.sample(index), wide)
                    }
                }
            }
        }
        let projectWeight = project.weight
        let gradient = context.parameters.gradient(projectWeight)
        func multiply(_ rows: Range<Int>) {
            guard let gated else { return }
            GEMM.multiply(
                pool: context.pool, products: products, transposeA: true, m: rows.count, n: wide, k: filtered.rows,
                a: dProjected.data + rows.lowerBound, lda: out, b: gated.data, ldb: wide, beta: 1,
                c: gradient + rows.lowerBound * wide, ldc: wide)
        }
        // Two norms wait before the block's next such work: half for each.
        let half = expand != nil && projectNorm.waits(context) ? out / 2 : out
        try inTime(context, [
            { [self] in
                if let weights { addParts(weights, to: gradient, context) }
                multiply(0..<half)
            },
            {
                multiply(half..<out)
                for tensor in [gated, dProjected].compactMap({ $0 }) { arena.release(tensor) }
                try context.gradientReady(projectWeight)
            },
        ])
        let dGate = sumOverParts(dGateParts, parts, samples: filtered.n, context)
        return (d, try squeeze.gateBackward(dGate, kept.gate, pixels: filtered.pixels, context))
    }

    /// Adds the parts' sums in order and releases them.
    private func addParts(_ parts: Tensor, to gradient: UnsafeMutablePointer<Float>, _ context: Context) {
        context.pool.forRanges(parts.c, grain: 4096) { range in
            for index in 0..<parts.n {
                bw_add_scaled(
                    gradient + range.lowerBound, parts.sample(index) + range.lowerBound, range.count, 1)
            }
        }
        context.arena.release(parts)
    }

    /// Takes over what `projectBackward` returned; returns dL/dz of the norm in front of the depthwise
    /// convolution, its sums, and the expanded map.
    private func filterBackward(
        _ incoming: (d: Tensor, dPooled: Tensor), _ kept: Kept, _ context: Context
    ) throws -> (Tensor, (sums: UnsafeMutableBufferPointer<Double>, expanded: Tensor)) {
        let arena = context.arena
        let (d, filtered) = (incoming.d, kept.filtered)
        let sums = withUnsafePointer(to: depthwiseNorm.kernelNorm(kept.filterNorm)) { norm in
            context.sums(MapParts(filtered), channels: wide) { part, sum, sumX, _ in
                let start = part.rows.lowerBound * wide
                bw_norm_gate_sums(
                    norm, filtered.data + start, d.data + start, part.rows.count, Int32(wide),
                    kept.gate.sample(part.sample), incoming.dPooled.sample(part.sample), sum, sumX)
            }
        }
        arena.release(kept.gate)
        arena.release(incoming.dPooled)
        let apply = try depthwiseNorm.backwardCoefficients(sums, kept.filterNorm, context)
        arena.release(kept.filterNorm)
        var expanded = kept.expanded ?? kept.x
        if kept.expanded == nil, let expand {
            expanded = arena.allocate(n: kept.x.n, h: kept.x.h, w: kept.x.w, c: wide)
            _ = expand.product(kept.x, into: expanded, context)
        }

        let parts = MapParts(expanded)
        let kernel = depthwise.shape(expanded)
        let flipped = depthwise.flippedWeight(context)
        let dExpanded = arena.allocate(n: expanded.n, h: expanded.h, w: expanded.w, c: wide)
        let weights = arena.allocate(n: parts.count, c: flipped.count)
        let (a, b, shift) = (apply.data, apply.data + wide, apply.data + 2 * wide)
        let expandSums = withUnsafePointer(to: kernel) { kernel in
            withUnsafePointer(to: normBeforeFilter(kept.expandNorm)) { norm in
                context.sums(parts, channels: wide, floats: bw_block_scratch(kernel)) {
                    weights.sample($0.index).update(repeating: 0, count: weights.c)
                    bw_block_depthwise_backward(
                        kernel, norm, expanded.sample($0.sample), filtered.sample($0.sample),
                        d.sample($0.sample), a, b, shift, flipped.data, dExpanded.sample($0.sample),
                        weights.sample($0.index), Int32($0.lines.lowerBound), Int32($0.lines.upperBound),
                        $1, $2, $3)
                }
            }
        }
        addParts(weights, to: context.parameters.gradient(depthwise.weight), context)
        try context.gradientReady(depthwise.weight)
        for tensor in [apply, flipped, d, filtered] { arena.release(tensor) }
        if expand == nil { arena.release(kept.expandNorm) }
        return (dExpanded, (expandSums, expanded))
    }

    /// The expanding product backward: dL/dx, which is added to `dx` or overwrites it; returns what is left to
    /// do for the weight's gradient, which reads `x` and `dz`. Overwrites `dz`.
    private func expandBackward(
        _ expand: PointwiseConvolution, _ dz: Tensor, _ expanded: Tensor, _ apply: Tensor, _ x: Tensor,
        into dx: Tensor, adds: Bool, _ context: Context
    ) -> () -> Void {
        let narrow = shape.inChannels
        let parts = MapParts(x)
        let byChunk = sumsByChunk(x.rows, narrow)
        let weights = byChunk ? context.arena.allocate(n: parts.count, c: wide * narrow) : nil
        let products = context.products(pixels: x.pixels)
        let packed = expand.packedBackward(products, context)
        let (a, b, shift) = (apply.data, apply.data + wide, apply.data + 2 * wide)
        context.pool.run(tasks: parts.count, floats: byChunk ? chunkRows * wide : 0) { index, memory in
            let part = parts[index]
            part.forChunks(of: chunkRows) { rows in
                let (start, narrowStart) = (rows.lowerBound * wide, rows.lowerBound * narrow)
                let chunk = byChunk ? memory : dz.data + start
                bw_norm_apply(
                    expanded.data + start, dz.data + start, rows.count, Int32(wide), a, b, shift, chunk)
                bw_gemm_packed(
                    products.kind, rows.count, narrow, wide, chunk, wide, packed, adds ? 1 : 0, dx.data + narrowStart, narrow,
                    nil)
                if let weights {
                    bw_gemm_tn(
                        products.kind, wide, narrow, rows.count, chunk, wide, x.data + narrowStart, narrow,
                        rows.lowerBound == part.rows.lowerBound ? 0 : 1, weights.sample(index), narrow)
                }
            }
        }
        return { [self] in
            let gradient = context.parameters.gradient(expand.weight)
            if let weights { return addParts(weights, to: gradient, context) }
            GEMM.multiply(
                pool: context.pool, products: products, transposeA: true, m: wide, n: narrow, k: x.rows, a: dz.data,
                lda: wide, b: x.data, ldb: narrow, beta: 1, c: gradient, ldc: narrow)
        }
    }
}
