// ComputeProfile.swift — what one rank's step costs by itself: the measured half of the scaling model.

/// Times in seconds, of one rank without others.
public struct ComputeProfile: Codable, Equatable, Sendable {
    public struct Bucket: Codable, Equatable, Sendable {
        public var bytes: Int
        /// From the begin of the backward pass until the bucket's last gradient is there.
        public var readySeconds: Double

        public init(bytes: Int, readySeconds: Double) {
            self.bytes = bytes
            self.readySeconds = readySeconds
        }
    }

    public var arch: String
    public var size: Int
    /// A step and rank.
    public var images: Int
    public var threads: Int
    public var forwardSeconds: Double
    public var backwardSeconds: Double
    public var updateSeconds: Double
    /// In the order of their reduction.
    public var buckets: [Bucket]
    /// Small blocking sums over all ranks in the forward and in the backward pass: batch norm's, mostly.
    public var sumsForward: Int
    public var sumsBackward: Int

    public init(
        arch: String, size: Int, images: Int, threads: Int, forwardSeconds: Double, backwardSeconds: Double,
        updateSeconds: Double, buckets: [Bucket], sumsForward: Int, sumsBackward: Int
    ) {
        self.arch = arch
        self.size = size
        self.images = images
        self.threads = threads
        self.forwardSeconds = forwardSeconds
        self.backwardSeconds = backwardSeconds
        self.updateSeconds = updateSeconds
        self.buckets = buckets
        self.sumsForward = sumsForward
        self.sumsBackward = sumsBackward
    }

    public var computeSeconds: Double { forwardSeconds + backwardSeconds + updateSeconds }
    public var gradientBytes: Int { buckets.reduce(0) { $0 + $1.bytes } }
    /// Weights and the optimizer's two moments, as a checkpoint holds them.
    public var checkpointBytes: Int { 3 * gradientBytes }
}
