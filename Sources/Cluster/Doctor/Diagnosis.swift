// Diagnosis.swift — what the facts mean: a sentence with its remedy for each thing that is wrong or odd.
// From facts only; measures nothing.

import Foundation

enum Diagnosis {
    typealias Finding = DoctorReport.Finding

    /// Checkpoints of the published network with its optimizer's state: 1.2 GB each; three, the best, and
    /// one being written.
    static let roomForCheckpointsMB = 6_000
    /// Below it not even one fits.
    static let roomForOneMB = 1_500
    /// Ranks of one host talk through /dev/shm: Open MPI takes about 4 MB a rank, and some for each pair.
    static let sharedMemoryPerRankMB = 16

    static func findings(
        _ ranks: [RankFacts], launcher: LauncherFacts, clocks: ClockFacts, network: NetworkFacts?,
        folder: FolderFacts?
    ) -> [Finding] {
        programs(ranks) + places(ranks, launcher) + processors(ranks) + memory(ranks)
            + clockSkew(ranks, clocks) + links(network) + (folder.map(storage) ?? [])
    }

    static func verdict(_ findings: [Finding], ranks: Int, hosts: Int) -> String {
        let failures = findings.filter { $0.severity == .failure }.count
        let warnings = findings.filter { $0.severity == .warning }.count
        let what = ranks == 1 ? "This process" : "This cluster of \(ranks) ranks on \(hosts) \(hosts == 1 ? "host" : "hosts")"
        if failures > 0 {
            return "\(what) is not fit to train: \(failures == 1 ? "1 failure" : "\(failures) failures") above; see to them first."
        }
        return warnings > 0
            ? "\(what) can train, but \(warnings == 1 ? "the warning" : "the \(warnings) warnings") above will cost time or safety."
            : "\(what) is fit to train."
    }

    // MARK: Parts

    private static func programs(_ ranks: [RankFacts]) -> [Finding] {
        var findings: [Finding] = []
        if let odd = odd(ranks, \.program) {
            findings.append(
                .init(.failure, "\(odd) run another build of blendway than rank 0 on \(ranks[0].host); install the same one on all hosts"))
        }
        if let odd = odd(ranks, \.mpi) {
            findings.append(
                .init(.failure, "\(odd) have another MPI library than \(ranks[0].mpi) of rank 0; install the same release on all hosts"))
        }
        if ranks.contains(where: { !$0.isThreaded }) && ranks.count > 1 {
            findings.append(
                .init(.warning, "\(ranks[0].mpi) doesn't let several threads talk, so gradients are summed after the backward pass and not during it; use an MPI built with MPI_THREAD_MULTIPLE"))
        }
        return findings
    }

    private static func places(_ ranks: [RankFacts], _ launcher: LauncherFacts) -> [Finding] {
        var findings: [Finding] = []
        if ranks.count == 1 {
            findings.append(
                .init(.note, "one process can't say anything of other hosts or the network; run it as training will be run: mpirun … blendway doctor --run-dir RUN"))
        }
        for (host, here) in byHost(ranks) where here.count > 1 {
            let shared = here.filter { rank in here.contains { $0.rank != rank.rank && !Set($0.cores).isDisjoint(with: rank.cores) } }
            let cores = Set(here.flatMap(\.cores)).count
            if here.count > cores {
                findings.append(
                    .init(.warning, "\(host): \(here.count) ranks share \(cores) cores and will wait for each other; start at most a rank a core"))
            } else if !shared.isEmpty && Set(shared.map(\.cores)).count > 1 {
                let list = shared.prefix(4).map { "\($0.rank)" }.joined(separator: ", ")
                findings.append(
                    .init(.warning, "\(host): ranks \(list) are bound to cores that overlap; let the launcher bind them apart (mpirun --map-by core --bind-to core, srun --cpu-bind=cores)"))
            } else if shared.isEmpty && cores < here[0].hostCores / 2 {
                findings.append(
                    .init(.note, "\(host): its \(here.count) ranks use \(cores) of \(here[0].hostCores) cores; more ranks, or more cores a rank, would use the others"))
            } else if !shared.isEmpty {
                findings.append(
                    .init(.note, "\(host): ranks are not bound to cores of their own; bound ones are a little faster (mpirun --map-by core --bind-to core)"))
            }
        }
        if let slots = launcher.slots, slots > ranks.count {
            findings.append(.init(.note, "\(slots) slots, but \(ranks.count) \(ranks.count == 1 ? "rank" : "ranks"): the others are idle"))
        }
        return findings
    }

    private static func processors(_ ranks: [RankFacts]) -> [Finding] {
        var findings: [Finding] = []
        for (host, here) in byHost(ranks) {
            let slow = ["Prescott", "Core2", "Generic", "Katmai", "Northwood"].contains(here[0].openblas)
            if slow && here[0].kernels != "sse2" {
                let core = here[0].kernels == "avx512" ? "SkylakeX" : "Haswell"
                findings.append(
                    .init(.warning, "\(host): OpenBLAS runs its \(here[0].openblas) kernels, several times slower than this processor's; set OPENBLAS_CORETYPE=\(core), or unset what sets it"))
            }
        }
        if let odd = odd(ranks, \.kernels) {
            findings.append(
                .init(.note, "\(odd) have other processors than rank 0's host: every step waits for the slowest, and results differ in their last bits from those of equal hosts"))
        } else if let odd = odd(ranks, \.products) {
            findings.append(
                .init(.note, "\(odd) have other units for bfloat16 products than rank 0's host: with train.precision=bf16 results differ from those of equal hosts, and --deterministic refuses"))
        }
        return findings
    }

