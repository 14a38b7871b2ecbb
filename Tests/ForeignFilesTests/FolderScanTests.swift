// FolderScanTests.swift — a folder as people have them: everything in it is in one of the two lists.

import ForeignFiles
import Foundation
import Testing
import TestSupport

@Suite struct FolderScanTests {
    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0]

    /// Pictures under right and wrong names, and what is left aside for each reason.
    private func fill(_ folder: String) throws {
        for (name, bytes) in [
            ("a.jpg", Self.jpeg), ("deeper/b.dat", Array("GIF89a".utf8)), ("jpg/c", Self.jpeg), ("film.bin", Array("RIFF....AVI ".utf8)),
            ("d.psd", Array("8BPS".utf8)), ("e.psd", Array("8BPS".utf8)), ("web.jpg", Array("<html>".utf8)), ("empty.png", []),
            (".hidden.jpg", Self.jpeg), ("._a.jpg", [0, 5, 0x16, 7]), (".git/x.jpg", Self.jpeg), ("masks/m.png", Self.jpeg),
            ("__MACOSX/n.jpg", Self.jpeg), ("lm/a.npy", [0x93]),
        ] { try PublishedLayout.write("\(folder)/\(name)", bytes) }
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: "\(folder)/dangling.jpg", withDestinationPath: "nowhere.jpg")
        try manager.createSymbolicLink(atPath: "\(folder)/circle", withDestinationPath: ".")
        try manager.createSymbolicLink(atPath: "\(folder)/link.jpg", withDestinationPath: "a.jpg")
    }

    @Test func everythingIsReadOrListed() throws {
        try withTemporaryFolder { folder in
            try fill(folder)
            let scan = FolderScan(folder, FolderScan.Request(wanted: [.picture, .film]))
            #expect(scan.files.map { $0.below.joined(separator: "/") } == ["a.jpg", "deeper/b.dat", "film.bin", "jpg/c", "link.jpg"])
            let reasons = Dictionary(
                uniqueKeysWithValues: scan.unread.map { (String($0.file.dropFirst(folder.count + 1)), $0.reason) })
            for (name, word) in [
                ("d.psd", "Photoshop"), ("web.jpg", "web page"), ("empty.png", "empty"), (".hidden.jpg", "hidden"), ("._a.jpg", "macOS"),
                (".git", "hidden"), ("masks", "masks"), ("__MACOSX", "macOS"), ("dangling.jpg", "link to nothing"), ("circle", "link to a folder"),
                ("lm/a.npy", "begins with 93"),
            ] { #expect(reasons[name]?.contains(word) == true, "\(name): \(reasons[name] ?? "unlisted")") }
            #expect(reasons.count == 12)
            let lines = UnreadFile.summary(scan.unread)
            #expect(lines[0].hasPrefix("2 .psd files, such as ") && lines[0].contains("Photoshop"), "\(lines)")
            #expect(UnreadFile.summary(scan.unread, limit: 2).last == "and 9 more")
        }
    }

    @Test func linksCanBeFollowedAndNeverLeadInACircle() throws {
        try withTemporaryFolder { folder in
            try fill(folder)
            var request = FolderScan.Request(wanted: [.picture])
            request.followsFolderLinks = true
            request.companions = ["npy"]
            request.trusted = ["jpg"]
            let scan = FolderScan(folder, request)
            #expect(scan.unread.contains { $0.file == "\(folder)/circle" && $0.reason.contains("circle") })
            // Not opened, so it is whoever reads it who finds out; but a link to nothing is seen.
            #expect(scan.files.contains { $0.below == ["web.jpg"] && $0.kind == nil })
            #expect(scan.unread.contains { $0.file.hasSuffix("dangling.jpg") })
            #expect(!scan.unread.contains { $0.file.hasSuffix(".npy") })
        }
    }

    @Test func aFolderThatIsNotThereIsListed() {
        let scan = FolderScan("/no/such/folder", FolderScan.Request(wanted: [.picture]))
        #expect(scan.files.isEmpty && scan.unread.count == 1)
    }
}
