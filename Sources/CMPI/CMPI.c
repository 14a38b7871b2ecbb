// CMPI.c — each function is one MPI call; the only thing added is the conversion of handles.

#include "CMPI.h"

#include <mpi.h>
#include <stddef.h>

// By way of intptr_t the casts hold for handles that are pointers and for those that are ints.
static bw_mpi_comm wrap(MPI_Comm comm) { return (bw_mpi_comm)(intptr_t)comm; }
static MPI_Comm unwrap(bw_mpi_comm comm) { return (MPI_Comm)(intptr_t)comm; }

static MPI_Datatype datatype(bw_mpi_type type) {
    switch (type) {
    case BW_MPI_UINT8: return MPI_UINT8_T;
    case BW_MPI_INT32: return MPI_INT32_T;
    case BW_MPI_INT64: return MPI_INT64_T;
    case BW_MPI_FLOAT: return MPI_FLOAT;
    case BW_MPI_DOUBLE: return MPI_DOUBLE;
    }
    return MPI_DATATYPE_NULL;
}

static MPI_Op operation(bw_mpi_op op) {
    switch (op) {
    case BW_MPI_SUM: return MPI_SUM;
    case BW_MPI_MAX: return MPI_MAX;
    case BW_MPI_MIN: return MPI_MIN;
    }
    return MPI_OP_NULL;
}

// MPI orders its thread levels but leaves their values to the library.
static int thread_level(bw_mpi_threads level) {
    switch (level) {
    case BW_MPI_SINGLE: return MPI_THREAD_SINGLE;
    case BW_MPI_FUNNELED: return MPI_THREAD_FUNNELED;
    case BW_MPI_SERIALIZED: return MPI_THREAD_SERIALIZED;
    case BW_MPI_MULTIPLE: return MPI_THREAD_MULTIPLE;
    }
    return MPI_THREAD_SINGLE;
}

int bw_mpi_init(bw_mpi_threads wanted, bw_mpi_threads *provided) {
    int level = MPI_THREAD_SINGLE;
    int code = MPI_Init_thread(NULL, NULL, thread_level(wanted), &level);
    *provided = level >= MPI_THREAD_MULTIPLE     ? BW_MPI_MULTIPLE
                : level >= MPI_THREAD_SERIALIZED ? BW_MPI_SERIALIZED
                : level >= MPI_THREAD_FUNNELED   ? BW_MPI_FUNNELED
                                                 : BW_MPI_SINGLE;
    return code;
}

int bw_mpi_finalize(void) { return MPI_Finalize(); }

int bw_mpi_abort(bw_mpi_comm comm, int status) { return MPI_Abort(unwrap(comm), status); }

bw_mpi_comm bw_mpi_world(void) { return wrap(MPI_COMM_WORLD); }

int bw_mpi_return_errors(bw_mpi_comm comm) {
    return MPI_Comm_set_errhandler(unwrap(comm), MPI_ERRORS_RETURN);
}

int bw_mpi_rank(bw_mpi_comm comm, int *rank) { return MPI_Comm_rank(unwrap(comm), rank); }

int bw_mpi_size(bw_mpi_comm comm, int *size) { return MPI_Comm_size(unwrap(comm), size); }

int bw_mpi_duplicate(bw_mpi_comm comm, bw_mpi_comm *copy) {
    MPI_Comm made = MPI_COMM_NULL;
    int code = MPI_Comm_dup(unwrap(comm), &made);
    *copy = wrap(made);
    return code;
}

int bw_mpi_split_host(bw_mpi_comm comm, bw_mpi_comm *host) {
    MPI_Comm made = MPI_COMM_NULL;
    int code =
        MPI_Comm_split_type(unwrap(comm), MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &made);
    *host = wrap(made);
    return code;
}

int bw_mpi_split(bw_mpi_comm comm, int color, int key, bw_mpi_comm *part) {
    MPI_Comm made = MPI_COMM_NULL;
    int code = MPI_Comm_split(unwrap(comm), color < 0 ? MPI_UNDEFINED : color, key, &made);
    *part = made == MPI_COMM_NULL ? 0 : wrap(made);
    return code;
}