    private static func memory(_ ranks: [RankFacts]) -> [Finding] {
        byHost(ranks).compactMap { host, here in
            let needed = here.count * sharedMemoryPerRankMB
            guard here.count > 1, let least = here.map(\.sharedMemoryMB).min(), least < needed else { return nil }
            return .init(.warning, "\(host): /dev/shm has \(least) MB free for \(here.count) ranks, which may end with a bus error; make it \(needed) MB or more (in containers: a volume in memory, or --shm-size)")
        }
    }

    private static func clockSkew(_ ranks: [RankFacts], _ clocks: ClockFacts) -> [Finding] {
        byHost(ranks).compactMap { host, here in
            let ahead = clocks.aheadSeconds[here[0].rank]
            guard abs(ahead) > 1 + clocks.uncertaintySeconds else { return nil }
            return .init(.warning, "\(host): its clock is \(milliseconds(abs(ahead))) \(ahead > 0 ? "ahead of" : "behind") \(ranks[0].host)'s, so times in logs don't fit together; let NTP or chrony set both")
        }
    }

    private static func links(_ network: NetworkFacts?) -> [Finding] {
        guard let network, !network.pairs.isEmpty else { return [] }
        var findings: [Finding] = []
        let rates = network.pairs.map(\.mbPerSecond).sorted()
        let middle = rates[rates.count / 2]
        for pair in network.pairs where pair.mbPerSecond < middle / 2 {
            findings.append(
                .init(.warning, "\(pair.hosts[0]) and \(pair.hosts[1]) exchange \(Int(pair.mbPerSecond)) MB/s where others reach \(Int(middle)): one of their links is slow or busy, and the ring is as fast as its slowest link; leave that host out or have it repaired"))
        }
        if network.busMBPerSecond < 60 {
            findings.append(
                .init(.warning, String(format: "gradients pass at %.0f MB/s, less than half of a 1 Gbit link; several networks may be in reach: choose the fast one with --mca btl_tcp_if_include NAME", network.busMBPerSecond)))
        }
        if let latency = network.latencyUs, latency > 1_000 {
            findings.append(
                .init(.warning, String(format: "a message takes %.1f ms: batch norm over all ranks exchanges hundreds a step; set model.batch_norm.sync=false, or use hosts that are nearer", latency / 1000)))
        }
        return findings
    }

    private static func storage(_ folder: FolderFacts) -> [Finding] {
        if let problem = folder.problem { return [.init(.failure, "rank 0 can't write to \(folder.path): \(problem)")] }
        var findings: [Finding] = []
        if !folder.blind.isEmpty {
            let hosts = folder.blind.keys.sorted()
            findings.append(
                .init(.failure, "\(hosts.joined(separator: ", ")): \(hosts.count == 1 ? "doesn't" : "don't") see what rank 0 writes to \(folder.path) (\(folder.blind[hosts[0]]!)); the run folder and the datasets have to be on a file system that all hosts share"))
        }
        switch folder.locking {
        case .fails:
            findings.append(
                .init(.failure, "\(folder.path): HDF5 can't lock files there; where the file system has no locks (NFS, Lustre), start all ranks with HDF5_USE_FILE_LOCKING=FALSE"))
        case .isNotSeen:
            findings.append(
                .init(.note, "\(folder.path): a host can open a file that another one writes, so locks don't keep two writers apart there; never pack a dataset while a job reads it"))
        case .works, .notTried: break
        }
        if folder.visibleSeconds > 2 {
            findings.append(
                .init(.note, String(format: "%@: a new file is seen by other hosts after %.0f s, as on NFS with attribute caching; harmless, starts take longer", folder.path, folder.visibleSeconds)))
        }
        if folder.freeMB < roomForOneMB {
            findings.append(
                .init(.failure, "\(folder.path): \(folder.freeMB) MB are free, less than one checkpoint of the published network needs with its optimizer's state; free some, or choose another folder"))
        } else if folder.freeMB < roomForCheckpointsMB {
            findings.append(
                .init(.warning, "\(folder.path): \(folder.freeMB) MB are free; the checkpoints that a run of the published network keeps need \(roomForCheckpointsMB) MB"))
        }
        return findings
    }

    // MARK: Helpers

    private static func byHost(_ ranks: [RankFacts]) -> [(String, [RankFacts])] {
        ranks.reduce(into: []) { groups, rank in
            if let place = groups.firstIndex(where: { $0.0 == rank.host }) {
                groups[place].1.append(rank)
            } else {
                groups.append((rank.host, [rank]))
            }
        }
    }

    /// The hosts whose value isn't rank 0's, as words; nil when all have the same.
    private static func odd<T: Equatable>(_ ranks: [RankFacts], _ value: KeyPath<RankFacts, T>) -> String? {
        let hosts = byHost(ranks.filter { $0[keyPath: value] != ranks[0][keyPath: value] }).map(\.0)
        guard !hosts.isEmpty else { return nil }
        return "the ranks on " + hosts.prefix(5).joined(separator: ", ") + (hosts.count > 5 ? " and \(hosts.count - 5) more hosts" : "")
    }

    static func milliseconds(_ seconds: Double) -> String {
        abs(seconds) < 1 ? String(format: "%.2f ms", seconds * 1000) : String(format: "%.1f s", seconds)
    }
}
