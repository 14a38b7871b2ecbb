// Launcher.swift — whether something started this process together with others.
//
// A program linked with one MPI and started by another's mpirun finds itself alone, N times over.

/// What a launcher has left in the environment.
package struct Launcher: Equatable, Sendable {
    /// As a person knows it.
    package var name: String
    /// How many processes it started in this job step; more than 1.
    package var processes: Int

    /// Each launcher's count of processes. SLURM's is that of the step: `SLURM_NTASKS` is also set
    /// in batch scripts, where a single process is no mistake.
    private static let counts = [
        (variable: "OMPI_COMM_WORLD_SIZE", name: "Open MPI's mpirun"),
        (variable: "MPI_LOCALNRANKS", name: "MPICH's or Intel MPI's mpiexec"),
        (variable: "PMI_SIZE", name: "an mpiexec of the MPICH family"),
        (variable: "SLURM_STEP_NUM_TASKS", name: "srun"),
    ]

    /// - Parameter value: looks up an environment variable.
    package static func found(in value: (String) -> String?) -> Launcher? {
        for (variable, name) in counts {
            if let count = value(variable).flatMap({ Int($0) }), count > 1 {
                return Launcher(name: name, processes: count)
            }
        }
        // PMIx tells a rank but no size; a rank above 0 is not alone.
        if let rank = value("PMIX_RANK").flatMap({ Int($0) }), rank > 0 {
            return Launcher(name: "a PMIx launcher", processes: rank + 1)
        }
        return nil
    }
}
