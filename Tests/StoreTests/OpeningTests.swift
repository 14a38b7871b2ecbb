// OpeningTests.swift — every way in which opening a file fails gives its own sentence.

import Foundation
import Store
import Testing

@Suite struct OpeningTests {
    let folder = TemporaryFolder()

    private func sample() throws -> String {
        let path = folder.file("sample.h5")
        try Checkpoint.write(sampleContents(), to: path)
        return path
    }

    @Test func aMissingFileIsNamed() {
        let path = folder.file("none.h5")
        #expect(storeError { _ = try HDF5File.open(path) } == .missing(file: path))
        #expect("\(StoreError.missing(file: path))" == "\(path): there is no such file; check the path and that this host mounts the folder.")
    }

    @Test func aFolderAndADeviceAreNotFiles() {
        #expect(storeError { _ = try HDF5File.open(folder.path) } == .notAFile(file: folder.path, kind: "a folder"))
        #expect(
            storeError { _ = try HDF5File.open("/dev/null") } == .notAFile(file: "/dev/null", kind: "a device or pipe"))
    }

    @Test func aForeignFileIsNamed() throws {
        let path = folder.file("text.h5")
        overwrite(path, Array(String(repeating: "epoch,loss\n", count: 1000).utf8))
        let error = try #require(storeError { _ = try HDF5File.open(path) })
        guard case .foreign(path, let detail) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(detail.contains("text"), "what it is instead")
    }

    @Test func anEmptyFileIsIncomplete() {
        let path = folder.file("empty.h5")
        overwrite(path, [])
        #expect(storeError { _ = try HDF5File.open(path) } == .truncated(file: path, detail: "it is empty"))
    }

    @Test func aFileCutAnywhereIsIncompleteOrDamaged() throws {
        let path = try sample()
        let content = bytes(path)
        for count in [8, 20, 47, 48, 100, 500, content.count / 2, content.count - 1] {
            overwrite(path, Array(content[..<count]))
            let error = try #require(storeError { _ = try Checkpoint.read(path) })
            guard case .truncated = error else {
                Issue.record("cut to \(count) of \(content.count) bytes: \(error)")
                continue
            }
            #expect("\(error)".contains("incomplete"))
            #expect(error.meansBrokenFile)
        }
    }

    @Test(.enabled(if: Tool.isRoot, "only root can become another user"))
    func aFileWithoutReadPermissionIsNamed() throws {
        let path = try sample()
        chmod(folder.path, 0o755)
        chmod(path, 0o600)
        let (status, output) = Tool.run(Tool.probe, ["unprivileged", "read", path])
        #expect(status == 0)
        #expect(output == "\(path): no permission to read it; change the permissions or use another folder.\n")
    }

    @Test func aLockedFileNamesTheLockAndItsRemedy() throws {
        let path = try sample()
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX) == 0)
        let error = try #require(storeError { _ = try HDF5File.open(path) })
        #expect(error == .locked(file: path, detail: "another program has it open for writing"))
        #expect("\(error)".contains("HDF5_USE_FILE_LOCKING=FALSE"))
        #expect(!error.meansBrokenFile)
    }

    @Test func readersDoNotLockEachOtherOut() throws {
        let path = try sample()
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_SH) == 0)
        let file = try HDF5File.open(path)
        #expect(try HDF5File.open(path).root.names() == file.root.names())
    }

    @Test func aReadOnlyFileIsOpened() throws {
        let path = try sample()
        chmod(path, 0o444)
        #expect(try Checkpoint.read(path) == sampleContents())
    }

    @Test func anotherFormatIsRefusedByName() throws {
        let path = folder.file("other.h5")
        let file = try HDF5File.create(path)
        try file.setFormat("blendway-dataset", FormatVersion(major: 1, minor: 0))
        try file.close()
        let error = storeError { _ = try Checkpoint.read(path) }
        #expect(error == .wrongFormat(file: path, expected: "blendway-checkpoint", found: "blendway-dataset"))

        let plain = folder.file("plain.h5")
        try HDF5File.create(plain).close()
        #expect(
            storeError { _ = try Checkpoint.read(plain) }
                == .wrongFormat(file: plain, expected: "blendway-checkpoint", found: nil))
    }

    @Test func aNewerMinorVersionIsReadAndANewerMajorOneRefused() throws {
        let path = folder.file("version.h5")
        try Checkpoint.write(sampleContents(), to: path, version: FormatVersion(major: 1, minor: 7))
        #expect(try Checkpoint.read(path) == sampleContents())
        try Checkpoint.write(sampleContents(), to: path, version: FormatVersion(major: 2, minor: 0))
        let error = try #require(storeError { _ = try Checkpoint.read(path) })
        #expect(error == .newerVersion(file: path, format: "blendway-checkpoint", found: "2.0", supported: "1.1"))
        #expect("\(error)".contains("use the Blendway release that wrote it or a later one"))
        #expect(!error.meansBrokenFile)
    }

    @Test func versionsAreMajorDotMinor() {
        #expect(FormatVersion("2.13") == FormatVersion(major: 2, minor: 13))
        for text in ["", "1", "1.", "1.2.3", "a.b", "-1.0", "1.-2"] { #expect(FormatVersion(text) == nil) }
    }
}
