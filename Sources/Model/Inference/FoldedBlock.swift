// FoldedBlock.swift — MBConv for scoring: expand, depthwise, squeeze-excite, project, residual.
//
// Note [Tiles of a block]
// The expanded map is six times as wide as the block's input and is needed by the depthwise
// convolution alone. So the block is cut into tiles, some lines of the map by some of the expanded
// channels, and each tile is expanded into memory of its thread and convolved from there while it is
// in the cache. Where maps are small a tile spans several images, so that the weights are read once
// for all of them. The gate of squeeze-excite needs the whole map; it then scales, image by image,
// either the projecting weights or the map, whichever is smaller.

import CKernels
import Tensor

final class FoldedBlock {
    /// Pixels a side of the output.
    let outputSize: Int
    /// Floats of working memory a thread.
    let scratchSize: Int

    private let shape: MBConv.Shape
    private let products: Products
    private let inputSize: Int
    private let wide: Int
    private let squeezed: Int
    /// Channels of a tile.
    private let chunk: Int
    /// Lines of output of a tile, and how many such make a map.
    private let bandLines: Int
    private let bands: Int

    private let expand: [PackedProduct]
    private let depthwise: (weight: OwnedFloats, bias: OwnedFloats)
    private let reduce: (weight: OwnedFloats, bias: OwnedFloats)
    /// Transposed to `[squeezed, wide]`.
    private let excite: (weight: OwnedFloats, bias: OwnedFloats)
    private let project: PackedProduct
    /// `[wide, out]`, unpacked: to be scaled for each image. Empty where the map is scaled.
    private let projectByInput: OwnedFloats
    private let projectBias: OwnedFloats
    private let scalesMap: Bool

    /// Floats of a tile: what stays in a second-level cache beside its input and weights.
    private static let tileSize = 112 << 10
    /// EfficientNet's expanded widths are multiples of this, and it is a multiple of the products' tiles.
    private static let chunkUnit = 48
    private static let largestChunk = 192

    init(_ folder: WeightFolder, _ name: String, _ shape: MBConv.Shape, mapSize: Int, _ products: Products) {
        self.shape = shape
        self.products = products
        inputSize = mapSize
        outputSize = shape.padding.output(size: mapSize, kernel: shape.kernel, stride: shape.stride)
        let wide = shape.inChannels * shape.expansion
        self.wide = wide
        let lineSize = inputSize * Self.chunkUnit
        let units = Self.tileSize / (inputSize * lineSize)
        chunk = shape.expansion == 1
            ? wide : min(wide, max(1, min(units, Self.largestChunk / Self.chunkUnit)) * Self.chunkUnit)
        let inputLines = max(shape.kernel, Self.tileSize / (inputSize * chunk))
        let lines = (inputLines - shape.kernel) / shape.stride + 1
        bands = (outputSize + lines - 1) / lines
        bandLines = (outputSize + bands - 1) / bands

        if shape.expansion == 1 {
            expand = []
        } else {
            let (weight, bias) = folder.rows(name + ".expand", name + ".expand_bn")
            expand = stride(from: 0, to: wide, by: chunk).map { [chunk] in
                PackedProduct(
                    products, weight, bias: bias, rows: $0..<min($0 + chunk, wide), inputs: shape.inChannels,
                    activation: .silu)
            }
        }
        let taps = folder.taps(name + ".depthwise", name + ".depthwise_bn")
        depthwise = (OwnedFloats(taps.weight), OwnedFloats(taps.bias))
        let reduceBias = folder.array(name + ".se.reduce.bias")
        squeezed = reduceBias.count
        reduce = (OwnedFloats(folder.array(name + ".se.reduce.weight")), OwnedFloats(reduceBias))
        excite = (
            OwnedFloats(Self.transposed(folder.array(name + ".se.expand.weight"), rows: wide)),
            OwnedFloats(folder.array(name + ".se.expand.bias"))
        )
        let (weight, bias) = folder.rows(name + ".project", name + ".project_bn")
        scalesMap = shape.outChannels >= outputSize * outputSize
        project = PackedProduct(
            products, weight, bias: bias, rows: 0..<shape.outChannels, inputs: wide, activation: .none)
        projectBias = OwnedFloats(bias)
        projectByInput = OwnedFloats(scalesMap ? [] : Self.transposed(weight, rows: shape.outChannels))
        let tile = expand.isEmpty ? 0 : max(Self.tileSize, inputSize * chunk * max(shape.kernel, inputLines))
        let weights = scalesMap ? 0 : wide * shape.outChannels + bw_gemm_packed_count(products.kind, shape.outChannels, wide)
        scratchSize = (max(tile, weights + wide + squeezed) + 15) / 16 * 16
    }

