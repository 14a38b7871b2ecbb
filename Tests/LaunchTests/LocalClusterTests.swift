// LocalClusterTests.swift — the launch templates and the supervisor on several hosts, which are network
// namespaces of this machine (clusters/local). Needs root, and SLURM for some: skipped by name without.

import Foundation
import TestSupport
import Testing

private struct Obstacle: Error, CustomStringConvertible {
    var description: String
}

/// A cluster of this test's own: brought up, and taken down whatever happens.
private final class LocalCluster {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    private static let scripts = "\(root)/clusters/local"

    /// Why there can be no cluster; nil when there can. Asks the system only: scripts of ours that don't work are a
    /// failure, and no reason to skip.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "it needs root" }
        for tool in ["ip", "tc", "unshare", "nsenter"] where find(tool) == nil {
            return "there is no \(tool); on Debian and Ubuntu: apt-get install iproute2 util-linux"
        }
        let script = "ip link add bw-bridge type bridge && ip link add bw-a type veth peer name bw-b"
        let result = try? TestSupport.run(
            "unshare", ["--net", "--uts", "--mount", "sh", "-c", script],
            environment: ["PATH": (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/sbin"], timeout: 20)
        return result?.status == 0 ? nil : "this system allows no network namespaces: \(result?.stderr ?? "no unshare")"
    }()

    static let slurmObstacle: String? = {
        if let obstacle { return obstacle }
        for tool in ["slurmctld", "slurmd", "munged", "srun"] where find(tool) == nil {
            return "there is no \(tool); on Debian and Ubuntu: apt-get install slurm-wlm munge"
        }
        return nil
    }()

    private static func find(_ tool: String) -> String? {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/sbin"
        return path.split(separator: ":").map { "\($0)/\(tool)" }.first { access($0, X_OK) == 0 }
    }

    let name: String
    var hostfile: String { "/run/blendway-clusters/\(name)/hostfile" }

    init(hosts: Int, _ options: [String] = []) throws {
        // With this process's number: tools/test.sh takes down what a killed one leaves.
        name = "t\(getpid())x" + String(UUID().uuidString.lowercased().filter { $0.isLetter || $0.isNumber }.prefix(6))
        let result = try TestSupport.run(
            "\(Self.scripts)/up", ["--hosts", "\(hosts)"] + options, environment: environment, timeout: 60)
        guard result.status == 0 else {
            down()
            throw Obstacle(description: "the local cluster doesn't come up: \(result.stderr)")
        }
    }

    deinit { down() }

    func down() { _ = try? TestSupport.run("\(Self.scripts)/down", environment: environment, timeout: 30) }

    private var environment: [String: String] {
        ["BLENDWAY_CLUSTER": name, "PATH": (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/sbin"]
    }

    func start(_ host: String, _ words: [String], _ more: [String: String] = [:]) throws -> RunningProcess {
        let ours = environment.merging(["OMPI_MCA_mpi_yield_when_idle": "1"]) { $1 }.merging(more) { $1 }
        return try RunningProcess("\(Self.scripts)/run", [host] + words, environment: testEnvironment(ours))
    }

    func run(_ host: String, _ words: [String], _ more: [String: String] = [:], timeout: Double) throws -> ProcessResult {
        try start(host, words, more).wait(timeout: timeout)
    }

    /// What a command prints, without its end of line.
    func ask(_ words: [String], _ more: [String: String] = [:]) throws -> String {
        let result = try run("node1", words, more, timeout: 20)
        try #require(result.status == 0, "\(words): \(result)")
        return result.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Takes a host's cable out, or puts it back.
    func link(_ number: Int, up: Bool) throws {
        let result = try TestSupport.run(
            "ip", ["-n", "bw-\(name)-switch", "link", "set", "port\(number)", up ? "up" : "down"],
            environment: environment, timeout: 10)
        try #require(result.status == 0, "\(result)")
    }
}

extension JobTests {
    @Suite(.enabled(if: LocalCluster.obstacle == nil, "no local cluster: \(LocalCluster.obstacle ?? "")"))
    struct LocalClusterTests {
        private static let settings = ["train.checkpoint_every_steps=20", "train.epochs=60"]

        /// 120 steps, as the tests below end.
        private static let straight = Result {
            let run = try TestRun("\(SmallWorld.folder())/cluster-straight", settings)
            try run.finish(ranks: 2)
            return run
        }

        private func launch(_ cluster: LocalCluster, _ run: TestRun, _ options: [String] = []) throws -> RunningProcess {
            try cluster.start(
                "node1",
                [try builtProgram("blendway"), "launch", "--hostfile", cluster.hostfile, "--bind-to", "none"] + options
                    + ["--"] + run.arguments())
        }

        @Test func theDoctorSeesHostsAndNamesTheOneWithoutTheFolder() throws {
            try withTemporaryFolder { folder in
                let shared = "\(folder)/shared"
                try FileManager.default.createDirectory(atPath: shared, withIntermediateDirectories: true)
                let cluster = try LocalCluster(hosts: 3, ["--rate", "1gbit", "--hide", "node3:\(shared)"])
                defer { cluster.down() }
                func doctor(_ folder: String) throws -> ProcessResult {
                    try cluster.run(
                        "node1",
                        ["mpirun", "--allow-run-as-root", "--bind-to", "none", "--hostfile", cluster.hostfile,
                            try builtProgram("blendway"), "doctor", "--json", "--run-dir", folder], timeout: 120)
                }
                let well = try doctor(folder)
                #expect(well.status == 0, "\(well)")
                let report = try well.json()
                #expect((report["hosts"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["node1", "node2", "node3"])
                let network = try #require(report["network"] as? [String: Any])
                let pairs = try #require(network["pairs"] as? [[String: Any]])
                #expect(pairs.count == 3)
                // 1 Gbit/s are 125 MB/s; tbf lets a burst pass first.
                for pair in pairs {
                    let rate = pair["mb_per_second"] as? Double ?? 0
                    #expect(rate > 1 && rate < 160, "\(pair)")
                }

                let ill = try doctor(shared)
                #expect(ill.status == 1, "\(ill)")
                let findings = try #require(try ill.json()["findings"] as? [[String: Any]])
                #expect(findings.contains { ($0["sentence"] as? String)?.contains("node3: doesn't see what rank 0 writes") == true }, "\(findings)")
            }
        }

        @Test func aCutLinkEndsTheStartAndTheRunGoesOnWithTheHostsThatAnswer() throws {
            try withTemporaryFolder { folder in
                let cluster = try LocalCluster(hosts: 2)
                defer { cluster.down() }
                let run = try TestRun("\(folder)/run", ["train.checkpoint_every_steps=20", "train.epochs=1000"])
                let job = try launch(cluster, run, ["--min-ranks", "1"])
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 25 }, "\(job.stderrSoFar)")
                try cluster.link(2, up: false)
                let cut = Date()
                #expect(job.waitUntil(timeout: 40) { job.stderrSoFar.contains("starting again") }, "\(job.stderrSoFar)")
                #expect(Date().timeIntervalSince(cut) < 25)
                #expect(job.waitUntil(timeout: 60) { job.stderrSoFar.contains("1 ranks on 1 hosts") }, "\(job.stderrSoFar)")
                #expect(job.stderrSoFar.contains("node2 doesn't answer; going on without, with 1 ranks"), "\(job.stderrSoFar)")
                #expect(job.waitUntil(timeout: 20) { job.stderrSoFar.contains("resumed") }, "\(job.stderrSoFar)")
                job.signal(SIGTERM)
                let result = job.wait(timeout: 60)
                #expect(result.status == 75, "\(result)")
            }
        }

        /// The watchdog is faster than mpirun's keep-alive, and its own message is what mpirun then waits for.
        @Test func aMpirunThatHangsOnACutLinkIsKilledAndTheRunGoesOn() throws {
            try withTemporaryFolder { folder in
                let cluster = try LocalCluster(hosts: 2)
                defer { cluster.down() }
                let limits = ["load", "forward", "backward", "reduce", "step"].map { "watchdog.\($0)_seconds=3" }
                let run = try TestRun(
                    "\(folder)/run",
                    ["train.checkpoint_every_steps=20", "train.epochs=1000", "watchdog.beat_seconds=0.5"] + limits)
                let job = try launch(cluster, run, ["--min-ranks", "1"])
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 25 }, "\(job.stderrSoFar)")
                try cluster.link(2, up: false)
                #expect(job.waitUntil(timeout: 60) { job.stderrSoFar.contains("resumed") }, "\(job.stderrSoFar)")
                #expect(job.stderrSoFar.contains("mpirun doesn't end: it can't reach a host"), "\(job.stderrSoFar)")
                #expect(job.stderrSoFar.contains("was lost, or hung (status 76); starting again"), "\(job.stderrSoFar)")
                job.signal(SIGTERM)
                let result = job.wait(timeout: 60)
                #expect(result.status == 75, "\(result)")
            }
        }

        @Test func aKilledRankOnAnotherHostCostsNothingButItsTime() throws {
            try withTemporaryFolder { folder in
                let straight = try Self.straight.get()
                let cluster = try LocalCluster(hosts: 2)
                defer { cluster.down() }
                let run = try TestRun("\(folder)/run", Self.settings)
                let job = try launch(cluster, run)
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 30 }, "\(job.stderrSoFar)")
                let processes = try TestSupport.run("ip", ["netns", "pids", "bw-\(cluster.name)-node2"], timeout: 10).stdout
                let rank = processes.split(separator: "\n").compactMap { pid_t($0) }.first {
                    (try? String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8)) == "blendway\n"
                }
                kill(try #require(rank), SIGKILL)
                let result = job.wait(timeout: 120)
                #expect(result.status == 0 && result.stderr.contains("starting again"), "\(result)")
                try expectSameEnd(straight, run)
            }
        }

