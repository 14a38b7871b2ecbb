// PicturesTests.swift — folders and pictures of other people's, as a user gives them to commands.

import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct PicturesTests {
    @Test func inspectSaysWhatAFolderHolds() throws {
        try withTemporaryFolder { folder in
            try PublishedLayout.write("\(folder)/a.dat", PNG.encode(Image(width: 4, height: 4)))
            try PublishedLayout.write("\(folder)/b.jpg", Array("version https://git-lfs.github.com/spec/v1\noid x\nsize 9\n".utf8))
            try PublishedLayout.write("\(folder)/.c.png", [1])
            let text = try blendway(["inspect", folder])
            #expect(text.status == 0 && text.stdout.contains("1 files that can be read, 2 that are not"), "\(text)")
            #expect(text.stdout.contains("PNG") && text.stdout.contains("git lfs pull") && text.stdout.contains(".c.png"), "\(text)")
            let json = try blendway(["inspect", folder, "--json"]).json()
            #expect((json["files"] as? [[String: Any]])?.first?["format"] as? String == "PNG")
            #expect((json["unread"] as? [[String: Any]])?.count == 2)
        }
    }

    @Test func pixelsAreWrittenBehindTheirLines() throws {
        try withTemporaryFolder { folder in
            try PNG.write(Image(width: 2, height: 1, fill: 65), "\(folder)/a.png")
            try PublishedLayout.write("\(folder)/web.png", Array("<html></html>".utf8))
            let result = try blendway(["pixels", "\(folder)/a.png", "\(folder)/web.png", "\(folder)/none.png"])
            #expect(result.status == 0, "\(result)")
            let lines = result.stdout.split(separator: "\n").map(String.init)
            #expect(lines[1].contains("\"width\":2") && lines[2].hasPrefix("AAAAAA{"), "\(lines)")
            #expect(lines.contains { $0.contains("it is a web page") } && lines.contains { $0.contains("it is not there") }, "\(lines)")
        }
    }

    @Test func anImportListsWhatItDidNotRead() throws {
        try withTemporaryFolder { folder in
            let ring = PublishedLayout.npy(PublishedLayout.ring(68, size: 64, turn: 0))
            for frame in 0..<3 {
                let stem = "\(folder)/in/real/anna/clip/00\(frame)"
                try PublishedLayout.write("\(stem).png", PNG.encode(PublishedLayout.picture(64, seed: frame)))
                try PublishedLayout.write("\(stem).npy", ring)
            }
            for name in ["a.psd", "b.psd"] { try PublishedLayout.write("\(folder)/in/real/anna/clip/\(name)", Array("8BPS".utf8)) }
            let result = try blendway(["import", "folder", "--root", "\(folder)/in", "--out", "\(folder)/x.h5"])
            #expect(result.status == 0 && result.stdout.contains("not read: 2 .psd files, such as "), "\(result)")
            let list = try String(contentsOfFile: "\(folder)/x.skipped.jsonl", encoding: .utf8)
            #expect(list.split(separator: "\n").count == 2 && list.contains("\"frame\":-1"), "\(list)")
        }
    }
}
