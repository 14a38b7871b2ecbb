// BenchScaleCommand.swift — `blendway bench scale`.

import ArgumentParser
import Cluster
import DistributedTraining
import Foundation
import Report

struct BenchScaleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Estimate the step time on more hosts, from measured computing and network figures.",
        discussion: """
            Measures one rank's step on this machine, and adds what summing gradients, batch norm's sums, reads \
            and stragglers cost on the network that you describe. blendway doctor measures a real network's figures. \
            docs/scaling.md has the formulas, and how well they fit measurements.

              blendway bench scale --hosts 1,2,4,8,16,64,256,1000 --bandwidth 25 --latency 20
              blendway bench scale --hosts 2,4 --bandwidth 1 --latency 60 --arch efficientnet-b0 --json

            Prints a table: of each number of hosts the step, what it is made of, and the efficiency, which is one \
            rank's computing over the whole step. --profile FILE takes the computing of an earlier --json from a \
            file, and measures nothing.

            --measure, under mpirun, checks the estimate: in turn, all ranks make a step by themselves at the same \
            time, and one together over the network; the model is asked about just these hosts. Medians are \
            reported, and the quotient of a joint step and the slowest rank's computing just before:

              mpirun -n 2 --hostfile hosts blendway bench scale --measure --bandwidth 1 --latency 60
            """)

    @Option(help: ArgumentHelp("Numbers of hosts, with commas.", valueName: "N,N,…"))
    var hosts = "1,2,4,8,16,32,64,128,256,512,1000"
    @Option(help: ArgumentHelp("Of each host's link, in Gbit/s.", valueName: "Gbit/s"))
    var bandwidth = 10.0
    @Option(help: ArgumentHelp("Of a message between hosts, in µs.", valueName: "µs"))
    var latency = 50.0
    @Option(help: ArgumentHelp("Ranks on each host.", valueName: "N"))
    var ranksPerHost = 1
    @Option(help: ArgumentHelp("What the shared storage reads and writes for all hosts together, in GB/s; without it no limit.", valueName: "GB/s"))
    var storage: Double?
    @Option(help: ArgumentHelp("Deviation of a rank's step time, in percent.", valueName: "percent"))
    var jitter = 1.0
    @Option(help: "tiny, or efficientnet-b0 to efficientnet-b7.")
    var arch = "efficientnet-b4"
    @Option(help: "Side of the images in pixels.")
    var size = 256
    @Option(help: "Images a step and rank: four a quadruple.")
    var batch = 8
    @Option(help: "Compute threads of a rank.")
    var threads = 1
    @Option(help: "Steps that are measured; with --measure, of each kind.")
    var steps = 5
    @Flag(help: "Batch norm over each rank's own samples: none of its sums.")
    var localBatchNorm = false
    @Option(help: ArgumentHelp("Computing from the --json of an earlier run, instead of measuring.", valueName: "file"))
    var profile: String?
    @Option(help: ArgumentHelp("Draw the efficiency over the number of ranks into this SVG.", valueName: "file"))
    var svg: String?
    @Flag(help: "Under mpirun: measure steps of all ranks together, and compare.")
    var measure = false
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    struct Result: Codable {
        var bandwidthGbit: Double
        var latencyUs: Double
        var ranksPerHost: Int
        var storageGb: Double?
        var jitterPercent: Double
        var profile: ComputeProfile
        var points: [ScalingModel.Point]
        var measured: ComputeProfiler.Together?
        /// Measured step over the model's.
        var overModel: Double?
    }

    private var hostCounts: [Int] { hosts.split(separator: ",").compactMap { Int($0) } }

    func validate() throws {
        let counts = hosts.split(separator: ",")
        guard !counts.isEmpty, counts.allSatisfy({ (Int($0) ?? 0) > 0 }) else {
            throw ValidationError("--hosts is '\(hosts)'; give numbers above 0 with commas, such as 1,2,4.")
        }
        guard bandwidth > 0, latency >= 0, ranksPerHost >= 1, jitter >= 0, storage ?? 1 > 0 else {
            throw ValidationError("--bandwidth and --storage have to be above 0, --latency and --jitter not below, --ranks-per-host at least 1.")
        }
        guard size >= 32, batch >= 1, threads >= 1, steps >= 1 else {
            throw ValidationError("--size has to be at least 32, --batch, --threads and --steps at least 1.")
        }
    }

    func run() throws {
        if measure {
            try runOnAllRanks { world, _ in
                try check(world)
                return .done
            }
        } else {
            try reportingFailures { try estimate() }
        }
    }

    private var profiler: ComputeProfiler {
        ComputeProfiler(arch: arch, size: size, images: batch, threads: threads, sync: !localBatchNorm)
    }

    private func known<T>(_ measured: T?) throws -> T {
        guard let measured else {
            throw CommandFailure(.usage, "--arch is '\(arch)'; give tiny, or efficientnet-b0 to efficientnet-b7.")
        }
        return measured
    }

    private func model(_ computing: ComputeProfile, ranksPerHost: Int) -> ScalingModel {
        ScalingModel(
            bandwidth: bandwidth * 1e9, latency: latency * 1e-6, ranksPerHost: ranksPerHost,
            storage: storage.map { $0 * 1e9 },
            // A quadruple's four pictures come from three frames.
            bytesPerImage: 0.75 * Double(computing.size * computing.size * 3), jitter: jitter / 100)
    }

    private func check(_ world: World) throws {
        let (computing, measured) = try known(profiler.compare(pairs: steps, world: world))
        guard world.rank == 0 else { return }
        let perHost = world.size / world.hostCount
        let point = model(computing, ranksPerHost: perHost).point(computing, hosts: world.hostCount)
        let result = Result(
            bandwidthGbit: bandwidth, latencyUs: latency, ranksPerHost: perHost, storageGb: storage,
            jitterPercent: jitter, profile: computing, points: [point], measured: measured,
            overModel: measured.stepSeconds / point.stepSeconds)
        if json { return try Console.json(result) }
        func ms(_ seconds: Double) -> String { String(format: "%.0f ms", seconds * 1e3) }
        try Console.output(
            text(result)
                + """
                measured, medians of \(steps) pairs: a step \(ms(measured.stepSeconds)), of which \(ms(measured.sumForwardSeconds)) \
                and \(ms(measured.sumBackwardSeconds)) in the passes' small sums and \(ms(measured.reduceWaitSeconds)) waiting \
                for gradients; \(ms(measured.processorSeconds)) more of rank 0's processor time than alone

                """
                + String(
                    format: "over computing alone (%@): %.3f, quartiles %.3f and %.3f\n", ms(measured.computingSeconds),
                    measured.overComputing, measured.overComputingLow, measured.overComputingHigh)
                + String(
                    format: "over computing alone, the ranks in step (%@): %.3f; over the model's step: %.3f\n",
                    ms(measured.inStepSeconds), measured.overInStep, result.overModel!))
    }

    private func estimate() throws {
        if let svg { try OutputFile.require(svg, force: true) }
        let computing = try profile.map(Self.read) ?? known(profiler.alone(steps: steps))
        let network = model(computing, ranksPerHost: ranksPerHost)
        let result = Result(
            bandwidthGbit: bandwidth, latencyUs: latency, ranksPerHost: ranksPerHost, storageGb: storage,
            jitterPercent: jitter, profile: computing, points: hostCounts.map { network.point(computing, hosts: $0) })
        try json ? Console.json(result) : Console.output(text(result))
        if let svg { try draw(result, to: svg) }
    }

    private static func read(_ path: String) throws -> ComputeProfile {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.failed, "\(path): there is no such file, or it can't be read.")
        }
        struct Holder: Decodable { var profile: ComputeProfile }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let holder = try? decoder.decode(Holder.self, from: data), holder.profile.images > 0 else {
            throw CommandFailure(.badData, "\(path): this is not what bench scale --json prints; make it again.")
        }
        return holder.profile
    }

    private func text(_ result: Result) -> String {
        let computing = result.profile
        var text = String(
            format: "%@, %d×%d pixels, %d images a step and rank, %d threads: forward %.0f ms, backward %.0f ms, update %.0f ms; "
                + "%d buckets, %.0f MB of gradients, %d small sums a step\n",
            computing.arch, computing.size, computing.size, computing.images, computing.threads,
            computing.forwardSeconds * 1e3, computing.backwardSeconds * 1e3, computing.updateSeconds * 1e3,
            computing.buckets.count, Double(computing.gradientBytes) / 1e6, computing.sumsForward + computing.sumsBackward)
        func ms(_ seconds: Double) -> String { String(format: "%.0f", seconds * 1e3) }
        text += Console.table(
            [["hosts", "ranks", "images", "step ms", "sums", "moving", "slowest", "reduce", "reads", "efficiency", "images/s", "read MB/s", "most lost to"]]
                + result.points.map { point in
                    [
                        "\(point.hosts)", "\(point.ranks)", point.globalImages.grouped, ms(point.stepSeconds),
                        ms(point.statisticsSeconds), ms(point.movingSeconds), ms(point.stragglerSeconds),
                        ms(point.reduceWaitSeconds), ms(point.readWaitSeconds),
                        String(format: "%.3f", point.efficiency), String(format: "%.1f", point.imagesPerSecond),
                        String(format: "%.1f", point.readBytesPerSecond / 1e6), point.breaksFirst,
                    ]
                })
        if let seconds = result.points.first?.checkpointSeconds {
            text += String(format: "a checkpoint of %.1f GB takes %.1f s, behind the training\n", Double(computing.checkpointBytes) / 1e9, seconds)
        }
        return text
    }

    private func draw(_ result: Result, to path: String) throws {
        var plot = Plot(
            title: String(format: "Efficiency, %@, %d images a rank, %g Gbit/s, %g µs", result.profile.arch, result.profile.images, bandwidth, latency),
            xLabel: "ranks, as powers of two", yLabel: "share of ideal speed",
            series: [
                Plot.Series(
                    name: "efficiency", points: result.points.map { Plot.Point(x: log2(Double($0.ranks)), y: $0.efficiency) },
                    color: 0)
            ])
        plot.yRange = 0...1
        do {
            try Data(plot.svg().utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure(.failed, "\(path): the plot can't be written: \(error.localizedDescription)")
        }
    }
}
