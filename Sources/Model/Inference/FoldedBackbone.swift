// FoldedBackbone.swift — EfficientNet for scoring only: batch norms folded, weights packed, each block
// computed tile by tile so that its wide maps stay in the cache. No gradients, no running statistics.
//
// Every number of a result is computed by the same operations whatever the batch, the cuts and the
// threads: an image's features are the same bits alone and among others.

import CKernels
import Synchronization
import Tensor

/// Images `[n, size, size, 3]` to F_raw `[n, h, w, featureChannels]`; equal to `EfficientNet.forward` in
/// evaluation to rounding.
package final class FoldedBackbone {
    private let imageSize: Int
    private let stem: FoldedStem
    private let blocks: [FoldedBlock]
    private let head: [PackedProduct]
    private let headOutputs: Int
    private let scratchSize: Int

    /// Columns of one piece of the head's product.
    private static let headChunk = 192

    /// Copies the weights of the backbone `name`.
    init(
        _ parameters: Parameters, _ name: String, _ layout: BackboneLayout, epsilon: Float, products: Products
    ) {
        let folder = WeightFolder(parameters, epsilon: epsilon)
        imageSize = layout.imageSize
        stem = FoldedStem(folder, name, layout, products)
        var size = stem.mapSize
        var blocks: [FoldedBlock] = []
        for shape in layout.blocks {
            blocks.append(FoldedBlock(folder, "\(name).blocks.\(shape.index)", shape, mapSize: size, products))
            size = blocks.last!.outputSize
        }
        self.blocks = blocks
        let (weight, bias) = folder.rows(name + ".head", name + ".head_bn")
        headOutputs = bias.count
        head = stride(from: 0, to: bias.count, by: Self.headChunk).map {
            PackedProduct(
                products, weight, bias: bias, rows: $0..<min($0 + Self.headChunk, bias.count),
                inputs: layout.blocks.last!.outChannels, activation: .silu)
        }
        scratchSize = blocks.map(\.scratchSize).reduce(stem.scratchSize, max)
    }

    /// For a benchmark of the backbone alone.
    package convenience init(
        _ parameters: Parameters, _ name: String, _ architecture: Architecture, imageSize: Int,
        padding: PaddingRule, epsilon: Float, products: Products = .float32
    ) {
        self.init(
            parameters, name,
            BackboneLayout(architecture, imageSize: imageSize, padding: padding, stochasticDepth: 0),
            epsilon: epsilon, products: products)
    }

    /// Takes over `images`.
    package func forward(_ images: Tensor, _ context: Context) -> Tensor {
        precondition(
            images.h == imageSize && images.w == imageSize && images.c == 3,
            "FoldedBackbone: images of \(images.h)×\(images.w)×\(images.c) for \(imageSize)")
        let scratch = context.arena.allocate(n: context.pool.threadCount, c: scratchSize)
        var x = stem.forward(images, context, scratch)
        for block in blocks { x = block.forward(x, context, scratch) }
        let y = context.arena.allocate(n: x.n, h: x.h, w: x.w, c: headOutputs)
        // By columns: each thread reads a part of the weights once.
        Self.share(head.count, context.pool) { piece, _ in
            head[piece].apply(
                rows: x.rows, x.data, y.data + piece * Self.headChunk, ldy: headOutputs)
        }
        context.arena.release(x)
        context.arena.release(scratch)
        return y
    }

    /// Calls `body(task, worker)` for each task; a worker's tasks come one after the other.
    static func share(_ tasks: Int, _ pool: ThreadPool, _ body: (Int, Int) -> Void) {
        let workers = min(pool.threadCount, tasks)
        guard workers > 1 else {
            for task in 0..<tasks { body(task, 0) }
            return
        }
        let next = Atomic<Int>(0)
        pool.run(tasks: workers) { worker in
            while true {
                let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard task < tasks else { return }
                body(task, worker)
            }
        }
    }
}

/// The first convolution, 3×3 at stride 2, with its batch norm and SiLU.
final class FoldedStem {
    let mapSize: Int
    private let product: PackedProduct
    private let padding: AxisPadding

    /// Lines whose patches are laid out at once.
    private static let lines = 4
    private static let patch = 27

    init(_ folder: WeightFolder, _ name: String, _ layout: BackboneLayout, _ products: Products) {
        padding = layout.stemPadding
        mapSize = padding.output(size: layout.imageSize, kernel: 3, stride: 2)
        let (weight, bias) = folder.rows(name + ".stem", name + ".stem_bn")
        product = PackedProduct(
            products, weight, bias: bias, rows: 0..<bias.count, inputs: Self.patch, activation: .silu)
    }

    var scratchSize: Int { Self.lines * mapSize * Self.patch }

    func forward(_ images: Tensor, _ context: Context, _ scratch: Tensor) -> Tensor {
        let y = context.arena.allocate(n: images.n, h: mapSize, w: mapSize, c: product.outputs)
        let pieces = (mapSize + Self.lines - 1) / Self.lines
        FoldedBackbone.share(images.n * pieces, context.pool) { task, worker in
            let first = task % pieces * Self.lines
            let row = (task / pieces * mapSize + first) * mapSize
            let count = min(Self.lines, mapSize - first) * mapSize
            let patches = scratch.sample(worker)
            bw_im2col(
                images.data, patches, row, row + count, Int32(images.h), Int32(images.w), 3, 3, 2,
                Int32(padding.before), Int32(padding.before), Int32(mapSize), Int32(mapSize))
            product.apply(rows: count, patches, y.data + row * y.c, ldy: y.c)
        }
        context.arena.release(images)
        return y
    }
}
