// FlightWindowTests.swift — how many pieces of gradients are under way on fast and on slow networks.

import DistributedTraining
import Testing

@Suite struct FlightWindowTests {
    /// A network on which a round takes `round` seconds for each piece that is under way.
    private func settled(_ round: Double, from window: FlightWindow = FlightWindow()) -> Int {
        var window = window
        for _ in 0..<100 { window.landed(after: 6 * round * Double(window.allowed), rounds: 6) }
        return window.allowed
    }

    @Test func itFollowsTheNetwork() {
        // Memory and 10 Gbit/s: all that is allowed. 1 Gbit/s, 256 KB in 2 ms: the fewest. In between, in between.
        #expect(settled(0.0001) == FlightWindow.most)
        #expect(settled(0.003) == FlightWindow.fewest)
        #expect((3...8).contains(settled(0.0005)), "\(settled(0.0005))")
    }

    @Test func aNumberThatWasAskedForStays() {
        #expect(settled(0.0001, from: FlightWindow(fixed: 7)) == 7)
        #expect(settled(1, from: FlightWindow(fixed: 7)) == 7)
    }
}
