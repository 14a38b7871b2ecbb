// RunLockTests.swift — one job a folder, with the system's locks and on a file system that has none.

import Foundation
import TestSupport
import Testing
import Training

@Suite struct RunLockTests {
    private func folder(_ body: (RunFolder) throws -> Void) throws {
        try withTemporaryFolder { path in
            let folder = RunFolder(path)
            try FileManager.default.createDirectory(atPath: folder.errors, withIntermediateDirectories: true)
            try body(folder)
        }
    }

    private func withoutLocks(_ folder: RunFolder) throws -> RunLock {
        try RunLock(folder, lock: { _ in ENOLCK }, secondsToWatch: 0.3)
    }

    private func leave(_ host: String, _ process: pid_t, in folder: RunFolder) throws {
        try "\(host) \(process) 2026-01-01T00:00:00Z\n".write(toFile: folder.lock, atomically: true, encoding: .utf8)
    }

    private func beat(_ number: Int, in folder: RunFolder) throws {
        try "\(number)\t7\t0.5\tok\tforward\t\n"
            .write(toFile: "\(folder.errors)/heartbeat-0", atomically: true, encoding: .utf8)
    }

    @Test func aLockIsHeldUntilItsOwnerIsGone() throws {
        try folder { folder in
            var first: RunLock? = try RunLock(folder)
            #expect(RunLock.text(in: folder) == first?.text)
            #expect(throws: TrainingError.self) { try RunLock(folder) }
            first = nil
            _ = try RunLock(folder)
        }
    }

    @Test func withoutLocksAProcessOfThisHostIsLookedUp() throws {
        try folder { folder in
            let host = ProcessInfo.processInfo.hostName
            try leave(host, getppid(), in: folder)
            #expect(throws: TrainingError.self) { try withoutLocks(folder) }
            #expect(RunLock.text(in: folder).contains("\(getppid())"), "the owner's name stays")
            // No process has this number: they end at 2²².
            try leave(host, 1 << 22 + 1, in: folder)
            let taken = try withoutLocks(folder)
            #expect(taken.text.contains("\(getpid())") && RunLock.text(in: folder) == taken.text)
        }
    }

    @Test func withoutLocksAProcessOfAnotherHostIsKnownByItsSignOfLife() throws {
        try folder { folder in
            try leave("elsewhere", 1, in: folder)
            _ = try withoutLocks(folder)  // it never beat
            try leave("elsewhere", 1, in: folder)
            try beat(3, in: folder)
            _ = try withoutLocks(folder)  // it beats no more
            try leave("elsewhere", 1, in: folder)
            let beats = Thread {
                for number in 4..<40 {
                    try? self.beat(number, in: folder)
                    Thread.sleep(forTimeInterval: 0.05)
                }
            }
            beats.start()
            #expect(throws: TrainingError.self) { try withoutLocks(folder) }
            while !beats.isFinished { Thread.sleep(forTimeInterval: 0.05) }
        }
    }

    @Test func aFileThatSaysNothingIsNobodys() throws {
        try folder { folder in
            try "?".write(toFile: folder.lock, atomically: true, encoding: .utf8)
            _ = try withoutLocks(folder)
        }
    }
}
