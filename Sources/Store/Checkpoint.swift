// Checkpoint.swift — the checkpoint schema in HDF5: write whole, read verified.
// Not the folder of a run's checkpoints: that is CheckpointFolder.

/// One checkpoint file.
///
/// /model, /model_buffers, /optimizer, … hold float32 and float64 arrays; /state integer and real
/// attributes; /config the resolved YAML; /provenance string attributes; /trained_on hashes of the
/// training data. Every array has fletcher32 checksums (single values and empty arrays cannot), and the
/// root attribute `content_sha256` covers everything but /trained_on, which has its own. Equal contents
/// give equal bytes.
public enum Checkpoint {
    public static let format = "blendway-checkpoint"
    public static let version = FormatVersion(major: 1, minor: 1)

    /// Replaces `path` with a checkpoint of `contents`, whole or not at all.
    ///
    /// Thread-safe; made to run in the background of training, on a snapshot. Cost: about five
    /// seconds per GB, with its two fsyncs, on a laptop-class disk.
    /// - Throws: `StoreError` `.missingFolder`, `.notPermitted`, `.diskFull`, `.tooLarge`, `.invalid`
    ///   (a name that HDF5 cannot hold), `.system`, `.library`.
    public static func write(_ contents: CheckpointContents, to path: String) throws {
        try write(contents, to: path, version: version)
    }

    package static func write(
        _ contents: CheckpointContents, to path: String, version: FormatVersion
    ) throws {
        try contents.validate(for: path)
        try AtomicFile.write(to: path) { temporary in
            let file = try HDF5File.create(temporary, reportedAs: path)
            let root = file.root
            try file.setFormat(format, version)
            try root.attributes.set("content_sha256", .string(contents.contentHash))
            try writeArrays(contents.arrays, to: root)

            let state = try root.makeGroup("state").attributes
            for (name, integer) in contents.integers.sorted(by: byName) { try state.set(name, .integer(integer)) }
            for (name, real) in contents.reals.sorted(by: byName) { try state.set(name, .real(real)) }
            try root.writeStrings([contents.config], to: "config", shape: [])
            let provenance = try root.makeGroup("provenance").attributes
            for (name, text) in contents.provenance.sorted(by: byName) { try provenance.set(name, .string(text)) }
            try contents.trainedOn?.write(to: root)
            try file.close()
        }
    }

    private static func writeArrays(_ arrays: [String: NamedArray], to root: HDF5Group) throws {
        // Sorted, so that each group is opened once and equal contents give equal bytes.
        var open: (path: String, group: HDF5Group)?
        for (path, array) in arrays.sorted(by: byName) {
            let (folder, name) = FileSystem.split(path)
            if open?.path != folder { open = (folder, try root.makeGroup(folder)) }
            let group = open!.group
            switch array.values {
            case .float32(let values):
                let layout = HDF5Layout.checksummed(shape: array.shape, elementBytes: 4)
                try group.write(values, to: name, shape: array.shape, layout: layout)
            case .float64(let values):
                let layout = HDF5Layout.checksummed(shape: array.shape, elementBytes: 8)
                try group.write(values, to: name, shape: array.shape, layout: layout)
            }
        }
    }

    private static func byName<Value>(_ a: (key: String, value: Value), _ b: (key: String, value: Value)) -> Bool {
        a.key.utf8.lexicographicallyPrecedes(b.key.utf8)
    }

    /// Reads a checkpoint and verifies all of it. Cost: about two seconds per GB.
    /// - Throws: `StoreError`; `meansBrokenFile` tells whether an older one should take its place.
    public static func read(_ path: String) throws -> CheckpointContents {
        let file = try HDF5File.open(path)
        try file.requireFormat(format, supported: version)
        let stored = try file.root.attributes.string("content_sha256")

        var contents = CheckpointContents()
        let others: Set = ["state", "config", "provenance", TrainingRecord.group]
        for name in try file.root.names() where !others.contains(name) {
            guard try file.root.kind(of: name) == .group else { continue }
            try readArrays(in: file.root.group(name), prefix: name, into: &contents.arrays)
        }
        let state = try file.root.group("state").attributes
        for name in try state.names() {
            switch try state.value(name)?.single {
            case .integer(let integer): contents.integers[name] = integer
            case .real(let real): contents.reals[name] = real
            default: break  // Of a newer minor version; not ours, and not in the hash.
            }
        }
        let config = try file.root.dataset("config")
        try config.requireShape([])
        contents.config = try config.readStrings()[0]
        let provenance = try file.root.group("provenance").attributes
        for name in try provenance.names() {
            if case .string(let text) = try provenance.value(name)?.single { contents.provenance[name] = text }
        }

        if try file.root.kind(of: TrainingRecord.group) == .group {
            contents.trainedOn = try TrainingRecord(file.root.group(TrainingRecord.group), of: path)
        }

        let computed = contents.contentHash
        guard computed == stored else {
            throw StoreError.hashMismatch(file: path, stored: stored, computed: computed)
        }
        return contents
    }

    private static func readArrays(
        in group: HDF5Group, prefix: String, into arrays: inout [String: NamedArray]
    ) throws {
        for name in try group.names() {
            let path = "\(prefix)/\(name)"
            switch try group.kind(of: name) {
            case .group: try readArrays(in: group.group(name), prefix: path, into: &arrays)
            case .dataset:
                let dataset = try group.dataset(name)
                switch dataset.elementType {
                case .float32: arrays[path] = NamedArray(shape: dataset.shape, try dataset.read(as: Float.self))
                case .float64: arrays[path] = NamedArray(shape: dataset.shape, try dataset.read(as: Double.self))
                default: break  // Of a newer minor version; not ours, and not in the hash.
                }
            default: break
            }
        }
    }
}
