// Run.swift — what tests need to start programs: alone, under mpirun, and where they lie.

import Foundation

/// This process's environment without traces of an MPI job around it, with `changes` on top.
public func testEnvironment(_ changes: [String: String] = [:]) -> [String: String] {
    ProcessInfo.processInfo.environment
        .filter { name, _ in !["OMPI_", "PMIX_", "PMI_", "SLURM_"].contains { name.hasPrefix($0) } }
        .merging(changes) { $1 }
}

/// Runs a program to its end, for at most `timeout` seconds.
public func run(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
    workingFolder: String? = nil, timeout: Double = 60
) throws -> ProcessResult {
    try RunningProcess(
        executable, arguments, environment: testEnvironment(environment),
        workingFolder: workingFolder
    ).wait(timeout: timeout)
}

/// Runs a program as an MPI job of `ranks` on this machine, for at most `timeout` seconds.
public func runUnderMPI(
    ranks: Int, executable: String, arguments: [String] = [], environment: [String: String] = [:],
    workingFolder: String? = nil, timeout: Double = 60
) throws -> ProcessResult {
    try startUnderMPI(
        ranks: ranks, executable: executable, arguments: arguments, environment: environment,
        workingFolder: workingFolder
    ).wait(timeout: timeout)
}

/// As `runUnderMPI`, for tests that do something to the job while it runs.
public func startUnderMPI(
    ranks: Int, executable: String, arguments: [String] = [], environment: [String: String] = [:],
    workingFolder: String? = nil
) throws -> RunningProcess {
    // Ranks outnumber cores here: they must give way to each other, and not be pinned.
    let forOpenMPI = [
        "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_mpi_yield_when_idle": "1",
    ]
    return try RunningProcess(
        mpirun,
        (isOpenMPI ? ["--oversubscribe", "--bind-to", "none"] : [])
            + ["-n", "\(ranks)", executable] + arguments,
        environment: testEnvironment(forOpenMPI.merging(environment) { $1 }),
        workingFolder: workingFolder)
}

/// The launcher of the MPI that the program is built with; `BLENDWAY_MPIRUN` names another.
private let mpirun = ProcessInfo.processInfo.environment["BLENDWAY_MPIRUN"] ?? "mpirun"
private let isOpenMPI =
    (try? run(mpirun, ["--version"], timeout: 20))?.stdout.contains("Open MPI") ?? false

/// Where a program of this package was built: beside the test bundle.
public func builtProgram(_ name: String) throws -> String {
    // The bundle is this process itself, or what the test runner was told to load.
    let arguments = CommandLine.arguments
    let bundle = arguments.firstIndex(of: "--test-bundle-path")
        .flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    for place in [bundle, own].compactMap({ $0 }) {
        let path = URL(fileURLWithPath: place).deletingLastPathComponent().appendingPathComponent(name).path
        if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw StartFailure(description: "no program '\(name)' beside \(bundle ?? own); build it first")
}

/// A fresh, empty folder.
public func makeTemporaryFolder() throws -> String {
    let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("blendway-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}

/// Runs `body` with a fresh folder that is removed afterwards.
public func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = try makeTemporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}
