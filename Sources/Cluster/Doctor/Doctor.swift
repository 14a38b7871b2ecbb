// Doctor.swift — asks all ranks, one question after the other, and puts the answers together.

import DistributedTraining
import Foundation

public enum Doctor {
    /// Seconds that one question may take before the watchdog of the caller should end it.
    public static let questionSeconds = 120.0

    /// Collective; every rank returns the same report.
    /// - Parameters:
    ///   - runFolder: where training will write; nil leaves the folder out.
    ///   - version: blendway's.
    public static func examine(_ world: World, runFolder: String?, version: String) throws -> DoctorReport {
        let mine = RankFacts(world: world, version: version)
        let all = try world.communicator.allGather(Array(JSONEncoder().encode(mine)), phase: "ask all ranks")
        let facts = try (0..<world.size).map { try JSONDecoder().decode(RankFacts.self, from: Data(all[$0])) }
        let hosts = facts.reduce(into: [String]()) { if !$0.contains($1.host) { $0.append($1.host) } }
        return DoctorReport(
            ranks: facts, launcher: LauncherFacts { ProcessInfo.processInfo.environment[$0] },
            clocks: try ClockProbe.measure(world),
            network: world.size > 1 ? try NetworkProbe.measure(world, hosts: hosts) : nil,
            folder: try runFolder.map { try FolderProbe.examine($0, world) })
    }
}
