// ScalingModel.swift — how long a step takes on more ranks: measured computing, modelled network.
//
// Note [What the scaling model counts]
// One step of R ranks on H hosts is
//   forward + backward + update                    measured on one rank
//   + sums · ⌈log₂ R⌉ · α                          batch norm's and the anchors' blocking sums, recursive doubling
//   + moved · c                                    the cores' own work of moving gradients
//   + (forward + backward) · j · √(2 ln R)         ranks wait for the slowest: the expected maximum of R normal
//                                                  times with deviation j
//   + what is left of the gradients' sum when the backward pass ends.
// That last part is simulated bucket by bucket: bucket i is ready when the backward pass has made it; at most
// sixteen are in flight; each takes 2(R−1) rounds of a ring, a round costing α and what the communication
// thread sleeps between looks; its 2(R−1)/R of its bytes pass every host's link, one bucket after the other,
// at the link's speed. With R ranks in the order of their hosts the ring crosses each link once each way,
// however many ranks a host has. Reads of the dataset and checkpoints share the storage's bandwidth.
// It leaves out switches that are shared by many hosts, other jobs, and turbo clocks.

import Foundation

/// The network and storage, as their data sheets or `blendway doctor` say.
public struct ScalingModel: Sendable {
    /// Bits a second of a host's link, each way.
    public var bandwidth: Double
    /// Seconds of a message between hosts.
    public var latency: Double
    public var ranksPerHost: Int
    /// Bytes a second that all hosts together read from and write to the shared storage; nil is no limit.
    public var storage: Double?
    /// Bytes that are read for one image.
    public var bytesPerImage: Double
    /// Deviation of a rank's step time as a share of it.
    public var jitter: Double

    public init(
        bandwidth: Double, latency: Double, ranksPerHost: Int = 1, storage: Double? = nil,
        bytesPerImage: Double, jitter: Double = 0.01
    ) {
        self.bandwidth = bandwidth
        self.latency = latency
        self.ranksPerHost = ranksPerHost
        self.storage = storage
        self.bytesPerImage = bytesPerImage
        self.jitter = jitter
    }

    /// What of a link's bits is data: Ethernet, IP and TCP heads take the rest.
    static let payload = 0.94
    /// A round of a ring is seen at the communication thread's next look: a sleep of 100 µs and its slack.
    static let lookSeconds = 150e-6
    /// Bytes a second between ranks of one host, and a message there.
    static let memoryBandwidth = 3e9
    static let memoryLatency = 2e-6
    /// What a network gets that takes it; see FlightWindow.
    static let inFlight = 16
    /// Core seconds to send and receive a byte by TCP and add it up.
    static let secondsPerByte = 0.6e-9

    /// One number of hosts.
    public struct Point: Codable, Equatable, Sendable {
        public var hosts: Int
        public var ranks: Int
        public var globalImages: Int
        public var stepSeconds: Double
        /// Computing by itself, the same on all points.
        public var computeSeconds: Double
        public var statisticsSeconds: Double
        /// The cores' work of moving gradients.
        public var movingSeconds: Double
        public var stragglerSeconds: Double
        public var reduceWaitSeconds: Double
        /// Above computing and moving, where the storage can't deliver fast enough.
        public var readWaitSeconds: Double
        /// Of ideal speed: computing alone over the whole step.
        public var efficiency: Double
        public var imagesPerSecond: Double
        /// Bytes a second that are read.
        public var readBytesPerSecond: Double
        /// To write one checkpoint; behind the training, but no second one can begin before.
        public var checkpointSeconds: Double?
        /// What costs most of what is lost.
        public var breaksFirst: String
    }

    public func point(_ profile: ComputeProfile, hosts: Int) -> Point {
        let ranks = hosts * ranksPerHost
        let R = Double(ranks)
        let alpha = ranks == 1 ? 0 : hosts > 1 ? latency : Self.memoryLatency
        let hops = ranks == 1 ? 0 : ceil(log2(R))
        let passed = ranks == 1 ? 0 : 2 * (R - 1) / R
        let forwardSums = Double(profile.sumsForward) * hops * alpha
        let backwardSums = Double(profile.sumsBackward) * hops * alpha
        let moving = passed * Double(profile.gradientBytes) * Self.secondsPerByte
        let straggler = ranks == 1
            ? 0 : (profile.forwardSeconds + profile.backwardSeconds) * jitter * (2 * log(R)).squareRoot()

        // The backward pass as it runs here, with its sums and the cores' work for others.
        let backward = profile.backwardSeconds + backwardSums + moving + straggler
        let stretch = profile.backwardSeconds > 0 ? backward / profile.backwardSeconds : 1
        let speed = hosts > 1 ? bandwidth / 8 * Self.payload : Self.memoryBandwidth / Double(max(1, ranks))
        let rounds = ranks == 1 ? 0 : 2 * (R - 1) * (alpha + Self.lookSeconds)
        var ends: [Double] = []
        var linkFree = 0.0
        for (index, bucket) in profile.buckets.enumerated() where ranks > 1 {
            var begin = bucket.readySeconds * stretch
            if index >= Self.inFlight { begin = max(begin, ends[index - Self.inFlight]) }
            linkFree = max(linkFree, begin) + passed * Double(bucket.bytes) / speed
            ends.append(max(ends.last ?? 0, max(linkFree, begin + rounds)))
        }
        let wait = max(0, (ends.last ?? 0) - backward)

        var step = profile.forwardSeconds + forwardSums + backward + wait + profile.updateSeconds
        let bytes = Double(profile.images) * R * bytesPerImage
        let readWait = storage.map { max(0, bytes / $0 - step) } ?? 0
        step += readWait
        let parts: [(String, Double)] = [
            ("batch norm's sums", forwardSums + backwardSums), ("the cores' work of moving gradients", moving),
            ("the slowest rank", straggler), ("the all-reduce", wait), ("reads of the dataset", readWait),
        ]
        let worst = parts.max { $0.1 < $1.1 }!
        return Point(
            hosts: hosts, ranks: ranks, globalImages: profile.images * ranks, stepSeconds: step,
            computeSeconds: profile.computeSeconds, statisticsSeconds: forwardSums + backwardSums,
            movingSeconds: moving, stragglerSeconds: straggler, reduceWaitSeconds: wait, readWaitSeconds: readWait,
            efficiency: profile.computeSeconds / step, imagesPerSecond: Double(profile.images) * R / step,
            readBytesPerSecond: bytes / step, checkpointSeconds: storage.map { Double(profile.checkpointBytes) / $0 },
            breaksFirst: worst.1 > 0 ? worst.0 : "nothing")
    }
}
