// ArenaPlan.swift — fixed offsets for blocks whose lifetimes are known. See Note [How the arena plans].

/// Offsets for the requests of one program, so that blocks alive at the same time never overlap.
///
/// Greedy by size: the largest block is placed first, each at the lowest offset that is free over its
/// whole lifetime. Cost: O(n²) in the number of requests, once per program.
package struct ArenaPlan {
    package struct Request {
        package var size: Int
        /// Times of allocation and release, by the arena's clock.
        package var start: Int
        package var end: Int
        package init(size: Int, start: Int, end: Int) {
            self.size = size
            self.start = start
            self.end = end
        }
    }

    package let offsets: [Int]
    private let sizes: [Int]
    /// Floats needed at once.
    package let size: Int

    package init(requests: [Request]) {
        var offsets = [Int](repeating: 0, count: requests.count)
        var placed: [Int] = []
        var total = 0
        let bySize = requests.indices.sorted {
            (requests[$1].size, $0) < (requests[$0].size, $1)
        }
        for index in bySize {
            let request = requests[index]
            // Blocks alive together with this one, by offset.
            let others = placed.filter {
                requests[$0].start < request.end && request.start < requests[$0].end
            }.sorted { offsets[$0] < offsets[$1] }
            var offset = 0
            for other in others {
                if offsets[other] >= offset + request.size { break }
                offset = max(offset, offsets[other] + requests[other].size)
            }
            offsets[index] = offset
            placed.append(index)
            total = max(total, offset + request.size)
        }
        self.offsets = offsets
        sizes = requests.map(\.size)
        size = total
    }

    package func offset(request: Int, size: Int, program: String) -> Int {
        precondition(
            request < sizes.count && sizes[request] == size,
            "Arena: request \(request) of \(program) asks for \(size) floats, unlike its first run")
        return offsets[request]
    }
}
