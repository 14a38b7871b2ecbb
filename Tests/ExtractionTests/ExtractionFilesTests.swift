// ExtractionFilesTests.swift — which files of an input are extracted, and what their videos are called. No picture
// is decoded.

import Extraction
import Foundation
import Testing
import TestSupport

@Suite struct ExtractionFilesTests {
    private func write(_ names: [String], in folder: String) throws {
        for name in names { try PublishedLayout.write("\(folder)/\(name)", [0xFF, 0xD8, 0xFF, 0xE0]) }
    }

    @Test func filesOfOneNameKeepTheirEndingsOrFolders() throws {
        try withTemporaryFolder { folder in
            try write(["in/IMG_1.jpg", "in/IMG_1.mp4", "in/IMG_2.jpg", "one/anna/7.jpg", "two/anna/7.jpg"], in: folder)
            let plan = try ExtractionPlan(["\(folder)/in"], .init(isFake: false))
            #expect(plan.items.map(\.video.name) == ["IMG_1.jpg", "IMG_1.mp4", "IMG_2"])
            let two = try ExtractionPlan(["\(folder)/one", "\(folder)/two"], .init(isFake: false))
            #expect(two.items.map(\.video.name) == ["one/anna/7.jpg", "two/anna/7.jpg"])
        }
    }

    @Test func whatIsLeftAsideIsListedAndRefusesNothing() throws {
        try withTemporaryFolder { folder in
            try write(["in/a.jpg", "in/.b.jpg", "in/masks/c.png"], in: folder)
            try PublishedLayout.write("\(folder)/in/notes.txt", Array("hello".utf8))
            let manager = FileManager.default
            try manager.createSymbolicLink(atPath: "\(folder)/in/gone.jpg", withDestinationPath: "nowhere")
            try manager.createSymbolicLink(atPath: "\(folder)/in/z.jpg", withDestinationPath: "a.jpg")
            let plan = try ExtractionPlan(["\(folder)/in", "\(folder)/in/a.jpg"], .init(isFake: false))
            #expect(plan.items.map(\.video.name) == ["a"])
            let reasons = plan.unread.map { "\($0.file.split(separator: "/").last!): \($0.reason)" }.joined(separator: "\n")
            for word in ["notes.txt: it is a text", ".b.jpg: it is hidden", "masks: ", "gone.jpg: it is a link to nothing", "z.jpg: it is the same file"] {
                #expect(reasons.contains(word), "\(reasons)")
            }
        }
    }

    @Test func facesBesideTheLargestNeverTakeAFilesName() throws {
        try withTemporaryFolder { folder in
            try write(["g.jpg", "g#1.jpg"], in: folder)
            let plan = try ExtractionPlan([folder], .init(isFake: false))
            let video = try #require(plan.items.first { $0.video.name == "g" }).video
            #expect(plan.name(ofFace: 0, of: video) == "g" && plan.name(ofFace: 1, of: video) == "g#1#" && plan.name(ofFace: 2, of: video) == "g#2")
        }
    }
}
