// FolderProbe.swift — is a folder shared by all hosts, do HDF5's locks work there, how much is free.

import DistributedTraining
import Foundation
import Store

package struct FolderFacts: Codable, Equatable, Sendable {
    package var path: String
    package var freeMB: Int
    /// Hosts that don't see what rank 0 wrote, with the reason.
    package var blind: [String: String]
    /// Seconds after which the slowest host saw it.
    package var visibleSeconds: Double
    /// What locking does there, see `Locking`.
    package var locking: Locking
    /// Why rank 0 can't write there at all; nil when it can.
    package var problem: String?

    /// What HDF5's file locks do in this folder.
    package enum Locking: String, Codable, Sendable {
        /// A file that one host writes can't be opened by another.
        case works
        /// Every host may open a file that is being written: locks are off or end at the host.
        case isNotSeen = "is_not_seen"
        /// Files can't be opened for want of locks.
        case fails
        case notTried = "not_tried"
    }

    package init(
        path: String, freeMB: Int = 0, blind: [String: String] = [:], visibleSeconds: Double = 0,
        locking: Locking = .notTried, problem: String? = nil
    ) {
        self.path = path
        self.freeMB = freeMB
        self.blind = blind
        self.visibleSeconds = visibleSeconds
        self.locking = locking
        self.problem = problem
    }
}

enum FolderProbe {
    /// A network file system may show another host's file some seconds late.
    private static let patience = 10.0

    /// Collective. Rank 0 writes a file, all others read it; leaves nothing. Makes the folder if it isn't there.
    static func examine(_ path: String, _ world: World) throws -> FolderFacts {
        let name = "\(path)/.blendway-doctor-\(UUID().uuidString)"
        var facts = FolderFacts(path: path)
        var made: HDF5File?
        if world.rank == 0 {
            do {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                // Open for writing until all have tried: HDF5 holds its exclusive lock meanwhile.
                made = try HDF5File.create(name)
                try made!.root.attributes.set("doctor", .string("written by rank 0"))
                facts.freeMB = freeBytes(path).map { Int($0 >> 20) } ?? 0
            } catch let error as StoreError {
                if case .locked = error { facts.locking = .fails }
                facts.problem = "\(error)"
            } catch {
                let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
                facts.problem = cause.domain == NSPOSIXErrorDomain
                    ? String(cString: strerror(Int32(cause.code))) : error.localizedDescription
            }
        }
        defer { if world.rank == 0 { unlink(name) } }
        let from0 = try world.communicator.broadcast(
            Array("\(facts.problem == nil ? name : "")".utf8), phase: "write to the shared folder")
        let file = String(decoding: from0, as: UTF8.self)
        guard !file.isEmpty else {
            return try share(facts, world)
        }

        // Does everybody see it?
        let began = monotonicSeconds()
        var reason = ""
        while access(file, R_OK) != 0 {
            reason = String(cString: strerror(errno))
            if monotonicSeconds() - began > patience { break }
            usleep(50_000)
        }
        let sees = access(file, R_OK) == 0
        // Does the writer's lock keep others out? The writer's own host counts when it is the only one.
        var opened = false
        if sees && world.rank != 0 {
            do { _ = try HDF5File.open(file); opened = true } catch StoreError.locked { } catch {
                // Half-written, and no lock came in the way.
                opened = true
            }
        }
        let answers = try answers(
            Answer(host: world.hosts[world.rank], reason: sees ? nil : reason, seconds: monotonicSeconds() - began, opened: opened),
            world)
        // And can all read it once it is whole?
        if world.rank == 0 {
            do { try made?.close() } catch { facts.problem = "\(error)" }
        }
        made = nil
        try world.communicator.barrier(phase: "finish the file in the shared folder")
        var problem: String?
        if sees {
            let end = monotonicSeconds() + patience
            repeat {
                do {
                    let text = try HDF5File.open(file).root.attributes.string("doctor")
                    problem = text == "written by rank 0" ? nil : "it reads '\(text)'"
                } catch {
                    problem = "\(error)"
                    // The writer's last bytes, or its lock's end, may come late.
                    usleep(200_000)
                }
            } while problem != nil && monotonicSeconds() < end
        }
        let readings = try self.answers(Answer(host: world.hosts[world.rank], reason: problem, seconds: 0, opened: false), world)
        if world.rank == 0 {
            for answer in answers { if let reason = answer.reason { facts.blind[answer.host] = reason } }
            for reading in readings { if let reason = reading.reason { facts.blind[reading.host] = reason } }
            facts.visibleSeconds = answers.filter { $0.reason == nil }.map(\.seconds).max() ?? 0
            let others = answers.dropFirst().filter { $0.reason == nil }
            facts.locking = others.isEmpty ? .notTried : others.contains(where: \.opened) ? .isNotSeen : .works
            if readings.contains(where: { $0.reason?.contains("could not be locked") == true }) { facts.locking = .fails }
        }
        return try share(facts, world)
    }

    private struct Answer: Codable {
        var host: String
        var reason: String?
        var seconds: Double
        var opened: Bool
    }

    private static func answers(_ mine: Answer, _ world: World) throws -> [Answer] {
        let all = try world.communicator.allGather(Array(JSONEncoder().encode(mine)), phase: "read in the shared folder")
        return try (0..<world.size).map { try JSONDecoder().decode(Answer.self, from: Data(all[$0])) }
    }

    private static func share(_ facts: FolderFacts, _ world: World) throws -> FolderFacts {
        let bytes = try world.communicator.broadcast(Array(JSONEncoder().encode(facts)), phase: "share what the folder is like")
        return try JSONDecoder().decode(FolderFacts.self, from: Data(bytes))
    }

    /// What this process may still write there; nil when that can't be told.
    static func freeBytes(_ path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}
