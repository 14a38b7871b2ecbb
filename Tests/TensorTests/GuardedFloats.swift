// GuardedFloats.swift — numbers that end where readable memory ends: touching the next one crashes.

import Glibc
import Tensor

/// `count` floats directly in front of a page that may be neither read nor written.
final class GuardedFloats {
    let data: UnsafeMutablePointer<Float>
    let count: Int
    private let region: UnsafeMutableRawPointer
    private let size: Int

    /// Filled with uniform numbers in ±1 that follow from `sample`.
    init(_ count: Int, sample: Int) {
        self.count = count
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let bytes = (count * MemoryLayout<Float>.stride + page - 1) / page * page
        size = bytes + page
        region = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
        precondition(region != MAP_FAILED)
        mprotect(region + bytes, page, PROT_NONE)
        data = (region + bytes).assumingMemoryBound(to: Float.self) - count
        var random = Philox(seed: 43, stream: .test, sample: sample)
        for i in 0..<count { data[i] = random.uniform(-1, 1) }
    }

    deinit { munmap(region, size) }

    var values: [Float] { Array(UnsafeBufferPointer(start: data, count: count)) }
}
