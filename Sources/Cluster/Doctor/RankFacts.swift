// RankFacts.swift — what a rank knows of itself and its host. Asks the system only, never other ranks.

import CKernels
import DistributedTraining
import Foundation
import Tensor

/// One rank's answers, as it sends them to the others.
package struct RankFacts: Codable, Equatable, Sendable {
    package var rank: Int
    package var host: String
    /// Numbers of the cores that this process may use.
    package var cores: [Int]
    /// Cores of the host that are switched on.
    package var hostCores: Int
    /// OpenBLAS's kernel family, and the instruction set of our own kernels.
    package var openblas: String
    package var kernels: String
    /// What makes float32 products and, where the processor has units for them, bfloat16 ones.
    package var products: String
    package var mpi: String
    /// MPI lets several threads talk, which reductions beside the computation need.
    package var isThreaded: Bool
    package var version: String
    /// Stands for the program's file, to compare builds.
    package var program: String
    package var memoryMB: Int
    /// Free in /dev/shm, through which ranks of a host talk.
    package var sharedMemoryMB: Int

    package init(
        rank: Int, host: String, cores: [Int], hostCores: Int, openblas: String, kernels: String,
        products: String = "", mpi: String,
        isThreaded: Bool, version: String, program: String, memoryMB: Int, sharedMemoryMB: Int
    ) {
        self.rank = rank
        self.host = host
        self.cores = cores
        self.hostCores = hostCores
        self.openblas = openblas
        self.kernels = kernels
        self.products = products
        self.mpi = mpi
        self.isThreaded = isThreaded
        self.version = version
        self.program = program
        self.memoryMB = memoryMB
        self.sharedMemoryMB = sharedMemoryMB
    }

    init(world: World, version: String) {
        var mask = [UInt8](repeating: 0, count: 128)
        let isKnown = bw_core_mask(&mask, Int32(mask.count)) == 0
        let hostCores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        self.init(
            rank: world.rank, host: world.hosts[world.rank],
            cores: isKnown ? (0..<mask.count * 8).filter { mask[$0 / 8] >> ($0 % 8) & 1 == 1 } : Array(0..<hostCores),
            hostCores: hostCores, openblas: OpenBLASCore.name, kernels: OpenBLASCore.instructionSet,
            products: Products.available, mpi: world.library, isThreaded: world.threadLevel == .multiple, version: version,
            program: Self.programHash(), memoryMB: Self.availableMemoryMB(),
            sharedMemoryMB: FolderProbe.freeBytes("/dev/shm").map { Int($0 >> 20) } ?? 0)
    }

    /// Threads that `train` computes with here, unless told: the rank's cores, shared out among the ranks
    /// that may use the same.
    package func threads(among all: [RankFacts]) -> Int {
        max(1, cores.count / max(1, all.filter { $0.host == host && $0.cores == cores }.count))
    }

    private static func availableMemoryMB() -> Int {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
    }

    /// FNV-1a over the file's words: fast enough for a program, and nobody forges one here.
    private static func programHash() -> String {
        guard let data = try? Data(contentsOf: URL(filePath: "/proc/self/exe"), options: .mappedIfSafe) else {
            return "unknown"
        }
        let hash = data.withUnsafeBytes { bytes in
            bytes.bindMemory(to: UInt64.self).reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ $1) &* 0x100_0000_01B3 }
        }
        return String(hash ^ UInt64(data.count), radix: 16)
    }
}
