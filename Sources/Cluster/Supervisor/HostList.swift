// HostList.swift — the hosts of a job as mpirun is told them: a hostfile, or a list after --host.

import Foundation

/// Hosts in the order given, each once.
public struct HostList: Equatable, Sendable {
    public struct Host: Equatable, Sendable {
        public var name: String
        /// Ranks that it takes; nil when the list doesn't say, and mpirun asks the host.
        public var slots: Int?

        public init(name: String, slots: Int?) {
            self.name = name
            self.slots = slots
        }
    }
    public var hosts: [Host]

    public init(hosts: [Host]) { self.hosts = hosts }

    /// Open MPI's hostfile: `name slots=N max-slots=M`, or a name a line for each slot, as PBS writes it.
    /// - Throws: `ClusterError.hostfile`.
    public init(hostfile path: String) throws(ClusterError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .hostfile(path: path, problem: "there is no such file, or it can't be read")
        }
        // mpirun would take it for a part of the first host's name.
        guard !data.starts(with: [0xEF, 0xBB, 0xBF]), !data.contains(0) else {
            throw .hostfile(path: path, problem: "it begins with a byte-order mark, or is UTF-16; save it as plain text")
        }
        hosts = []
        for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = line.prefix { $0 != "#" }
            // "slots = 4" is as good as "slots=4".
            let fields = text.split { " \t=".contains($0) }.map(String.init)
            guard let name = fields.first else { continue }
            try Self.requireHost(name, path)
            var slots: Int?
            if let place = fields.firstIndex(where: { ["slots", "cpu", "count"].contains($0) }) {
                guard place + 1 < fields.count, let count = Int(fields[place + 1]), count > 0 else {
                    throw .hostfile(path: path, problem: "the slots of '\(name)' are no number above 0")
                }
                slots = count
            }
            add(name, slots)
        }
        guard !hosts.isEmpty else { throw .hostfile(path: path, problem: "it names no host") }
    }

    /// Open MPI takes `name:slots` after --host and not in a hostfile, where it looks for a host of that name.
    private static func requireHost(_ name: String, _ path: String) throws(ClusterError) {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, let slots = Int(parts[1]) {
            throw .hostfile(path: path, problem: "'\(name)' is no host's name; write '\(parts[0]) slots=\(slots)'")
        }
        // A login, an IPv6 address with its interface, and what names may hold.
        guard name.unicodeScalars.allSatisfy({ $0.isASCII && $0.properties.isAlphabetic || "0123456789-._@:[]%+*".unicodeScalars.contains($0) }) else {
            throw .hostfile(path: path, problem: "'\(name)' is no host's name")
        }
    }

    /// `a,b:4,c`: a host a slot, or with its number of slots.
    public init(list: String) {
        hosts = []
        for entry in list.split(separator: ",") {
            let parts = entry.split(separator: ":", maxSplits: 1)
            add(String(parts[0]), parts.count == 2 ? Int(parts[1]) : 1)
        }
    }

    private mutating func add(_ name: String, _ slots: Int?) {
        // A login before the name is ssh's; it stays, as the host can't be reached without.
        if let place = hosts.firstIndex(where: { $0.name == name }) {
            // Named again: one slot more, and the first time was one as well.
            hosts[place].slots = (hosts[place].slots ?? 1) + (slots ?? 1)
        } else {
            hosts.append(Host(name: name, slots: slots))
        }
    }

    /// Ranks that all hosts take; nil when one of them doesn't say.
    public var slots: Int? {
        hosts.reduce(0 as Int?) { sum, host in sum.flatMap { sum in host.slots.map { sum + $0 } } }
    }

    /// The list as a hostfile's text.
    public var hostfile: String {
        hosts.map { $0.name + ($0.slots.map { " slots=\($0)" } ?? "") + "\n" }.joined()
    }

    public func without(_ names: Set<String>) -> HostList {
        HostList(hosts: hosts.filter { !names.contains($0.name) })
    }
}
