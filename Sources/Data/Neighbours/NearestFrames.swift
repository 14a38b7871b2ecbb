// NearestFrames.swift — the K smallest of a stream of distances.

/// A heap with the farthest of the K nearest on top.
struct NearestFrames {
    struct Neighbour: Comparable {
        /// Squared distance.
        let squared: Double
        let frame: Int32

        /// Equal distances stand in the order of the frames.
        static func < (a: Neighbour, b: Neighbour) -> Bool {
            a.squared != b.squared ? a.squared < b.squared : a.frame < b.frame
        }
    }

    private let capacity: Int
    private var heap: [Neighbour] = []

    init(capacity: Int) {
        self.capacity = capacity
        heap.reserveCapacity(capacity)
    }

    /// Squared distance above which nothing is taken any more.
    var limit: Double { heap.count < capacity ? .infinity : heap[0].squared }

    /// Takes a neighbour that is nearer than the farthest, in its place.
    /// - Returns: whether the limit may have changed.
    mutating func insert(_ neighbour: Neighbour) -> Bool {
        if heap.count < capacity {
            heap.append(neighbour)
            rise(from: heap.count - 1)
            return heap.count == capacity
        }
        guard neighbour < heap[0] else { return false }
        heap[0] = neighbour
        sink()
        return true
    }

    /// Nearest first.
    func sorted() -> [Neighbour] { heap.sorted() }

    private mutating func rise(from start: Int) {
        var child = start
        while child > 0, heap[(child - 1) / 2] < heap[child] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var largest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[largest] < heap[child] {
                largest = child
            }
            if largest == parent { return }
            heap.swapAt(parent, largest)
            parent = largest
        }
    }
}
