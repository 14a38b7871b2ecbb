// MPICommand.swift — the mpirun command line of a job, with the settings that Blendway wants where the
// user has not chosen otherwise.

import Foundation

/// Builds the words of an mpirun command line. Knows Open MPI's options; runs nothing.
public struct MPICommand: Sendable {
    public var launch: LaunchArguments
    /// The launcher's path.
    public var mpirun: String
    /// Open MPI's major release.
    public var release: Int
    /// This program's path, the same on all hosts.
    public var program: String
    public var environment: [String: String]
    public var isRoot: Bool

    public init(
        launch: LaunchArguments, mpirun: String, release: Int, program: String,
        environment: [String: String], isRoot: Bool
    ) {
        self.launch = launch
        self.mpirun = mpirun
        self.release = release
        self.program = program
        self.environment = environment
        self.isRoot = isRoot
    }

    static let hostfileOptions: Set<String> = ["--hostfile", "-hostfile", "--machinefile", "-machinefile"]
    static let hostOptions: Set<String> = ["--host", "-host", "-H"]
    static let countOptions: Set<String> = ["-n", "--n", "-np", "--np", "-c"]
    private static let placing: Set<String> = [
        "--bind-to", "-bind-to", "--map-by", "-map-by", "--rankfile", "-rankfile", "-rf", "--bind-to-core",
        "--bind-to-socket", "--bind-to-none", "--cpu-set", "--cpu-list", "--cpus-per-rank", "-cpus-per-rank",
        "--npernode", "-npernode", "--ppr",
    ]
    /// What ranks on other hosts need to know and mpirun would not tell them.
    private static let passedOn = [
        "HDF5_USE_FILE_LOCKING", "OPENBLAS_CORETYPE", "LD_LIBRARY_PATH", "TZ",
    ]

    private var options: [String] { launch.mpirunOptions }
    private func has(_ names: Set<String>) -> Bool { options.contains(where: names.contains) }

    /// The hosts that the user names; nil when mpirun gets them from elsewhere.
    /// - Throws: `ClusterError.hostfile`.
    public func hosts() throws(ClusterError) -> HostList? {
        if let path = LaunchArguments.value(of: Self.hostfileOptions, in: options) {
            return try HostList(hostfile: path)
        }
        return LaunchArguments.value(of: Self.hostOptions, in: options).map { HostList(list: $0) }
    }

    /// The number of ranks that the user asks for.
    public var ranks: Int? { LaunchArguments.value(of: Self.countOptions, in: options).flatMap { Int($0) } }

    /// How hosts are reached: the words of the launch agent before a host's name.
    public var agent: [String] {
        var chosen = environment["OMPI_MCA_plm_rsh_agent"]
        for place in options.indices.dropLast(2)
        where ["--mca", "-mca", "--gmca", "-gmca"].contains(options[place]) && options[place + 1] == "plm_rsh_agent" {
            chosen = options[place + 2]
        }
        // Open MPI takes a list such as "ssh : rsh"; the first is what it finds on a system of today.
        let words = (chosen ?? "ssh").prefix { $0 != ":" }.split(separator: " ").map(String.init)
        guard let name = words.first?.split(separator: "/").last, name == "ssh" else { return words }
        return words + ["-o", "BatchMode=yes", "-o", "ConnectTimeout=5"]
    }

    /// All words, the launcher first.
    /// - Parameters:
    ///   - isRestart: of a run that was started before.
    ///   - hostfile: replaces the user's hosts, with as many ranks as they have slots; nil keeps them.
    public func words(isRestart: Bool = false, hostfile: (path: String, ranks: Int?)? = nil) -> [String] {
        var words = [mpirun]
        if isRoot && environment["OMPI_ALLOW_RUN_AS_ROOT"] == nil && !has(["--allow-run-as-root"]) {
            words.append("--allow-run-as-root")
        }
        if !has(Self.placing) {
            // One rank a core, each on its own; the program takes as many threads as it has cores. Ranks
            // that share cores have to be let go where there is room.
            words += has(["--oversubscribe", "-oversubscribe"])
                ? ["--bind-to", "none"] : ["--map-by", "core", "--bind-to", "core"]
        }
        // The program chooses the same; here for whoever reads the command.
        setting("coll_libnbc_iallreduce_algorithm", "1", &words)
        if release < 5 {
            // A host that is cut off is noticed after nine seconds instead of minutes: four of silence, then five
            // questions without an answer.
            setting("oob_tcp_keepalive_time", "4", &words)
            setting("oob_tcp_keepalive_intvl", "1", &words)
            setting("oob_tcp_keepalive_probes", "5", &words)
        }
        for name in Self.passedOn where environment[name] != nil && !isPassedOn(name) { words += ["-x", name] }
        if let hostfile {
            words += optionsWithoutHosts
            words += ["--hostfile", hostfile.path]
            if let ranks = hostfile.ranks { words += ["-n", "\(ranks)"] }
        } else {
            words += options
        }
        return words + [program] + (isRestart ? launch.commandToResume : launch.command)
    }

    private func setting(_ name: String, _ value: String, _ words: inout [String]) {
        guard !options.contains(name), environment["OMPI_MCA_\(name)"] == nil else { return }
        words += ["--mca", name, value]
    }

    private func isPassedOn(_ name: String) -> Bool {
        options.indices.dropLast().contains { place in
            options[place] == "-x" && options[place + 1].split(separator: "=").first.map(String.init) == name
        }
    }

    private var optionsWithoutHosts: [String] {
        var kept: [String] = []
        var rest = options[...]
        while let word = rest.popFirst() {
            if Self.hostfileOptions.contains(word) || Self.hostOptions.contains(word)
                || Self.countOptions.contains(word)
            {
                _ = rest.popFirst()
            } else {
                kept.append(word)
            }
        }
        return kept
    }

    /// Words as a shell takes them.
    public static func quoted(_ words: [String]) -> String {
        words.map { word in
            let isPlain = !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0)) }
            return isPlain ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
        }.joined(separator: " ")
    }
}
