// Support.swift — temporary folders, child processes and sample contents for the tests of Store.

import Foundation
import Store
import Synchronization
import Testing

/// A fresh folder that goes with the value.
final class TemporaryFolder {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "blendway-store-\(UUID().uuidString)"
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    var names: [String] { try! FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

/// Runs `body`, which must throw, and gives its error.
func storeError(_ body: () throws -> Void, _ location: SourceLocation = #_sourceLocation) -> StoreError? {
    do {
        try body()
        Issue.record("no error was thrown", sourceLocation: location)
        return nil
    } catch let error as StoreError {
        return error
    } catch {
        Issue.record("not a StoreError: \(error)", sourceLocation: location)
        return nil
    }
}

/// Contents with every kind of thing in them.
func sampleContents(step: Int = 7) -> CheckpointContents {
    let weights = (0..<60).map { Float($0 + step) / 7 }
    return CheckpointContents(
        arrays: [
            "model/blocks.0.expand.weight": NamedArray(shape: [3, 4, 5], weights),
            "model/stem.bias": NamedArray(shape: [2], [Float(-0.0), .leastNonzeroMagnitude]),
            "model_buffers/bn.count": NamedArray(shape: [], [Float(3)]),
            "optimizer/exp_avg/blocks.0.expand.weight": NamedArray(shape: [60], weights.map(Double.init)),
            "optimizer/exp_avg/empty": NamedArray(shape: [0, 4], [Float]()),
            "anchor_statistics/mean": NamedArray(shape: [4, 2], [Double](repeating: .nan, count: 8)),
        ],
        integers: ["step": Int64(step), "seed": .min],
        reals: ["best_auc": 0.1, "loss": -.infinity],
        config: "model: b4\nname: Größe 测试\n",
        provenance: ["version": "1.0", "commit": ""])
}

func bytes(_ path: String) -> [UInt8] { Array(FileManager.default.contents(atPath: path) ?? Data()) }

/// A comparison whose failure does not print megabytes of differences.
func hasBytes(_ path: String, _ expected: [UInt8]) -> Bool { bytes(path) == expected }

func overwrite(_ path: String, _ bytes: [UInt8]) {
    try! Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// Changes one bit of a file.
func flipByte(in path: String, at offset: Int) {
    var content = bytes(path)
    content[offset] ^= 0x40
    overwrite(path, content)
}

/// Where the bytes of `value` first stand in the file.
func offset<Value>(of value: [Value], in path: String) -> Int? {
    let needle = value.withUnsafeBytes { Array($0) }
    return Data(bytes(path)).range(of: Data(needle))?.lowerBound
}

// MARK: Processes

enum Tool {
    /// StoreProbe lies beside the test binary.
    static let probe =
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("StoreProbe").path

    static func find(_ name: String) -> String? {
        ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"].map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static var isRoot: Bool { getuid() == 0 }

    /// Runs a program to its end.
    static func run(_ program: String, _ arguments: [String]) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        do { try process.run() } catch { return (-1, "\(error)") }
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// Starts the probe, kills it with SIGKILL once it has printed `lines` lines and `delay`
    /// microseconds more have gone.
    /// - Returns: the last line that it printed.
    static func kill9(_ arguments: [String], afterLines lines: Int, delay: UInt32) throws -> Int {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: probe)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        var output = Data()
        while output.count(where: { $0 == UInt8(ascii: "\n") }) < lines {
            let more = pipe.fileHandleForReading.availableData
            if more.isEmpty { break }
            output += more
        }
        usleep(delay)
        kill(process.processIdentifier, SIGKILL)
        output += pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self).split(separator: "\n").last.flatMap { Int($0) } ?? 0
    }

    /// A mounted tmpfs of 1 MB in `folder`; nil when mounting is not allowed.
    static func smallDisk(in folder: TemporaryFolder) -> SmallDisk? {
        guard isRoot, let mount = find("mount"), let unmount = find("umount") else { return nil }
        let path = folder.file("disk")
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard run(mount, ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path]).status == 0 else { return nil }
        return SmallDisk(path: path, folder: folder, unmount: unmount)
    }

    static let canMount: Bool = {
        let folder = TemporaryFolder()
        return smallDisk(in: folder) != nil
    }()
}

/// A file system of 1 MB; unmounted with the value.
final class SmallDisk {
    let path: String
    /// Held, so that it goes only after the disk in it.
    private let folder: TemporaryFolder
    private let unmount: String

    init(path: String, folder: TemporaryFolder, unmount: String) {
        self.path = path
        self.folder = folder
        self.unmount = unmount
    }

    // Lazily: the files of failed writes are still open.
    deinit { _ = Tool.run(unmount, ["-l", path]) }
}
