// DoctorReport.swift — what `blendway doctor` has found, as an object and as text.

import Foundation

/// One object; with `--json` its keys are in snake_case.
public struct DoctorReport: Codable, Sendable {
    /// One thing to know. `failure` makes the cluster unfit.
    public struct Finding: Codable, Equatable, Sendable {
        public enum Severity: String, Codable, Sendable { case failure, warning, note }
        public var severity: Severity
        /// What it is about, then cause and remedy.
        public var sentence: String

        public init(_ severity: Severity, _ sentence: String) {
            self.severity = severity
            self.sentence = sentence
        }
    }

    public struct Host: Codable, Sendable {
        public var name: String
        public var ranks: Int
        public var cores: Int
        /// Of each rank: cores that it may use, and threads that training computes with; least and most.
        public var coresPerRank: [Int]
        public var threadsPerRank: [Int]
        public var openblas: String
        public var kernels: String
        /// What makes float32 products and, where the processor has units for them, bfloat16 ones.
        public var products: String
        public var memoryMB: Int
        /// Against the first host's clock.
        public var clockAheadSeconds: Double
    }

    public var isFit: Bool
    public var ranks: Int
    public var slots: Int?
    public var launcher: String
    public var batch: String?
    public var mpi: String
    public var pmi: String?
    public var version: String
    public var hosts: [Host]
    public var clockUncertaintySeconds: Double
    package var network: NetworkFacts?
    package var folder: FolderFacts?
    public var findings: [Finding]
    public var verdict: String

    package init(
        ranks facts: [RankFacts], launcher: LauncherFacts, clocks: ClockFacts, network: NetworkFacts?,
        folder: FolderFacts?
    ) {
        let names = facts.reduce(into: [String]()) { if !$0.contains($1.host) { $0.append($1.host) } }
        ranks = facts.count
        slots = launcher.slots
        self.launcher = launcher.name
        batch = launcher.batch
        mpi = facts[0].mpi
        pmi = launcher.pmi
        version = facts[0].version
        hosts = names.map { name in
            let here = facts.filter { $0.host == name }
            func range(_ values: [Int]) -> [Int] { [values.min()!, values.max()!] }
            return Host(
                name: name, ranks: here.count, cores: here[0].hostCores, coresPerRank: range(here.map(\.cores.count)),
                threadsPerRank: range(here.map { $0.threads(among: facts) }), openblas: here[0].openblas,
                kernels: here[0].kernels, products: here[0].products, memoryMB: here.map(\.memoryMB).min()!,
                clockAheadSeconds: clocks.aheadSeconds[here[0].rank])
        }
        clockUncertaintySeconds = clocks.uncertaintySeconds
        self.network = network
        self.folder = folder
        findings = Diagnosis.findings(
            facts, launcher: launcher, clocks: clocks, network: network, folder: folder)
        isFit = !findings.contains { $0.severity == .failure }
        verdict = Diagnosis.verdict(findings, ranks: facts.count, hosts: names.count)
    }

    /// For people: a table of hosts, the network, the folder, and what is to be done.
    public var text: String {
        func range(_ values: [Int]) -> String { values[0] == values[1] ? "\(values[0])" : "\(values[0])-\(values[1])" }
        func counted(_ value: String, _ noun: String) -> String { "\(value) \(noun)\(value == "1" ? "" : "s")" }
        var text = counted("\(ranks)", "rank") + " on " + counted("\(hosts.count)", "host")
        text += slots.map { ", \($0) slots" } ?? ""
        text += "; started by \(launcher)\(batch.map { " in \($0)" } ?? ""); \(mpi)\(pmi.map { ", \($0)" } ?? ""); blendway \(version)\n"
        for host in hosts {
            text += "  \(host.name): " + counted("\(host.ranks)", "rank") + ", " + counted("\(host.cores)", "core")
                + "; a rank has " + counted(range(host.coresPerRank), "core") + " and "
                + counted(range(host.threadsPerRank), "thread") + "; OpenBLAS \(host.openblas), kernels \(host.kernels)"
                + (host.products.contains(",") ? ", bfloat16 products \(host.products.split(separator: " ").last!); " : ", no units for bfloat16 products; ")
                + "\(host.memoryMB / 1024) GB memory free"
            text += hosts.count > 1 ? "; clock \(Diagnosis.milliseconds(host.clockAheadSeconds)) ahead\n" : "\n"
        }
        if hosts.count > 1 { text += "clocks: compared to \(Diagnosis.milliseconds(clockUncertaintySeconds))\n" }
        if let network, !network.pairs.isEmpty {
            text += String(
                format: "network: all-reduce of a number %.0f µs over all ranks; of gradients %.0f MB/s a rank each way\n",
                network.allReduceUs, network.busMBPerSecond)
            for pair in network.pairs {
                text += "  \(pair.hosts[0]) – \(pair.hosts[1]): " + String(format: "%.0f µs, %.0f MB/s\n", pair.latencyUs, pair.mbPerSecond)
            }
        } else if let network, ranks > 1 {
            text += String(
                format: "shared memory: all-reduce of a number %.0f µs; of gradients %.0f MB/s a rank each way\n",
                network.allReduceUs, network.busMBPerSecond)
        }
        if let folder {
            text += "folder \(folder.path): "
                + (folder.problem == nil ? "\(folder.freeMB / 1024) GB free, HDF5 locking \(folder.locking.rawValue.replacingOccurrences(of: "_", with: " "))" : "can't be used")
                + "\n"
        }
        for finding in findings { text += "\(finding.severity.rawValue): \(finding.sentence)\n" }
        return text + verdict + "\n"
    }
}
