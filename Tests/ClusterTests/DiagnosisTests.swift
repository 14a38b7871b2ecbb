// DiagnosisTests.swift — what the doctor concludes from facts that no test machine has.

import Cluster
import Testing

@Suite struct DiagnosisTests {
    private let launcher = LauncherFacts { ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_UNIVERSE_SIZE": "4"][$0] }

    /// Two sound hosts with two ranks each, a core a rank.
    private func ranks(_ change: (inout RankFacts) -> Void = { _ in }) -> [RankFacts] {
        (0..<4).map { rank in
            var facts = RankFacts(
                rank: rank, host: rank < 2 ? "a" : "b", cores: [rank % 2], hostCores: 2, openblas: "SkylakeX",
                kernels: "avx512", mpi: "Open MPI v4", isThreaded: true, version: "1", program: "p", memoryMB: 9000,
                sharedMemoryMB: 900)
            change(&facts)
            return facts
        }
    }

    private func report(
        _ ranks: [RankFacts], clocks: [Double]? = nil, network: NetworkFacts? = nil, folder: FolderFacts? = nil
    ) -> DoctorReport {
        DoctorReport(
            ranks: ranks, launcher: launcher,
            clocks: ClockFacts(aheadSeconds: clocks ?? ranks.map { _ in 0 }, uncertaintySeconds: 1e-4), network: network,
            folder: folder)
    }

    private func expect(
        _ report: DoctorReport, _ severity: DoctorReport.Finding.Severity, _ parts: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = report.findings.contains { finding in
            finding.severity == severity && parts.allSatisfy { finding.sentence.contains($0) }
        }
        #expect(found, "\(report.text)", sourceLocation: sourceLocation)
        #expect(report.isFit == (severity != .failure), sourceLocation: sourceLocation)
    }

    @Test func aSoundClusterHasNoFindings() {
        let network = NetworkFacts(
            latencyUs: 20, allReduceUs: 60, busMBPerSecond: 1100,
            pairs: [.init(hosts: ["a", "b"], latencyUs: 20, mbPerSecond: 1100)])
        let report = report(
            ranks(), network: network, folder: FolderFacts(path: "/r", freeMB: 90_000, locking: .works))
        #expect(report.findings.isEmpty, "\(report.text)")
        #expect(report.verdict.contains("is fit to train"))
        #expect(report.hosts.map(\.name) == ["a", "b"] && report.hosts[0].threadsPerRank == [1, 1])
    }

    @Test func otherBuildsAndLibrariesMakeItUnfit() {
        expect(report(ranks { if $0.host == "b" { $0.program = "q" } }), .failure, "the ranks on b", "another build")
        expect(report(ranks { if $0.rank == 3 { $0.mpi = "Open MPI v5" } }), .failure, "the ranks on b", "another MPI")
    }

    @Test func badPlacesAreNamed() {
        expect(report(ranks { $0.cores = [0] }), .warning, "a: 2 ranks share 1 cores")
        expect(report(ranks { $0.cores = $0.rank == 0 ? [0, 1] : [1]; $0.hostCores = 4 }), .warning, "ranks 0, 1", "overlap")
        expect(report(ranks { $0.hostCores = 32 }), .note, "use 2 of 32 cores")
    }

    @Test func slowKernelsSmallMemoryAndWrongClocksAreNamed() {
        expect(report(ranks { if $0.host == "b" { $0.openblas = "Prescott" } }), .warning, "b: OpenBLAS", "OPENBLAS_CORETYPE=SkylakeX")
        expect(report(ranks { $0.sharedMemoryMB = 20 }), .warning, "/dev/shm has 20 MB", "32 MB")
        expect(report(ranks(), clocks: [0, 0, -90, -90]), .warning, "b: its clock is 90.0 s behind a's")
    }

    @Test func aSlowLinkIsFoundAmongGoodOnes() {
        let pairs = [("a", "b", 1000.0), ("b", "c", 90), ("c", "d", 80), ("d", "a", 990), ("a", "e", 980)]
        let network = NetworkFacts(
            latencyUs: 3000, allReduceUs: 60, busMBPerSecond: 85,
            pairs: pairs.map { .init(hosts: [$0.0, $0.1], latencyUs: 30, mbPerSecond: $0.2) })
        expect(report(ranks(), network: network), .warning, "b and c exchange 90 MB/s")
        expect(report(ranks(), network: network), .warning, "3.0 ms", "batch_norm.sync=false")
    }

    @Test func aFolderThatIsNotSharedOrFullMakesItUnfit() {
        expect(
            report(ranks(), folder: FolderFacts(path: "/r", freeMB: 90_000, blind: ["b": "No such file or directory"])),
            .failure, "b: doesn't see", "/r", "share")
        expect(report(ranks(), folder: FolderFacts(path: "/r", freeMB: 90_000, locking: .fails)), .failure, "HDF5_USE_FILE_LOCKING=FALSE")
        expect(report(ranks(), folder: FolderFacts(path: "/r", freeMB: 200, locking: .works)), .failure, "200 MB are free")
        expect(report(ranks(), folder: FolderFacts(path: "/r", freeMB: 2000, locking: .works)), .warning, "2000 MB are free")
        expect(report(ranks(), folder: FolderFacts(path: "/r", problem: "Read-only file system")), .failure, "can't write to /r", "Read-only")
    }

    @Test func launchersAreKnownByTheirTraces() {
        let srun = LauncherFacts {
            ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "8", "SLURM_NTASKS": "8", "SLURM_JOB_ID": "7", "PMIX_RANK": "1", "PMIX_VERSION": "4.2"][$0]
        }
        #expect((srun.name, srun.pmi, srun.slots, srun.batch) == ("srun", "PMIx 4.2", 8, "SLURM job 7"))
        #expect(LauncherFacts { _ in nil }.name == "nothing")
        #expect(LauncherFacts { ["PMI_SIZE": "2", "PMI_RANK": "0"][$0] }.pmi == "PMI")
    }
}
