// Monitor.swift — a lock with a condition and time-outs, and the clock they use.
//
// Synchronization's Mutex cannot wait for a condition, and Foundation's NSCondition would bring
// Foundation into a module that needs nothing else of it.

import Glibc

/// Seconds on a clock that only goes forward; the zero point means nothing.
package func monotonicSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}

/// A lock whose holders may sleep until another thread calls `wakeAll`.
final class Monitor: @unchecked Sendable {
    // Unchecked: the two addresses never change, and pthread guards what they point to.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // A wall clock that is set back must not stretch a time-out.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func locked<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Only inside `locked`. May return early for no reason: look at the condition again.
    func wait() {
        pthread_cond_wait(condition, mutex)
    }

    /// Only inside `locked`. Returns at the latest when the clock shows `deadline`.
    func wait(until deadline: Double) {
        // Far deadlines are cut to a day: callers look again anyhow, and time_t stays in range.
        let capped = min(deadline, monotonicSeconds() + 86_400)
        var time = timespec()
        time.tv_sec = Int(capped)
        time.tv_nsec = Int((capped - Double(Int(capped))) * 1e9)
        pthread_cond_timedwait(condition, mutex, &time)
    }

    func wakeAll() {
        pthread_cond_broadcast(condition)
    }

    /// Something that one thread waits for, under a monitor's lock: waking it wakes nobody else.
    final class Signal: @unchecked Sendable {
        // Unchecked: as the monitor.
        private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

        init() { pthread_cond_init(condition, nil) }

        deinit {
            pthread_cond_destroy(condition)
            condition.deallocate()
        }

        /// Only inside `locked`. May return early for no reason.
        func wait(in monitor: Monitor) { pthread_cond_wait(condition, monitor.mutex) }
        func wake() { pthread_cond_signal(condition) }
    }
}
