// CMPI.h — the few MPI calls Blendway makes, behind types of our own.
//
// This header does not include mpi.h: Open MPI's handles are pointers and macros, MPICH's and
// Intel MPI's are integers, and Swift sees neither. A handle here is 64 bits that hold either.
// No logic lives here: each function is one MPI call and returns its code, 0 for success.
// What a code means, and what to do about it, is DistributedTraining's business.
#pragma once

#include <stdint.h>

/// A communicator or a request of the MPI library that this was compiled against.
typedef int64_t bw_mpi_comm;
typedef int64_t bw_mpi_request;

typedef enum bw_mpi_type {
    BW_MPI_UINT8,
    BW_MPI_INT32,
    BW_MPI_INT64,
    BW_MPI_FLOAT,
    BW_MPI_DOUBLE
} bw_mpi_type;

typedef enum bw_mpi_op { BW_MPI_SUM, BW_MPI_MAX, BW_MPI_MIN } bw_mpi_op;

/// In MPI's order: a greater level allows more.
typedef enum bw_mpi_threads {
    BW_MPI_SINGLE,
    BW_MPI_FUNNELED,
    BW_MPI_SERIALIZED,
    BW_MPI_MULTIPLE
} bw_mpi_threads;

/// Bytes that hold any error string, processor name or library version.
enum { BW_MPI_STRING = 8192 };

int bw_mpi_init(bw_mpi_threads wanted, bw_mpi_threads *provided);
int bw_mpi_finalize(void);
int bw_mpi_abort(bw_mpi_comm comm, int status);

/// MPI_COMM_WORLD. Valid between init and finalize.
bw_mpi_comm bw_mpi_world(void);
/// Makes errors on `comm`, and on communicators made from it, come back as codes.
int bw_mpi_return_errors(bw_mpi_comm comm);
int bw_mpi_rank(bw_mpi_comm comm, int *rank);
int bw_mpi_size(bw_mpi_comm comm, int *size);
int bw_mpi_duplicate(bw_mpi_comm comm, bw_mpi_comm *copy);
/// The ranks that share memory with the caller, in the order of `comm`.
int bw_mpi_split_host(bw_mpi_comm comm, bw_mpi_comm *host);
/// The ranks of one colour, in the order of their keys; 0 is made for a colour below 0.
int bw_mpi_split(bw_mpi_comm comm, int color, int key, bw_mpi_comm *part);
int bw_mpi_free(bw_mpi_comm *comm);

/// Each writes at most BW_MPI_STRING bytes, the closing zero included.
int bw_mpi_error_string(int code, char *text);
int bw_mpi_processor_name(char *text);
int bw_mpi_library_version(char *text);

int bw_mpi_barrier(bw_mpi_comm comm);
int bw_mpi_broadcast(void *buffer, int count, bw_mpi_type type, int root, bw_mpi_comm comm);
/// In place.
int bw_mpi_all_reduce(void *buffer, int count, bw_mpi_type type, bw_mpi_op op, bw_mpi_comm comm);
/// In place; `buffer` belongs to MPI until `bw_mpi_test` says done.
int bw_mpi_start_all_reduce(
    void *buffer, int count, bw_mpi_type type, bw_mpi_op op, bw_mpi_comm comm,
    bw_mpi_request *request);
/// Between two ranks; `tag`, 0 to 32767, tells messages apart that are under way together.
int bw_mpi_start_send(
    const void *buffer, int count, bw_mpi_type type, int to, int tag, bw_mpi_comm comm,
    bw_mpi_request *request);
int bw_mpi_start_receive(
    void *buffer, int count, bw_mpi_type type, int from, int tag, bw_mpi_comm comm,
    bw_mpi_request *request);
int bw_mpi_test(bw_mpi_request *request, int *done);
/// `counts` and `offsets`, in elements, are read at the root only.
int bw_mpi_gather(
    const void *send, int count, void *receive, const int *counts, const int *offsets,
    bw_mpi_type type, int root, bw_mpi_comm comm);
int bw_mpi_all_gather(
    const void *send, int count, void *receive, const int *counts, const int *offsets,
    bw_mpi_type type, bw_mpi_comm comm);
