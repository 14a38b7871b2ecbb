// LaunchCommand.swift — `blendway launch`.

import ArgumentParser
import Cluster
import Foundation
import Tensor

struct LaunchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "launch",
        abstract: "Start a job under Open MPI's mpirun, and start it again when a rank or host is lost.",
        usage: "blendway launch [options, mpirun's among them] -- <command> …",
        discussion: """
            Options of mpirun stand before --, a command of blendway with its options behind it:

              blendway launch -n 8 -- train --config C.yaml --run-dir RUN
              blendway launch --hostfile hosts --min-ranks 32 -- train --config C.yaml --run-dir /shared/RUN
              blendway launch --hostfile hosts --print -- train …

            What mpirun gets besides (unless you say otherwise): a core a rank, ring all-reduce, keep-alive that \
            notices a cut link in ten seconds, and as root the permission to be root.

            A job that stopped at a checkpoint (75), lost a rank, host or link, hung (76, 205), was killed or \
            crashed (137, 139) is started again and goes on from its newest sound checkpoint, after a pause that \
            grows while it gets nowhere. One that failed for a reason that stays (1, 64, 65) is not.

            TERM, INT, HUP or USR1 to launch stops for good: the ranks save, and launch ends with 75. A second one \
            ends the job at once. Own options, anywhere before --:

              --min-ranks N   before each start ask all hosts, leave out those that don't answer, and go on as \
            long as the others have N slots
              --restarts N    give up after N starts in a row without a new checkpoint (default 5)
              --hand-over     end with 75 when the run stops at a checkpoint by itself, for batch systems
              --grace N       seconds that the ranks get to save (default 300)
              --mpirun PATH   another mpirun than the one in PATH
              --print         show the command line and do nothing
            """)

    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var arguments: [String] = []

    func run() throws {
        // The parser takes the -- away, which is what everything hangs on.
        let words = CommandLine.arguments
        let behind = Array(words[((words.firstIndex(of: "launch") ?? words.count - 1) + 1)...])
        if let asked = behind.firstIndex(where: { ["-h", "--help"].contains($0) }), !behind[..<asked].contains("--") {
            throw CleanExit.helpRequest(self)
        }
        OpenBLASCore.forgetRestart()
        try reportingFailures {
            let launch = try LaunchArguments(behind)
            let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let supervisor = try Supervisor(launch, program: program) { Console.error("blendway launch: \($0)\n") }
            guard !launch.printsOnly else { return try Console.output(supervisor.commandLine + "\n") }
            let status = try supervisor.run()
            if status != 0 { throw ExitCode(status) }
        }
    }
}
