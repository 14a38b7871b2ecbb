// GradientBuckets.swift — sums all ranks' gradients while the backward pass still runs.
//
// It sees one flat buffer and named ranges in it. It does not divide by anything: what a gradient
// is the mean of is the trainer's knowledge.

/// The gradients of all parameters, grouped in buckets that are reduced as soon as they are ready.
///
/// Per step: `begin`, then `markReady` for each parameter, then `finish`; after it the buffer
/// holds the sum over all ranks, bit for bit the same on each. For one thread.
///
/// See Note [Why buckets go in reverse] and Note [Why buckets go in a fixed order].
public final class GradientBuckets {
    /// As large as the communication thread's largest piece: smaller ones cost latency, larger ones
    /// start later.
    public static let defaultBucketBytes = CommunicationThread.largestPiece
    /// Seconds after which a bucket counts as stuck; 70 MB take one second at 1 Gbit/s.
    public static let defaultLimit = 120.0

    /// Neighbouring parameters that are reduced together.
    package final class Bucket {
        package let name: String
        /// In the flat buffer, from the first parameter's begin to the last one's end.
        package let range: Range<Int>
        package let parameters: Range<Int>
        var waitingFor = 0
        var pending: PendingReduce?

        init(name: String, range: Range<Int>, parameters: Range<Int>) {
            self.name = name
            self.range = range
            self.parameters = parameters
        }
    }

    private let gradients: UnsafeMutableBufferPointer<Float>
    private let parameters: [(name: String, range: Range<Int>)]
    private let world: World
    private let order: SumOrder
    /// [N] what compression has lost on this rank; nil for float32 on the wire.
    private let residual: UnsafeMutableBufferPointer<Float>?
    private var isExact = true
    /// In the order of their launch.
    let buckets: [Bucket]
    /// [parameters] the bucket of each.
    private let bucketOf: [Int]
    private let indexByStart: [Int: Int]
    private var isReady: [Bool]
    private var nextToLaunch = 0
    private var isInStep = false

    /// Collective: compares the layout between ranks.
    ///
    /// - Parameters:
    ///   - gradients: [N] the flat buffer. It must stay where it is as long as this object lives.
    ///   - parameters: in forward order, their ranges ascending and apart. Gaps between them, such
    ///     as padding, are reduced along and mean nothing.
    ///   - bucketBytes: a bucket grows up to this; a larger parameter is a bucket by itself.
    ///   - order: in which the ranks' gradients are added.
    ///   - compresses: whether steps that are not exact send bfloat16. Memory: one more buffer of N.
    /// - Throws: `.ranksDiffer` when the ranks do not have the same parameters.
    public init(
        gradients: UnsafeMutableBufferPointer<Float>,
        parameters: [(name: String, range: Range<Int>)],
        bucketBytes: Int = defaultBucketBytes, order: SumOrder = .fastest, compresses: Bool = false, world: World
    ) throws(MPIError) {
        invariant(bucketBytes >= 4, "GradientBuckets: buckets of \(bucketBytes) bytes")
        for (before, parameter) in zip([(name: "the begin", range: 0..<0)] + parameters, parameters) {
            invariant(
                parameter.range.lowerBound >= before.range.upperBound
                    && parameter.range.upperBound <= gradients.count,
                "GradientBuckets: \(parameter.name) at \(parameter.range) overlaps \(before.name) at "
                    + "\(before.range) or leaves the \(gradients.count) gradients")
        }
        self.gradients = gradients
        self.parameters = parameters
        self.world = world
        self.order = order
        if compresses && world.size > 1 {
            let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: gradients.count)
            memory.initialize(repeating: 0)
            residual = memory
        } else {
            residual = nil
        }
        buckets = Self.layOut(parameters, bucketBytes: bucketBytes)
        var bucketOf = [Int](repeating: 0, count: parameters.count)
        for (index, bucket) in buckets.enumerated() {
            for parameter in bucket.parameters { bucketOf[parameter] = index }
        }
        self.bucketOf = bucketOf
        indexByStart = Dictionary(
            uniqueKeysWithValues: parameters.enumerated().lazy.filter { !$1.range.isEmpty }.map {
                ($1.range.lowerBound, $0)
            })
        isReady = [Bool](repeating: false, count: parameters.count)

