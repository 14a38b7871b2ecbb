// FolderScanImportTests.swift — plain folders with more in them than frames: what is taken, and that the rest is listed.

import Data
import Foundation
import Imaging
import Testing
import TestSupport

@Suite struct FolderScanImportTests {
    @Test func whatIsNoFrameIsListed() throws {
        try withTemporaryFolder { folder in
            let png = try PNG.encode(Image(width: 32, height: 32, fill: 90))
            for name in [
                "real/anna/clip/000.png", "real/anna/clip/001.png", "real/anna/clip/001.jpg", "real/anna/clip/002.dat", "real/loose.png",
                "other/x.png", "real/anna/.hidden/000.png", "__MACOSX/real/a.png",
            ] { try PublishedLayout.write("\(folder)/\(name)", png) }
            try PublishedLayout.write("\(folder)/real/anna/clip/003.psd", Array("8BPS".utf8))
            try PublishedLayout.write("\(folder)/real/anna/clip/000.npy", [0x93])
            try PublishedLayout.write("\(folder)/real/anna/film.mp4", Array("\u{0}\u{0}\u{0}\u{14}ftypisom\u{0}\u{0}\u{0}\u{0}mp41".utf8))
            let plan = try ImportPlan.ofFolders(FolderFrames(root: folder, followsLinks: false), frames: nil)
            // A picture is one whatever its ending.
            #expect(plan.videos.map(\.video.name) == ["anna/clip"])
            #expect(plan.videos[0].frames.map { $0.path.parts.last! } == ["000.png", "001.png", "002.dat"])
            let reasons = plan.unread.map { "\($0.file.split(separator: "/").last!): \($0.reason)" }.joined(separator: "\n")
            for word in [
                "loose.png: it lies in real/ itself", "x.png: it is neither below real/",
                "003.psd: it is a Photoshop picture", "film.mp4: it is an MP4 film: `blendway extract`", ".hidden: it is hidden", "__MACOSX: ",
            ] { #expect(reasons.contains(word), "\(reasons)") }
            #expect(!reasons.contains(".npy"))
            #expect(plan.videos[0].strays.map(\.reason) == ["001.png is the same frame in another format"])
        }
    }
}
