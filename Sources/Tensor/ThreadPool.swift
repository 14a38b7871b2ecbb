// ThreadPool.swift — a fixed set of threads that share out one loop at a time. Not a task system.

import Synchronization

import Glibc

/// Runs loops over a fixed number of threads, the calling one among them.
///
/// One loop at a time, started by one thread at a time; loops are not nested. What a task computes
/// may depend on its index but not on the thread that runs it: sums are kept per task and added in
/// task order, so that results do not depend on the thread count.
public final class ThreadPool: @unchecked Sendable {
    /// Threads that take part, the caller included.
    public let threadCount: Int

    private let next = Atomic<Int>(0)
    private let running = Atomic<Int>(0)
    private let generation = Atomic<Int>(0)
    private var taskCount = 0
    private var body: ((Int, Int) -> Void)?
    private var stopping = false
    private var threads: [pthread_t] = []
    private var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private let started = Atomic<Int>(1)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Spins this often before a thread sleeps: loops follow each other closely within a step.
    private static let spins = 2000

    /// The calling thread alone.
    public convenience init() { self.init(size: 1) }

    /// - Parameter count: the caller included, at least 1.
    /// - Throws: `ThreadStartError` when the system allows fewer.
    public convenience init(threads count: Int) throws(ThreadStartError) {
        self.init(size: count)
        // When one can't be started the deinit ends those before it.
        for number in 1..<max(count, 1) {
            // A thread that held the pool would keep it from its deinit, which ends the thread.
            let pool = Unmanaged.passUnretained(self)
            threads.append(try startThread("compute \(number)") { pool._withUnsafeGuaranteedRef { $0.work() } })
        }
    }

    private init(size: Int) {
        precondition(size >= 1, "ThreadPool: \(size) threads")
        threadCount = size
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
    }

    deinit {
        pthread_mutex_lock(mutex)
        stopping = true
        generation.wrappingAdd(1, ordering: .releasing)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
        for thread in threads { pthread_join(thread, nil) }
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(mutex)
        wake.deallocate()
        mutex.deallocate()
        storage.deallocate()
        scratch.deallocate()
    }

    /// Memory for what a loop needs beside its data: `count` floats on a cache line, with undefined
    /// contents, valid until the next call. Grows to the largest count asked for.
    package func workspace(_ count: Int) -> UnsafeMutablePointer<Float> {
        Self.floats(count, in: &storage)
    }

    private static func floats(
        _ count: Int, in region: inout UnsafeMutableRawBufferPointer
    ) -> UnsafeMutablePointer<Float> {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        if region.count < bytes {
            region.deallocate()
            region = .allocate(byteCount: bytes, alignment: 64)
        }
        return region.baseAddress!.assumingMemoryBound(to: Float.self)
    }

    /// Calls `body(0)`, …, `body(tasks − 1)`, each once, on any thread, and returns when all are done.
    public func run(tasks: Int, _ body: (Int) -> Void) {
        share(tasks) { task, _ in body(task) }
    }

    /// The same, and gives each task `floats` floats that no other uses at the time, on a cache line,
    /// with undefined contents.
    package func run(tasks: Int, floats: Int, _ body: (Int, UnsafeMutablePointer<Float>) -> Void) {
        // Threads' pieces are a page apart, so that none disturbs another's.
        let stride = (floats + 1023) / 1024 * 1024
        let memory = Self.floats(stride * threadCount, in: &scratch)
        share(tasks) { task, thread in body(task, memory + thread * stride) }
    }

    /// Calls `body` with the task and the number of the thread that runs it.
    private func share(_ tasks: Int, _ body: (Int, Int) -> Void) {
        guard threadCount > 1 && tasks > 1 else {
            for task in 0..<tasks { body(task, 0) }
            return
        }
        withoutActuallyEscaping(body) { escaping in
            self.body = escaping
            taskCount = tasks
            next.store(0, ordering: .relaxed)
            running.store(threadCount - 1, ordering: .relaxed)
            pthread_mutex_lock(mutex)
            generation.wrappingAdd(1, ordering: .releasing)
            pthread_cond_broadcast(wake)
            pthread_mutex_unlock(mutex)
            takeTasks(thread: 0)
            // The others are within one task of the end: spinning beats sleeping here.
            var turns = 0
            while running.load(ordering: .acquiring) > 0 {
                turns += 1
                if turns > Self.spins { sched_yield() }
            }
            self.body = nil
        }
    }

    /// Cuts 0 ..< `count` into ranges of at least `grain` elements and calls `body` for each of them.
    /// Only for work whose result does not depend on where the cuts are.
    public func forRanges(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
        let parts = min(threadCount, max(1, count / max(grain, 1)))
        guard parts > 1 else {
            if count > 0 { body(0..<count) }
            return
        }
        run(tasks: parts) { part in
            body(count * part / parts..<count * (part + 1) / parts)
        }
    }

    private func takeTasks(thread: Int) {
        while true {
            let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard task < taskCount else { return }
            body!(task, thread)
        }
    }

    private func work() {
        let thread = started.wrappingAdd(1, ordering: .relaxed).oldValue
        var seen = 0
        while true {
            var turns = 0
            while generation.load(ordering: .acquiring) == seen && turns < Self.spins { turns += 1 }
            if generation.load(ordering: .acquiring) == seen {
                pthread_mutex_lock(mutex)
                while generation.load(ordering: .acquiring) == seen { pthread_cond_wait(wake, mutex) }
                pthread_mutex_unlock(mutex)
            }
            seen += 1
            if stopping { return }
            takeTasks(thread: thread)
            running.wrappingSubtract(1, ordering: .releasing)
        }
    }
}
