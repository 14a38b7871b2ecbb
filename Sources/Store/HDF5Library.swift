// HDF5Library.swift — the one place that sees HDF5's return codes, and the one lock around it.
// Not a wrapper of HDF5's functions: those are called by their own names in the closures.

import CHDF5

import Glibc

/// Where an HDF5 call acts, for its error: the file as the user named it, and the object in it.
struct HDF5Location: Sendable {
    let file: String
    let object: String
}

/// What an HDF5 call is for; part of the error's sentence.
enum HDF5Operation: String, Sendable {
    case opening, reading, creating, writing, closing
}

/// Entry to the HDF5 library: `locked` for exclusive use, `check` for every call.
enum HDF5Library {
    // Note [One lock around HDF5]
    // Debian's serial build is thread-safe, most others (conda, Spack, parallel builds) are not,
    // and nothing tells at compile time which one a node will load. The library works under one
    // lock of its own when it is thread-safe, so a lock around it costs no concurrency. It is
    // recursive because handles close themselves wherever their last reference goes.
    private static let lock = RecursiveLock()

    // Note [Why HDF5 gets no exit handler]
    // It would close what is still open, and crash on a file whose write failed (see Note [Why a
    // failed file is abandoned]). Everything else is closed explicitly, so it has no work of value.
    private static let start: Void = {
        H5dont_atexit()
        precondition(H5open() >= 0, "HDF5: the library did not initialise")
    }()

    /// Runs `body` as the only user of HDF5 in this process. May be nested.
    static func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        _ = start
        return try body()
    }

    /// Calls HDF5 and turns a negative code into a `StoreError` made from the error stack.
    /// - Returns: the code (an identifier, a count, a truth value) when it is not negative.
    @discardableResult
    static func check<Code: SignedInteger>(
        _ operation: HDF5Operation, _ location: HDF5Location, _ call: () -> Code
    ) throws -> Code {
        try locked {
            // Printing is a setting of each thread in thread-safe builds, so it is made each time.
            _ = bwh5_no_error_printing()
            let code = call()
            guard code < 0 else { return code }
            throw HDF5ErrorStack.current().error(operation, location)
        }
    }
}

/// A recursive mutex; Foundation's is not worth the dependency.
private final class RecursiveLock: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() {
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
        pthread_mutex_init(mutex, &attributes)
        pthread_mutexattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }
    func unlock() { pthread_mutex_unlock(mutex) }
}
