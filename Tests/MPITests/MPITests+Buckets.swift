// MPITests+Buckets.swift — gradients summed behind the backward pass, and what misuse leads to.

import DistributedTraining
import Testing
import TestSupport

extension MPITests {
    /// The probe compares with a serial sum; this test compares bits between ranks and runs.
    @Test(arguments: rankCounts)
    func bucketsGiveTheSerialSumAndTheSameBitsInEveryRun(ranks: Int) throws {
        var seen: Set<Substring> = []
        // Once more over TCP: between hosts the bits must be those of shared memory.
        for environment in [[:], [:], ["OMPI_MCA_btl": "tcp,self"]] {
            let result = try Self.job(ranks, "buckets", environment: environment)
            #expect(result.status == 0, "\(result)")
            let bits = Self.lines(result, "bits")
            #expect(bits.count == ranks, "\(result)")
            seen.formUnion(bits)
        }
        #expect(seen.count == 1, "\(seen)")
    }

    /// The probe compares with exact sums; this test compares bits between ranks and runs.
    @Test(arguments: rankCounts)
    func halfTheBytesLoseNothingOverAFewSteps(ranks: Int) throws {
        // Without threads MPI adds in another order in the exact steps, so bits are compared within a mode.
        for arguments in [[], ["serialized"]] {
            let results = try [1, 2].map { _ in try Self.job(ranks, "compressed", arguments: arguments) }
            for result in results { #expect(result.status == 0, "\(result)") }
            let bits = results.flatMap { Self.lines($0, "bits") }
            #expect(bits.count == 2 * ranks && Set(bits).count == 1, "\(bits)")
        }
    }

    @Test(arguments: rankCounts)
    func severalReductionsInFlightDoNotMix(ranks: Int) throws {
        let result = try Self.job(ranks, "pending")
        #expect(result.status == 0, "\(result)")
    }

    @Test(arguments: [2, 3])
    func withoutThreadsInMPIBucketsAreReducedAtTheEnd(ranks: Int) throws {
        let result = try Self.job(ranks, "buckets", "serialized")
        #expect(result.status == 0, "\(result)")
        #expect(Set(Self.lines(result, "bits")).count == 1, "\(result)")
    }

    @Test(arguments: [1, 2])
    func aReductionThatIsDroppedStopsTheProgram(ranks: Int) throws {
        let result = try Self.job(ranks, "dropped")
        #expect(result.status != 0)
        #expect(result.stderr.contains("the forgotten buffer was dropped"), "\(result)")
    }

    @Test func aGradientThatIsReadyTwiceIsNamed() throws {
        let result = try Self.job(1, "twice")
        #expect(result.status != 0)
        #expect(result.stderr.contains("body was marked ready twice"), "\(result)")
    }

    @Test func aGradientThatIsMissingAtTheEndIsNamed() throws {
        let result = try Self.job(1, "missing")
        #expect(result.status != 0)
        #expect(result.stderr.contains("the gradient of body is missing"), "\(result)")
    }

    @Test func differentModelsOnTwoRanksAreRefused() throws {
        let result = try Self.job(2, "layoutDiffers")
        #expect(result.status == 1, "\(result)")
        #expect(result.stderr.contains("the list of parameters is not the same on all ranks"), "\(result)")
    }

    @Test func bucketsCoverAllParametersFromTheLastToTheFirst() {
        let sizes = [10, 0, 300, 20, 20, 20, 7, 100]
        var parameters: [(name: String, range: Range<Int>)] = []
        for (index, size) in sizes.enumerated() {
            let begin = (parameters.last?.range.upperBound ?? 0) + index % 2
            parameters.append(("p\(index)", begin..<begin + size))
        }
        let buckets = GradientBuckets.layOut(parameters, bucketBytes: 400)
        #expect(buckets.flatMap { $0.parameters.reversed() } == Array(parameters.indices.reversed()))
        for bucket in buckets {
            #expect(bucket.range.lowerBound == parameters[bucket.parameters.first!].range.lowerBound)
            #expect(bucket.range.upperBound == parameters[bucket.parameters.last!].range.upperBound)
            #expect(bucket.range.count <= 100 || bucket.parameters.count == 1)
        }
        // What is left at the end is cut finer.
        #expect(buckets.map(\.parameters) == [7..<8, 3..<7, 2..<3, 1..<2, 0..<1])
        #expect(buckets[0].name == "bucket 0 (p7)")
        #expect(buckets[1].name == "bucket 1 (4 parameters, p3 … p6)")
        #expect(GradientBuckets.layOut([], bucketBytes: 400).isEmpty)
    }

    /// What is full when the backward pass ends has to be short.
    @Test func theLastBucketsAreSmaller() {
        let parameters = (0..<1000).map { (name: "p\($0)", range: 10 * $0..<10 * $0 + 10) }
        let sizes = GradientBuckets.layOut(parameters, bucketBytes: 8000).map { 4 * $0.range.count }
        #expect(sizes == [8000, 8000, 8000, 8000, 4000, 2000, 1000, 480, 480, 40])
    }
}
