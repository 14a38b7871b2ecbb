// OpenBLASCore.swift — makes sure that OpenBLAS runs the kernels that this processor deserves.
//
// Note [Why the program may start itself again]
// OpenBLAS picks its kernels when the library loads. Releases that are older than the processor
// fall back to SSE kernels, three to four times slower. The only cure is OPENBLAS_CORETYPE in the
// environment before the library loads: so the program sets it and executes itself again, once,
// before MPI_Init.

import COpenBLAS
import CKernels

import Glibc

public enum OpenBLASCore {
    /// The kernel family in use, such as "SkylakeX" or "Haswell".
    public static var name: String { String(cString: openblas_get_corename()) }

    /// Instruction sets that the hot loops are dispatched to on this processor.
    public static var instructionSet: String { String(cString: bw_isa_name()) }

    private static let wide: Set<String> = ["SkylakeX", "Cooperlake", "SapphireRapids", "Zen4", "Zen5"]
    private static let middle: Set<String> = ["Haswell", "Zen", "Excavator"]

    /// The core type to ask for when the one in use does not fit the processor, else nil.
    package static func better(than name: String, isa: String) -> String? {
        switch isa {
        case "avx512": return wide.contains(name) ? nil : "SkylakeX"
        case "avx2": return wide.contains(name) || middle.contains(name) ? nil : "Haswell"
        default: return nil
        }
    }

    private static let key = "OPENBLAS_CORETYPE"
    private static let marker = "BLENDWAY_OPENBLAS_RESTARTED"

    /// Takes a restart's traces out of the environment: programs that this one starts, perhaps on hosts
    /// with other processors, choose for themselves.
    public static func forgetRestart() {
        guard getenv(marker) != nil else { return }
        unsetenv(key)
        unsetenv(marker)
    }

    /// Restarts the program with a better `OPENBLAS_CORETYPE` where that is called for, and limits
    /// OpenBLAS to one thread. Call first of all, before MPI. Returns what was done, for the log.
    ///
    /// A value that the user has set is respected. Does not return when it restarts the program.
    public static func settle() -> String? {
        openblas_set_num_threads(1)
        if getenv(marker) != nil {
            return "OpenBLAS did not choose fitting kernels by itself: restarted with \(key)=\(name)"
        }
        guard getenv(key) == nil, let core = better(than: name, isa: instructionSet) else { return nil }
        setenv(key, core, 1)
        setenv(marker, "1", 1)
        #if os(Linux)
        execv("/proc/self/exe", CommandLine.unsafeArgv)
        #endif
        // Still here: the restart failed. Slow is better than not at all.
        unsetenv(key)
        return "OpenBLAS runs its \(name) kernels, slow on this processor: set \(key)=\(core) before starting"
    }
}