        let layout = parameters.map { "\($0.name) \($0.range)" }.joined(separator: "\n")
        try world.communicator.requireSame(
            "\(bucketBytes)\n\(layout)".utf8, object: "the list of parameters",
            remedy: "start all ranks with the same program and the same model configuration")
    }

    deinit { residual?.deallocate() }

    public var bucketCount: Int { buckets.count }

    /// Begins a step. All parameters are waited for again.
    /// - Parameter exact: float32 on the wire, and what compression has lost in the steps before is added:
    ///   nothing is left behind. The same on all ranks. Matters only with compression.
    public func begin(exact: Bool = true) {
        isExact = exact
        invariant(!isInStep, "GradientBuckets.begin: the step before was not finished")
        isInStep = true
        nextToLaunch = 0
        for index in isReady.indices { isReady[index] = false }
        for bucket in buckets { bucket.waitingFor = bucket.parameters.count }
    }

    /// Says that the gradient of a parameter is complete and will not be touched until `finish`.
    /// - Parameter index: in the list given to `init`.
    public func markReady(_ index: Int) {
        invariant(isInStep, "GradientBuckets: \(parameters[index].name) is ready outside a step")
        invariant(
            !isReady[index], "GradientBuckets: \(parameters[index].name) was marked ready twice")
        isReady[index] = true
        buckets[bucketOf[index]].waitingFor -= 1
        while nextToLaunch < buckets.count, buckets[nextToLaunch].waitingFor == 0 {
            let bucket = buckets[nextToLaunch]
            bucket.pending = launch(bucket)
            nextToLaunch += 1
        }
    }

    private func launch(_ bucket: Bucket) -> PendingReduce {
        let own = UnsafeMutableBufferPointer(rebasing: gradients[bucket.range])
        guard let residual else {
            return world.communicationThread.sum(own, name: bucket.name, order: order)
        }
        let lost = UnsafeMutableBufferPointer(rebasing: residual[bucket.range])
        guard isExact else {
            return world.communicationThread.compressedSum(own, residual: lost, name: bucket.name)
        }
        for index in own.indices { own[index] += lost[index] }
        lost.update(repeating: 0)
        return world.communicationThread.sum(own, name: bucket.name, order: order)
    }

    /// Drops what compression has lost: for a step whose gradients are no numbers.
    public func forgetResidual() {
        residual?.update(repeating: 0)
    }

    /// As by index, for one parameter's range in the flat buffer.
    public func markReady(range: Range<Int>) {
        // An empty parameter shares its begin with its successor; it has no range of its own.
        guard let index = indexByStart[range.lowerBound], parameters[index].range == range else {
            fatalError("GradientBuckets: no parameter lies at \(range)")
        }
        markReady(index)
    }

    /// Waits until the sums over all ranks are in the buffer.
    ///
    /// - Parameter limit: seconds that one bucket may take from here on.
    /// - Throws: `.stuck` with the bucket, its parameters and the missing ranks, or `.failed`.
    ///   Nothing but ending the job makes sense after that.
    public func finish(limit: Double = defaultLimit) throws(MPIError) -> ReduceStatistics {
        invariant(isInStep, "GradientBuckets.finish: no step was begun")
        if let missing = isReady.firstIndex(of: false) {
            fatalError(
                "GradientBuckets.finish: the gradient of \(parameters[missing].name) is missing")
        }
        isInStep = false
        var statistics = ReduceStatistics()
        // The watchdog's limit is the second line: `wait` gives up before it, with a better error.
        try world.phases.during("reduce gradients", limit: 2 * limit) { () throws(MPIError) in
            for bucket in buckets {
                world.phases.describe(bucket.name)
                guard let pending = bucket.pending.take() else {
                    fatalError("GradientBuckets: \(bucket.name) was never launched")
                }
                do throws(MPIError) {
                    let timing = try pending.wait(limit: limit) { [world] in
                        world.watchdog?.judgeOthers().verdict ?? ""
                    }
                    statistics.buckets.append(timing)
                } catch {
                    world.watchdog?.record("\(error)")
                    throw error
                }
            }
        }
        return statistics
    }
}

// Note [Why buckets go in reverse]
// ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
// The backward pass completes the last layer's gradients first. Buckets are cut from the end of
// the buffer, so the first one is full when most of the computing still lies ahead, and its way
// over the network costs nothing.

// Note [Why buckets go in a fixed order]
// ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
// MPI pairs the n-th reduction of one rank with the n-th of every other. Which bucket is ready
// first may differ between ranks, as threads race in the backward pass; launched as they come,
// rank 0's bucket 3 would be added to rank 1's bucket 4. So a bucket that is ready early waits for
// those before it. That also makes the order of additions, and so the bits, the same in every run.
