// RunFolder.swift — where a run keeps its files.

import Foundation

/// `config.yaml`, `metrics.jsonl`, `checkpoints/`, `report/`, `errors/` in one folder.
public struct RunFolder: Sendable {
    public let path: String

    public init(_ path: String) {
        self.path = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    }

    /// The folder of a run that a checkpoint belongs to; nil for a checkpoint somewhere else.
    public init?(ofCheckpoint checkpoint: String) {
        let folder = URL(filePath: checkpoint).deletingLastPathComponent()
        guard folder.lastPathComponent == "checkpoints" else { return nil }
        let run = folder.deletingLastPathComponent().relativePath
        self.init(run.isEmpty ? "." : run)
        guard FileManager.default.fileExists(atPath: metrics) else { return nil }
    }

    public var lock: String { path + "/lock" }
    public var config: String { path + "/config.yaml" }
    public var metrics: String { path + "/metrics.jsonl" }
    public var checkpoints: String { path + "/checkpoints" }
    public var report: String { path + "/report" }
    public var errors: String { path + "/errors" }
    public var quarantine: String { errors + "/quarantine.jsonl" }

    /// Makes the folders and tries to write in them.
    /// - Throws: `TrainingError.runFolder` with the system's reason.
    public func prepare() throws {
        for folder in [checkpoints, errors] {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let probe = folder + "/.write-test"
                try Data("x".utf8).write(to: URL(filePath: probe))
                try FileManager.default.removeItem(atPath: probe)
            } catch {
                throw TrainingError.runFolder(path: path, cause: Self.reason(error))
            }
        }
    }

    static func reason(_ error: any Error) -> String {
        if (error as? CocoaError)?.code == .fileWriteNoPermission { return String(cString: strerror(EACCES)) }
        let error = error as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        return cause.domain == NSPOSIXErrorDomain
            ? String(cString: strerror(Int32(cause.code))) : error.localizedDescription
    }
}