    private static func transposed(_ matrix: [Float], rows: Int) -> [Float] {
        let columns = matrix.count / rows
        return (0..<matrix.count).map { matrix[$0 % rows * columns + $0 / rows] }
    }

    private var pixels: Int { outputSize * outputSize }

    func forward(_ x: Tensor, _ context: Context, _ scratch: Tensor) -> Tensor {
        let (arena, pool) = (context.arena, context.pool)
        let wideMap = arena.allocate(n: x.n, h: outputSize, w: outputSize, c: wide)
        let sums = arena.allocate(n: x.n, h: bands, c: wide)
        let gates = arena.allocate(n: x.n, c: wide)
        let y = arena.allocate(n: x.n, h: outputSize, w: outputSize, c: shape.outChannels)
        let chunks = (wide + chunk - 1) / chunk
        // Several images a tile where they fit, but never so many that a thread goes without.
        let group = max(1, min(
            (x.n + pool.threadCount - 1) / pool.threadCount,
            bands > 1 ? 1 : Self.tileSize / (inputSize * inputSize * chunk)))
        let groups = (x.n + group - 1) / group
        func images(_ index: Int) -> Range<Int> { index * group..<min((index + 1) * group, x.n) }

        // Whole images where they share out evenly; else the tiles of one group after the other.
        let threads = pool.threadCount
        if (groups + threads - 1) / threads * threads * 3 <= groups * 4 {
            FoldedBackbone.share(groups, pool) { index, worker in
                let memory = scratch.sample(worker)
                for tile in 0..<bands * chunks {
                    spread(x, images(index), band: tile / chunks, tile % chunks, wideMap, sums, memory)
                }
                for image in images(index) { squeeze(image, sums, gates, memory) }
                projectImages(images(index), wideMap, gates, x, y, memory)
            }
        } else {
            FoldedBackbone.share(groups * bands * chunks, pool) { task, worker in
                let tile = task % (bands * chunks)
                spread(
                    x, images(task / (bands * chunks)), band: tile / chunks, tile % chunks, wideMap, sums,
                    scratch.sample(worker))
            }
            FoldedBackbone.share(x.n, pool) { image, worker in
                squeeze(image, sums, gates, scratch.sample(worker))
            }
            for image in 0..<x.n { projectLines(image, wideMap, gates, x, y, pool, scratch) }
        }
        for tensor in [x, wideMap, sums, gates] { arena.release(tensor) }
        return y
    }

    /// Expands and convolves one tile of some images.
    private func spread(
        _ x: Tensor, _ images: Range<Int>, band: Int, _ piece: Int, _ wideMap: Tensor, _ sums: Tensor,
        _ memory: UnsafeMutablePointer<Float>
    ) {
        let first = band * bandLines
        let last = min(first + bandLines, outputSize)
        let channel = piece * chunk
        let width = min(chunk, wide - channel)
        var tile = bw_depthwise_tile(
            h: Int32(inputSize), w: Int32(inputSize), wo: Int32(outputSize), k: Int32(shape.kernel),
            stride: Int32(shape.stride), pad_top: Int32(shape.padding.before),
            pad_left: Int32(shape.padding.before), c: Int32(width), x_pixel: wide, y_pixel: wide, w_tap: wide)
        var inFirst = 0
        var inLast = inputSize
        if !expand.isEmpty {
            inFirst = max(0, first * shape.stride - shape.padding.before)
            inLast = min(inputSize, (last - 1) * shape.stride - shape.padding.before + shape.kernel)
            tile.x_pixel = width
            // Bands lie within one image; whole images lie behind one another.
            expand[piece].apply(
                rows: (inLast - inFirst) * inputSize * images.count,
                x.sample(images.lowerBound) + inFirst * inputSize * x.c, memory, ldy: width)
        }
        for (place, image) in images.enumerated() {
            let sum = sums.sample(image) + band * wide + channel
            sum.update(repeating: 0, count: width)
            let from = expand.isEmpty
                ? UnsafePointer(x.sample(image) + channel)
                : UnsafePointer(memory + place * (inLast - inFirst) * inputSize * width)
            bw_depthwise_silu(
                &tile, from, Int32(inFirst), depthwise.weight.data + channel, depthwise.bias.data + channel,
                wideMap.sample(image) + first * outputSize * wide + channel, Int32(first), Int32(last), sum)
        }
    }

