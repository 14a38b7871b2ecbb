// CheckpointSummary.swift — a checkpoint in numbers, for people and programs to look at.

import Store

/// What is in a checkpoint. Encodes to the JSON that `blendway inspect --json` documents.
public struct CheckpointSummary: Codable, Equatable, Sendable {
    /// All arrays below one group of the file.
    public struct Group: Codable, Equatable, Sendable {
        /// "model", "model_buffers", "optimizer/<state>", …
        public var group: String
        public var arrays: Int
        public var values: Int
    }

    /// null where the checkpoint doesn't say.
    public var step: Int64?
    public var epoch: Int64?
    public var worldSize: Int64?
    /// Values in /model: what is trained.
    public var parameters: Int
    public var groups: [Group]
    /// All of /state.
    public var integers: [String: Int64]
    public var reals: [String: Double]
    public var provenance: [String: String]
    /// The run's configuration, YAML.
    public var config: String

    public init(_ contents: CheckpointContents) {
        integers = contents.integers
        // JSON has no infinities; a measure that is undefined is left out.
        reals = contents.reals.filter { $0.value.isFinite }
        provenance = contents.provenance
        config = contents.config
        step = integers["step"]
        epoch = integers["epoch"]
        worldSize = integers["world_size"]
        var groups: [String: Group] = [:]
        for (path, array) in contents.arrays {
            let parts = path.split(separator: "/")
            let name = parts[0] == "optimizer" && parts.count > 2 ? "\(parts[0])/\(parts[1])" : String(parts[0])
            groups[name, default: Group(group: name, arrays: 0, values: 0)].arrays += 1
            groups[name]!.values += array.values.count
        }
        self.groups = groups.values.sorted { $0.group < $1.group }
        parameters = groups["model"]?.values ?? 0
    }
}