        @Test func theHostfileTemplateTrainsOnAllHosts() throws {
            try withTemporaryFolder { folder in
                let straight = try Self.straight.get()
                let cluster = try LocalCluster(hosts: 2)
                defer { cluster.down() }
                let run = try TestRun("\(folder)/run", Self.settings)
                let result = try cluster.run(
                    "node1",
                    ["\(LocalCluster.root)/clusters/openmpi/train.sh", try emptyConfiguration(folder), run.folder]
                        + run.settings.flatMap { ["--set", $0] },
                    ["HOSTFILE": cluster.hostfile, "BLENDWAY": try builtProgram("blendway"), "BIND": "none"], timeout: 120)
                #expect(result.status == 0 && result.stderr.contains("2 ranks on 2 hosts"), "\(result)")
                try expectSameEnd(straight, run)
            }
        }

        private func emptyConfiguration(_ folder: String) throws -> String {
            try "train: {threads: 1}\n".write(toFile: "\(folder)/c.yaml", atomically: true, encoding: .utf8)
            return "\(folder)/c.yaml"
        }

        // MARK: SLURM

        @Test(.enabled(if: LocalCluster.slurmObstacle == nil, "no SLURM: \(LocalCluster.slurmObstacle ?? "")"))
        func aSlurmJobThatIsSignalledThenPreemptedEndsAsIfNothingHadBeen() throws {
            try withTemporaryFolder { folder in
                let straight = try Self.straight.get()
                let cluster = try LocalCluster(hosts: 2, ["--slurm"])
                defer { cluster.down() }
                let run = try TestRun("\(folder)/run", Self.settings)
                let log = "\(folder)/job.log"
                func logged() -> String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
                func wait(_ seconds: Double, _ what: String, _ condition: () throws -> Bool) throws {
                    let end = Date() + seconds
                    while try !condition() {
                        try #require(Date() < end, "\(what) did not come: \(logged())")
                        usleep(200_000)
                    }
                }
                let job = try cluster.ask(
                    ["sbatch", "--parsable", "--partition=low", "--ntasks-per-node=1", "--time=10", "--output=\(log)",
                        "\(LocalCluster.root)/clusters/slurm/train.sbatch", try emptyConfiguration(folder), run.folder]
                        + run.settings.flatMap { ["--set", $0] },
                    ["BLENDWAY": try builtProgram("blendway")])

                try wait(60, "training") { run.lastLoggedStep >= 5 }
                _ = try cluster.ask(["scancel", "--signal=USR1", job])
                try wait(60, "the start after the signal") { logged().contains("resumed from") }
                let resumedAt = run.lastLoggedStep
                try wait(60, "training again") { run.lastLoggedStep > resumedAt }
                // A job of higher rank takes both hosts for a moment.
                _ = try cluster.ask(["sbatch", "--partition=high", "--nodes=2", "--time=1", "--output=/dev/null", "--wrap", "sleep 1"])
                try wait(120, "the end") { try cluster.ask(["squeue", "--noheader", "--jobs=\(job)", "--states=all", "--format=%T"]) == "COMPLETED" }

                let text = logged()
                #expect(text.contains("asked to stop by SIGUSR1") && text.contains("asked to stop by SIGTERM"), "\(text)")
                #expect(text.components(separatedBy: "resumed from").count >= 3, "\(text)")
                #expect(try compare(straight.latest, run.latest)["identical"] as? Bool == true)
                #expect(try run.loggedSteps() == Array(1...120))
            }
        }

        @Test(.enabled(if: LocalCluster.slurmObstacle == nil, "no SLURM: \(LocalCluster.slurmObstacle ?? "")"))
        func underSrunTheDoctorKnowsPMIxAndAWrongPMIEndsWithASentence() throws {
            let cluster = try LocalCluster(hosts: 2, ["--slurm"])
            defer { cluster.down() }
            let program = try builtProgram("blendway")
            let well = try cluster.run("node1", ["srun", "--mpi=pmix", "-N2", "-n2", program, "doctor", "--json"], timeout: 60)
            #expect(well.status == 0, "\(well)")
            let report = try well.json()
            #expect(report["launcher"] as? String == "srun" && (report["pmi"] as? String)?.hasPrefix("PMIx") == true)
            #expect(report["ranks"] as? Int == 2 && (report["batch"] as? String)?.hasPrefix("SLURM job") == true)

            let ill = try cluster.run("node1", ["srun", "--mpi=none", "-N2", "-n2", program, "doctor"], timeout: 60)
            #expect(ill.status != 0 && !ill.timedOut, "\(ill)")
        }
    }
}