    /// The gate of one image.
    private func squeeze(
        _ image: Int, _ sums: Tensor, _ gates: Tensor, _ memory: UnsafeMutablePointer<Float>
    ) {
        bw_squeeze_gate(
            sums.sample(image), Int32(bands), 1 / Float(pixels), reduce.weight.data, reduce.bias.data,
            excite.weight.data, excite.bias.data, memory, memory + wide, gates.sample(image), Int32(wide),
            Int32(squeezed))
    }

    private func projectImages(
        _ images: Range<Int>, _ wideMap: Tensor, _ gates: Tensor, _ x: Tensor, _ y: Tensor,
        _ memory: UnsafeMutablePointer<Float>
    ) {
        let rows = images.count * pixels
        let (from, to) = (wideMap.sample(images.lowerBound), y.sample(images.lowerBound))
        if shape.isResidual { to.update(from: x.sample(images.lowerBound), count: rows * y.c) }
        if scalesMap {
            for image in images {
                let map = wideMap.sample(image)
                bw_channel_scale(map, gates.sample(image), map, Int32(pixels), Int32(wide))
            }
            project.apply(rows: rows, from, to, ldy: y.c, adds: shape.isResidual)
        } else {
            for image in images {
                let packed = scaledWeights(gates.sample(image), memory)
                multiply(wideMap.sample(image), packed, y.sample(image), rows: pixels)
            }
        }
    }

    /// The lines of one image, shared out.
    private func projectLines(
        _ image: Int, _ wideMap: Tensor, _ gates: Tensor, _ x: Tensor, _ y: Tensor, _ pool: ThreadPool,
        _ scratch: Tensor
    ) {
        let packed = scalesMap ? nil : scaledWeights(gates.sample(image), scratch.data)
        let rowSize = shape.outChannels
        pool.forRanges(pixels, grain: 16) { rows in
            let from = wideMap.sample(image) + rows.lowerBound * wide
            let to = y.sample(image) + rows.lowerBound * rowSize
            if shape.isResidual {
                to.update(from: x.sample(image) + rows.lowerBound * rowSize, count: rows.count * rowSize)
            }
            if let packed {
                multiply(from, packed, to, rows: rows.count)
            } else {
                bw_channel_scale(from, gates.sample(image), from, Int32(rows.count), Int32(wide))
                project.apply(rows: rows.count, from, to, ldy: rowSize, adds: shape.isResidual)
            }
        }
    }

    /// The projecting weights times the gate, packed, at the start of `memory`.
    private func scaledWeights(
        _ gate: UnsafePointer<Float>, _ memory: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        let packedCount = bw_gemm_packed_count(products.kind, shape.outChannels, wide)
        let scaled = memory + packedCount
        bw_row_scale(projectByInput.data, gate, scaled, Int32(wide), Int32(shape.outChannels))
        bw_gemm_pack(products.kind, scaled, shape.outChannels, 0, shape.outChannels, wide, memory, 0, 1)
        return UnsafePointer(memory)
    }

    private func multiply(
        _ from: UnsafePointer<Float>, _ packed: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>,
        rows: Int
    ) {
        var epilogue = bw_gemm_epilogue()
        epilogue.bias = UnsafePointer(projectBias.data)
        bw_gemm_packed(
            products.kind, rows, shape.outChannels, wide, from, wide, packed, shape.isResidual ? 1 : 0, to,
            shape.outChannels, &epilogue)
    }
}
