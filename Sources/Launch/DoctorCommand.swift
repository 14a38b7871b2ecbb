// DoctorCommand.swift — `blendway doctor`.

import ArgumentParser
import Cluster
import DistributedTraining
import Foundation
import Training

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say whether these hosts and ranks are fit to train, and what to do if not.",
        discussion: """
            Start it as training will be started, with the same mpirun or srun:

              mpirun -n 64 --hostfile hosts blendway doctor --run-dir /shared/runs/b4
              blendway launch --hostfile hosts -- doctor --run-dir /shared/runs/b4

            It looks at hosts, ranks, cores and threads, the MPI and how ranks found each other, OpenBLAS's and \
            its own kernels, clocks, the network between hosts (latency, and an all-reduce of gradients), and with \
            --run-dir at that folder: shared by all hosts, HDF5's locks, free disk. It takes some seconds.

            Ends with 0 if all is fit or has warnings only, with 1 if not. --json prints one object: is_fit, \
            verdict, findings (severity, sentence), hosts, network, folder and the rest.
            """)

    @Option(help: ArgumentHelp("Folder of the run to come, shared by all hosts; made if it is not there.", valueName: "folder"))
    var runDir: String?

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func run() throws {
        try runOnAllRanks { world, _ in
            let report = try Doctor.examine(world, runFolder: runDir, version: blendwayVersion)
            if world.rank == 0 {
                if json { try Console.json(report) } else { try Console.output(report.text) }
            }
            return report.isFit ? .done : .failed
        }
    }
}
