// Tensor.swift — a view of float32 numbers in an arena. No arithmetic, no ownership.
//
// N batch, H×W pixels, C channels; memory is [N][H][W][C], channels innermost.

/// A block of float32 numbers with a shape `[n, h, w, c]`, living in an `Arena`.
///
/// A plain view: copying it copies no numbers. Its memory is counted by the arena it came from
/// (see Note [Who releases a tensor] in Layer.swift). Vectors per sample are `[n, 1, 1, c]`.
public struct Tensor {
    public let data: UnsafeMutablePointer<Float>
    public let n: Int
    public let h: Int
    public let w: Int
    public let c: Int

    @inlinable
    public init(data: UnsafeMutablePointer<Float>, n: Int, h: Int = 1, w: Int = 1, c: Int) {
        self.data = data
        self.n = n
        self.h = h
        self.w = w
        self.c = c
    }

    /// n · h · w · c.
    @inlinable public var count: Int { n * h * w * c }
    /// n · h · w: the rows when seen as a matrix `[rows, c]`.
    @inlinable public var rows: Int { n * h * w }
    /// h · w.
    @inlinable public var pixels: Int { h * w }

    @inlinable
    public var buffer: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: data, count: count)
    }

    /// Samples `range` of the batch, sharing memory.
    @inlinable
    public func samples(_ range: Range<Int>) -> Tensor {
        precondition(range.upperBound <= n, "Tensor: samples \(range) of \(n)")
        return Tensor(data: data + range.lowerBound * h * w * c, n: range.count, h: h, w: w, c: c)
    }

    @inlinable
    public func hasShape(of other: Tensor) -> Bool {
        n == other.n && h == other.h && w == other.w && c == other.c
    }
}
