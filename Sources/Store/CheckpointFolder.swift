// CheckpointFolder.swift — the checkpoints of one run: names, latest and best, what is kept, and
// which one to go on from.

import Glibc

/// A folder with step-00001234.h5, step-00001334.h5, …, `latest.h5` and `best.h5`.
///
/// One process, rank 0, opens it as `.writer`; all others as `.reader`, which changes nothing.
public struct CheckpointFolder: Sendable {
    public enum Role: Sendable { case writer, reader }

    // Note [Why latest is a relative symbolic link]
    // `latest.h5` and `best.h5` are links to a step's file, made under a temporary name and renamed
    // over the old link. rename is atomic on local disks, NFS and Lustre: at any kill the name
    // gives the old file or the new one, both complete, because the step's file was renamed into
    // place and synchronised before. A copy would double the writing and be another file that can
    // break; a hard link does not say which step it is. Relative, it survives moving the folder
    // and mounts that differ between hosts. Older files are deleted only after the link has moved.

    public let path: String
    public let role: Role
    /// How many of the newest are kept, the best one not counted.
    public let keep: Int

    static let latestName = "latest.h5"
    static let bestName = "best.h5"
    static let brokenSuffix = ".broken"

    /// - Parameters:
    ///   - path: the folder; the writer makes it when it is missing.
    ///   - role: the writer also removes what killed writers left behind.
    ///   - keep: at least 1.
    /// - Throws: `StoreError` `.notPermitted`, `.missing` (a reader without a folder), `.system`.
    public init(_ path: String, role: Role, keep: Int = 3) throws {
        precondition(keep >= 1, "CheckpointFolder: keep \(keep)")
        self.path = path
        self.role = role
        self.keep = keep
        if role == .writer {
            try FileSystem.makeFolder(path)
            try FileSystem.requireWritableFolder(path, for: path)
            try AtomicFile.removeLeftovers(in: path)
        }
    }

    // MARK: Names

    public var latestPath: String { "\(path)/\(Self.latestName)" }
    public var bestPath: String { "\(path)/\(Self.bestName)" }
    public func path(step: Int) -> String { "\(path)/\(Self.name(step: step))" }

    static func name(step: Int) -> String {
        precondition(step >= 0, "CheckpointFolder: step \(step)")
        let digits = String(step)
        return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".h5"
    }

    static func step(name: String) -> Int? {
        guard name.hasPrefix("step-"), name.hasSuffix(".h5") else { return nil }
        let digits = name.dropFirst(5).dropLast(3)
        guard digits.count >= 8, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(digits)
    }

    /// The steps that have a file, oldest first; their contents are not looked at.
    public func steps() throws -> [Int] {
        try FileSystem.names(in: path).compactMap(Self.step(name:)).sorted()
    }

    /// The step that `best.h5` stands for; nil when there is none.
    public func bestStep() -> Int? { FileSystem.linkTarget(bestPath).flatMap(Self.step(name:)) }

    // MARK: Writing

    /// Writes a step's checkpoint, moves `latest.h5` (and `best.h5`) to it and deletes what is
    /// older than the last `keep`. At any kill, `latest.h5` is a complete checkpoint.
    /// - Throws: as `Checkpoint.write`; then the older checkpoints are all still there.
    /// - Returns: the path of the file.
    @discardableResult
    public func write(_ contents: CheckpointContents, step: Int, isBest: Bool = false) throws -> String {
        precondition(role == .writer, "CheckpointFolder: a reader of \(path) writes step \(step)")
        try Checkpoint.write(contents, to: path(step: step))
        if isBest { try AtomicFile.link(bestPath, to: Self.name(step: step)) }
        try AtomicFile.link(latestPath, to: Self.name(step: step))
        let best = bestStep()
        // A run that went back to an older step after a break leaves newer files; those stay.
        for old in try steps().filter({ $0 <= step }).dropLast(keep) where old != best {
            try FileSystem.remove(path(step: old))
        }
        return path(step: step)
    }

    // MARK: Choosing

    /// What `newestSound` found.
    public struct Choice: Sendable {
        public let step: Int
        public let path: String
        public let contents: CheckpointContents
    }

    /// A broken checkpoint that was passed over.
    public struct Broken: Sendable, CustomStringConvertible {
        public let path: String
        /// Where the writer put it aside; nil for a reader, which leaves it in place.
        public let movedTo: String?
        public let error: StoreError

        public var description: String {
            "\(error)" + (movedTo.map { " It was set aside as \($0)." } ?? "")
        }
    }

    /// The newest checkpoint that verifies, and the broken ones that are newer.
    ///
    /// The writer renames a broken file to `<name>.broken`, so that it is looked at once and can
    /// still be examined, and moves `latest.h5` to the one chosen.
    /// - Returns: `choice` is nil when no sound checkpoint exists.
    /// - Throws: `StoreError` for what an older checkpoint would not cure: no permission, a lock, a
    ///   file from a newer release.
    public func newestSound() throws -> (choice: Choice?, broken: [Broken]) {
        var broken: [Broken] = []
        for step in try steps().reversed() {
            let file = path(step: step)
            do {
                let contents = try Checkpoint.read(file)
                if role == .writer, FileSystem.linkTarget(latestPath) != Self.name(step: step) {
                    try AtomicFile.link(latestPath, to: Self.name(step: step))
                }
                return (Choice(step: step, path: file, contents: contents), broken)
            } catch let error as StoreError where error.meansBrokenFile {
                var movedTo: String?
                if role == .writer {
                    movedTo = file + Self.brokenSuffix
                    try FileSystem.rename(file, to: file + Self.brokenSuffix)
                }
                broken.append(Broken(path: file, movedTo: movedTo, error: error))
            }
        }
        if role == .writer, !broken.isEmpty { try FileSystem.remove(latestPath) }
        return (nil, broken)
    }
}
