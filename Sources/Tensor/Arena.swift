// Arena.swift — memory for activations and gradients, planned from the first run of a step.
//
// Note [How the arena plans]
// A training step asks for the same blocks in the same order every time. The first run of a
// program (say "training step, 24 images") is served by a first-fit free list while every request
// and release is written down. From then on the lifetimes are known: `ArenaPlan` gives each block a
// fixed offset, large blocks first, and later runs only read the next offset from the plan. A
// steady step thus takes no memory from the system, and its peak is known and printed.

import Glibc

/// Hands out float32 blocks from one reserved region of memory.
///
/// Blocks are reference counted: `allocate` gives a count of one, `release` at zero frees the block.
/// Use from one thread. Address space is reserved up front and becomes memory when first touched.
public final class Arena {
    /// Every block starts on a cache line.
    private static let alignment = 16  // floats
    /// Reserved address space, not memory.
    private static let reservation = 1 << 38

    private let base: UnsafeMutablePointer<Float>
    private let capacity: Int
    private var plans: [String: ArenaPlan] = [:]
    private var program: String?

    /// Live blocks by offset: reference count and the block's place in the request order.
    private var live: [Int: (count: Int, request: Int)] = [:]
    private var requests: [ArenaPlan.Request] = []
    private var clock = 0
    private var nextRequest = 0
    private var freeList = FreeList()
    private var current: ArenaPlan?

    /// Bytes that the largest program so far has needed at once.
    public private(set) var peakBytes = 0

    public init() {
        var size = Self.reservation
        while true {
            let flags = MAP_PRIVATE | MAP_ANONYMOUS | Int32(0x4000 /* MAP_NORESERVE */)
            let region = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
            if let region, region != MAP_FAILED {
                base = region.assumingMemoryBound(to: Float.self)
                capacity = size / MemoryLayout<Float>.stride
                #if os(Linux)
                // Fewer page faults and TLB misses where the system grants huge pages; a hint only.
                madvise(region, size, 14 /* MADV_HUGEPAGE */)
                #endif
                return
            }
            // A limit on address space (ulimit -v) may refuse the first sizes.
            size /= 2
            precondition(size >= 1 << 26, "Arena: the system grants no address space")
        }
    }

    deinit {
        munmap(base, capacity * MemoryLayout<Float>.stride)
    }

    /// Runs `body` as the program `name`. Programs of one name have to make the same requests in the
    /// same order. All blocks have to be released when `body` returns; those that are left when it
    /// throws are taken back.
    public func run<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        precondition(program == nil, "Arena: \(name) started within \(program ?? "")")
        program = name
        current = plans[name]
        requests.removeAll(keepingCapacity: true)
        clock = 0
        nextRequest = 0
        freeList = FreeList()
        defer {
            live.removeAll(keepingCapacity: true)
            program = nil
        }
        let result = try body()
        precondition(live.isEmpty, "Arena: \(name) left \(live.count) blocks unreleased")
        if current == nil {
            let plan = ArenaPlan(requests: requests)
            plans[name] = plan
            peakBytes = max(peakBytes, plan.size * MemoryLayout<Float>.stride)
            #if os(Linux)
            // The recording run may have reached further than the plan: give that memory back.
            if freeList.highWater > plan.size {
                let page = 1 << 21
                let start = (plan.size * MemoryLayout<Float>.stride + page - 1) / page * page
                let end = freeList.highWater * MemoryLayout<Float>.stride
                if end > start {
                    madvise(UnsafeMutableRawPointer(base) + start, end - start, MADV_DONTNEED)
                }
            }
            #endif
        }
        return result
    }

    /// A block of shape `[n, h, w, c]` with undefined contents.
    public func allocate(n: Int, h: Int = 1, w: Int = 1, c: Int) -> Tensor {
        precondition(program != nil, "Arena: allocate outside of run")
        let count = n * h * w * c
        let size = max(1, (count + Self.alignment - 1) / Self.alignment) * Self.alignment
        let offset: Int
        if let current {
            offset = current.offset(request: nextRequest, size: size, program: program!)
        } else {
            offset = freeList.take(size)
            requests.append(ArenaPlan.Request(size: size, start: clock, end: .max))
        }
        precondition(offset + size <= capacity, "Arena: more than \(capacity) floats asked for")
        live[offset] = (1, nextRequest)
        nextRequest += 1
        clock += 1
        return Tensor(data: base + offset, n: n, h: h, w: w, c: c)
    }

    /// A block filled with zeros.
    public func zeros(n: Int, h: Int = 1, w: Int = 1, c: Int) -> Tensor {
        let tensor = allocate(n: n, h: h, w: w, c: c)
        tensor.buffer.initialize(repeating: 0)
        return tensor
    }

    /// One more owner of the block that `tensor` starts.
    public func retain(_ tensor: Tensor) {
        live[offset(of: tensor)]!.count += 1
    }

    /// One owner less; at zero the block is free.
    public func release(_ tensor: Tensor) {
        let offset = offset(of: tensor)
        guard let block = live[offset] else {
            preconditionFailure("Arena: a block at \(offset) was released twice")
        }
        guard block.count == 1 else {
            live[offset]!.count -= 1
            return
        }
        live[offset] = nil
        if current == nil {
            requests[block.request].end = clock
            freeList.give(offset: offset, size: requests[block.request].size)
        }
        clock += 1
    }

    private func offset(of tensor: Tensor) -> Int { tensor.data - base }
}

/// First-fit allocation with merging of neighbours: serves the recording run only.
private struct FreeList {
    private var holes: [(offset: Int, size: Int)] = []
    private(set) var highWater = 0

    mutating func take(_ size: Int) -> Int {
        if let index = holes.firstIndex(where: { $0.size >= size }) {
            let offset = holes[index].offset
            holes[index].offset += size
            holes[index].size -= size
            if holes[index].size == 0 { holes.remove(at: index) }
            return offset
        }
        defer { highWater += size }
        return highWater
    }

    mutating func give(offset: Int, size: Int) {
        var index = holes.firstIndex { $0.offset > offset } ?? holes.count
        holes.insert((offset, size), at: index)
        if index + 1 < holes.count && offset + size == holes[index + 1].offset {
            holes[index].size += holes[index + 1].size
            holes.remove(at: index + 1)
        }
        if index > 0 && holes[index - 1].offset + holes[index - 1].size == offset {
            holes[index - 1].size += holes[index].size
            holes.remove(at: index)
            index -= 1
        }
    }
}
