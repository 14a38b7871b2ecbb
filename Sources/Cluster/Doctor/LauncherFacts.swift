// LauncherFacts.swift — what started this process, as its environment tells.

/// The launcher's traces.
package struct LauncherFacts: Codable, Equatable, Sendable {
    /// Such as "Open MPI's mpirun" or "srun"; "nothing" for a process alone.
    package var name: String
    /// How ranks find each other, such as "PMIx 4.2.2"; nil when there is no trace.
    package var pmi: String?
    /// Ranks that there is room for; nil when the launcher doesn't say.
    package var slots: Int?
    /// The batch system's job around it, such as "SLURM job 12".
    package var batch: String?

    /// - Parameter value: looks up an environment variable.
    package init(_ value: (String) -> String?) {
        let isStep = value("SLURM_STEP_ID") != nil && value("SLURM_STEP_NUM_TASKS") != nil
        if value("OMPI_COMM_WORLD_SIZE") != nil && value("OMPI_UNIVERSE_SIZE") != nil && value("OMPI_MCA_orte_hnp_uri") != nil {
            name = "Open MPI's mpirun"
        } else if isStep {
            name = "srun"
        } else if value("OMPI_COMM_WORLD_SIZE") != nil {
            name = "Open MPI's mpirun"
        } else if value("MPI_LOCALNRANKS") != nil || value("PMI_SIZE") != nil {
            name = "an mpiexec of the MPICH family"
        } else {
            name = "nothing"
        }
        if value("PMIX_RANK") != nil || value("PMIX_NAMESPACE") != nil {
            pmi = "PMIx" + (value("PMIX_VERSION").map { " \($0)" } ?? "")
        } else if value("PMI_RANK") != nil {
            pmi = "PMI" + (value("PMI_VERSION").map { " \($0)" } ?? "")
        } else {
            pmi = nil
        }
        slots = (value("OMPI_UNIVERSE_SIZE") ?? (isStep ? value("SLURM_NTASKS") : nil)).flatMap { Int($0) }
        batch =
            value("SLURM_JOB_ID").map { "SLURM job \($0)" }
            ?? value("PBS_JOBID").map { "PBS job \($0)" }
            ?? value("KUBERNETES_SERVICE_HOST").map { _ in "a Kubernetes pod" }
    }
}
