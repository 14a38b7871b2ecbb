// RandomProgram.swift — random sequences of requests to an arena, with a naive watch over the blocks.

import Tensor
import Testing

/// Allocations, retains and releases in an order that ends with everything released.
struct RandomProgram {
    enum Action {
        case allocate(count: Int)
        case retain(block: Int)
        case release(block: Int)
    }

    struct Stop: Error {}

    private(set) var actions: [Action] = []
    /// Most floats alive at once, with each block rounded up to whole cache lines.
    private(set) var liveMaximum = 0

    init(sample: Int) {
        var random = Philox(seed: 3, stream: .test, sample: sample)
        var live: [(block: Int, owners: Int, size: Int)] = []
        var blocks = 0
        for _ in 0..<200 {
            if live.isEmpty || random.chance(0.5) {
                let count = random.chance(0.1) ? 0 : random.integer(in: 1...700)
                actions.append(.allocate(count: count))
                live.append((blocks, 1, max(1, (count + 15) / 16) * 16))
                blocks += 1
            } else {
                let place = random.integer(below: live.count)
                if random.chance(0.3) {
                    actions.append(.retain(block: live[place].block))
                    live[place].owners += 1
                } else {
                    actions.append(.release(block: live[place].block))
                    live[place].owners -= 1
                    if live[place].owners == 0 { live.remove(at: place) }
                }
            }
            liveMaximum = max(liveMaximum, live.reduce(0) { $0 + $1.size })
        }
        for block in live { for _ in 0..<block.owners { actions.append(.release(block: block.block)) } }
    }

    /// Runs it; each block is filled with its own number, which has to be there at every release.
    /// - Parameter failBefore: throws `Stop` before this action.
    /// - Returns: the blocks' addresses.
    func run(_ name: String, in arena: Arena, failBefore: Int? = nil) throws -> [Int] {
        var blocks: [Tensor] = []
        try arena.run(name) {
            for (place, action) in actions.enumerated() {
                if place == failBefore { throw Stop() }
                switch action {
                case .allocate(let count):
                    let block = arena.allocate(n: count, c: 1)
                    #expect(Int(bitPattern: block.data) % 64 == 0)
                    block.buffer.update(repeating: Float(blocks.count))
                    blocks.append(block)
                case .retain(let block):
                    arena.retain(blocks[block])
                case .release(let block):
                    let isUntouched = blocks[block].buffer.allSatisfy { $0 == Float(block) }
                    #expect(isUntouched, "\(name): block \(block) was overwritten")
                    arena.release(blocks[block])
                }
            }
        }
        return blocks.map { Int(bitPattern: $0.data) }
    }
}
