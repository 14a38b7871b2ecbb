// CheckpointContents.swift — what a checkpoint holds, as plain values.

/// Everything a run needs to go on exactly where it stopped.
public struct CheckpointContents: Equatable, Sendable {
    /// By path in the file, without the leading slash; the groups in use are "model/…",
    /// "model_buffers/…", "optimizer/<state>/…", "anchor_statistics/…" and "ema/…". The last
    /// component is the parameter's dotted name: "model/blocks.0.expand.weight".
    public var arrays: [String: NamedArray]
    /// Attributes of /state: epoch, step, sampler position, seed, …
    public var integers: [String: Int64]
    /// Attributes of /state: best metrics, … No name may be in `integers` too.
    public var reals: [String: Double]
    /// /config: the YAML text as resolved.
    public var config: String
    /// Attributes of /provenance: version, commit, host count, dataset hashes.
    public var provenance: [String: String]
    /// /trained_on: nil in checkpoints of earlier releases, and of weights from elsewhere.
    public var trainedOn: TrainingRecord?

    public init(
        arrays: [String: NamedArray] = [:], integers: [String: Int64] = [:], reals: [String: Double] = [:],
        config: String = "", provenance: [String: String] = [:], trainedOn: TrainingRecord? = nil
    ) {
        self.arrays = arrays
        self.integers = integers
        self.reals = reals
        self.config = config
        self.provenance = provenance
        self.trainedOn = trainedOn
    }

    /// Bitwise, as for arrays.
    public static func == (a: CheckpointContents, b: CheckpointContents) -> Bool {
        a.arrays == b.arrays && a.integers == b.integers && a.config == b.config
            && a.reals.mapValues(\.bitPattern) == b.reals.mapValues(\.bitPattern)
            && a.provenance == b.provenance && a.trainedOn == b.trainedOn
    }

    /// SHA-256 over all of it but `trainedOn`, which has its own; see `ContentHash`. Cost: about a second per GB.
    var contentHash: String {
        var hash = ContentHash()
        for (name, array) in arrays {
            switch array.values {
            case .float32(let values): hash.add("/\(name)", shape: array.shape, values)
            case .float64(let values): hash.add("/\(name)", shape: array.shape, values)
            }
        }
        for (name, integer) in integers { hash.add("/state@\(name)", shape: [], [integer]) }
        for (name, real) in reals { hash.add("/state@\(name)", shape: [], [real]) }
        hash.add("/config", shape: [], [config])
        for (name, text) in provenance { hash.add("/provenance@\(name)", shape: [], [text]) }
        return hash.finish()
    }

    /// Throws `StoreError.invalid` for names that the file cannot hold.
    func validate(for file: String) throws {
        func refuse(_ object: String, _ problem: String) -> StoreError {
            .invalid(file: file, object: object, problem: problem)
        }
        for name in arrays.keys {
            let components = name.split(separator: "/", omittingEmptySubsequences: false)
            guard components.count >= 2, components.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }),
                !name.utf8.contains(where: { $0 <= 32 || $0 == 127 })
            else {
                throw refuse("/\(name)", "an array's name is group/…/name without spaces; rename it")
            }
            guard !["state", "config", "provenance", TrainingRecord.group].contains(String(components[0])) else {
                throw refuse("/\(name)", "the group /\(components[0]) holds no arrays; put it elsewhere")
            }
            // HDF5 cannot have "a/b" as an array and a group of that name.
            for end in 2..<max(2, components.count) where arrays[components[..<end].joined(separator: "/")] != nil {
                throw refuse("/\(name)", "one of its groups has the name of an array; rename one of them")
            }
        }
        for name in Array(integers.keys) + Array(reals.keys) + Array(provenance.keys)
        where name.isEmpty || name.utf8.contains(where: { $0 <= 32 || $0 == 127 }) {
            throw refuse("attribute '\(name)'", "attributes have names without spaces; rename it")
        }
        if let name = integers.keys.first(where: { reals[$0] != nil }) {
            throw refuse("/state@\(name)", "it is both an integer and a real number; keep one")
        }
    }
}
