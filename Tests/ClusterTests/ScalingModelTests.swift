// ScalingModelTests.swift — the scaling model where its answer is known by hand.

import Cluster
import Foundation
import Testing

@Suite struct ScalingModelTests {
    /// A step of 1 s with 80 MB of gradients in eight buckets that are ready one after the other.
    private let profile = ComputeProfile(
        arch: "x", size: 256, images: 8, threads: 1, forwardSeconds: 0.3, backwardSeconds: 0.6, updateSeconds: 0.1,
        buckets: (1...8).map { .init(bytes: 10_000_000, readySeconds: 0.6 * Double($0) / 8) }, sumsForward: 0,
        sumsBackward: 0)

    private func model(_ gigabits: Double, latency: Double = 0, jitter: Double = 0, storage: Double? = nil) -> ScalingModel {
        ScalingModel(
            bandwidth: gigabits * 1e9, latency: latency, storage: storage, bytesPerImage: 100_000, jitter: jitter)
    }

    @Test func oneRankIsComputingAlone() {
        let point = model(1).point(profile, hosts: 1)
        #expect(abs(point.stepSeconds - 1) < 1e-12 && point.efficiency > 0.999_999 && point.breaksFirst == "nothing")
    }

    @Test func aNetworkThatIsTooSlowTakesItsOwnTime() {
        // Between two hosts every byte passes once: 80 MB at 0.94 · 1 Mbit/s are 681 s, begun after the first bucket.
        let point = model(0.001).point(profile, hosts: 2)
        #expect(abs(point.stepSeconds - (0.3 + 0.075 + 80e6 / (0.94e6 / 8) + 0.1)) < 1, "\(point)")
        #expect(point.breaksFirst == "the all-reduce")
    }

    @Test func whatABackwardPassCoversIsNotWaitedFor() {
        // 10 MB a bucket at 10 Gbit/s are 8.5 ms; only the last one is not covered.
        let point = model(10).point(profile, hosts: 2)
        #expect(point.reduceWaitSeconds < 0.010 && point.reduceWaitSeconds > 0.0005, "\(point)")
        #expect(point.efficiency > 0.93)
    }

    @Test func moreHostsAndSlowerNetworksAreNeverFaster() {
        for gigabits in [1.0, 10, 100] {
            let steps = [1, 2, 3, 4, 16, 64, 1000].map { model(gigabits, latency: 50e-6, jitter: 0.01).point(profile, hosts: $0).stepSeconds }
            #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 <= $1 }, "\(steps)")
        }
        #expect(
            model(1).point(profile, hosts: 8).stepSeconds >= model(2).point(profile, hosts: 8).stepSeconds)
    }

    @Test func smallSumsCostALatencyForEachDoubling() {
        var profile = profile
        (profile.sumsForward, profile.sumsBackward) = (100, 100)
        let point = model(100, latency: 1e-4).point(profile, hosts: 16)
        #expect(abs(point.statisticsSeconds - 200 * 4 * 1e-4) < 1e-9)
    }

    @Test func aStorageThatIsTooSlowSetsThePace() {
        // 100 hosts read 8 · 100 kB each: 80 MB a step from 10 MB/s.
        let point = model(100, storage: 10e6).point(profile, hosts: 100)
        #expect(abs(point.stepSeconds - 8) < 1e-9 && point.breaksFirst == "reads of the dataset")
        #expect(abs(point.checkpointSeconds! - 24) < 1e-9)
    }
}