int bw_mpi_free(bw_mpi_comm *comm) {
    MPI_Comm freed = unwrap(*comm);
    int code = MPI_Comm_free(&freed);
    *comm = wrap(freed);
    return code;
}

_Static_assert(MPI_MAX_ERROR_STRING <= BW_MPI_STRING, "an error string would not fit");
_Static_assert(MPI_MAX_PROCESSOR_NAME <= BW_MPI_STRING, "a processor name would not fit");
_Static_assert(MPI_MAX_LIBRARY_VERSION_STRING <= BW_MPI_STRING, "a version would not fit");

int bw_mpi_error_string(int code, char *text) {
    int length = 0;
    return MPI_Error_string(code, text, &length);
}

int bw_mpi_processor_name(char *text) {
    int length = 0;
    return MPI_Get_processor_name(text, &length);
}

int bw_mpi_library_version(char *text) {
    int length = 0;
    return MPI_Get_library_version(text, &length);
}

int bw_mpi_barrier(bw_mpi_comm comm) { return MPI_Barrier(unwrap(comm)); }

int bw_mpi_broadcast(void *buffer, int count, bw_mpi_type type, int root, bw_mpi_comm comm) {
    return MPI_Bcast(buffer, count, datatype(type), root, unwrap(comm));
}

int bw_mpi_all_reduce(void *buffer, int count, bw_mpi_type type, bw_mpi_op op, bw_mpi_comm comm) {
    return MPI_Allreduce(
        MPI_IN_PLACE, buffer, count, datatype(type), operation(op), unwrap(comm));
}

int bw_mpi_start_all_reduce(
    void *buffer, int count, bw_mpi_type type, bw_mpi_op op, bw_mpi_comm comm,
    bw_mpi_request *request) {
    MPI_Request started = MPI_REQUEST_NULL;
    int code = MPI_Iallreduce(
        MPI_IN_PLACE, buffer, count, datatype(type), operation(op), unwrap(comm), &started);
    *request = (bw_mpi_request)(intptr_t)started;
    return code;
}

int bw_mpi_start_send(
    const void *buffer, int count, bw_mpi_type type, int to, int tag, bw_mpi_comm comm,
    bw_mpi_request *request) {
    MPI_Request started = MPI_REQUEST_NULL;
    int code = MPI_Isend(buffer, count, datatype(type), to, tag, unwrap(comm), &started);
    *request = (bw_mpi_request)(intptr_t)started;
    return code;
}

int bw_mpi_start_receive(
    void *buffer, int count, bw_mpi_type type, int from, int tag, bw_mpi_comm comm,
    bw_mpi_request *request) {
    MPI_Request started = MPI_REQUEST_NULL;
    int code = MPI_Irecv(buffer, count, datatype(type), from, tag, unwrap(comm), &started);
    *request = (bw_mpi_request)(intptr_t)started;
    return code;
}

int bw_mpi_test(bw_mpi_request *request, int *done) {
    MPI_Request tested = (MPI_Request)(intptr_t)*request;
    int code = MPI_Test(&tested, done, MPI_STATUS_IGNORE);
    *request = (bw_mpi_request)(intptr_t)tested;
    return code;
}

int bw_mpi_gather(
    const void *send, int count, void *receive, const int *counts, const int *offsets,
    bw_mpi_type type, int root, bw_mpi_comm comm) {
    return MPI_Gatherv(
        send, count, datatype(type), receive, counts, offsets, datatype(type), root,
        unwrap(comm));
}

int bw_mpi_all_gather(
    const void *send, int count, void *receive, const int *counts, const int *offsets,
    bw_mpi_type type, bw_mpi_comm comm) {
    return MPI_Allgatherv(
        send, count, datatype(type), receive, counts, offsets, datatype(type), unwrap(comm));
}
