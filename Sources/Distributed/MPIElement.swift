// MPIElement.swift — the number types that travel between ranks.

import CMPI

/// A number type that MPI knows by itself. Conform no other type to it.
public protocol MPIElement: BitwiseCopyable, Sendable {
    static var mpiType: bw_mpi_type { get }
}

extension Float: MPIElement { public static var mpiType: bw_mpi_type { BW_MPI_FLOAT } }
extension Double: MPIElement { public static var mpiType: bw_mpi_type { BW_MPI_DOUBLE } }
extension UInt8: MPIElement { public static var mpiType: bw_mpi_type { BW_MPI_UINT8 } }
extension Int32: MPIElement { public static var mpiType: bw_mpi_type { BW_MPI_INT32 } }
extension Int64: MPIElement { public static var mpiType: bw_mpi_type { BW_MPI_INT64 } }
/// Blendway is built for 64-bit machines only.
extension Int: MPIElement { public static var mpiType: bw_mpi_type { BW_MPI_INT64 } }

/// How an all-reduce joins the ranks' numbers.
public enum Reduction: Sendable {
    case sum, maximum, minimum

    var mpiOp: bw_mpi_op {
        switch self {
        case .sum: BW_MPI_SUM
        case .maximum: BW_MPI_MAX
        case .minimum: BW_MPI_MIN
        }
    }
}
