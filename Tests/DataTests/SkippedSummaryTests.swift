// SkippedSummaryTests.swift — what a check prints of frames that can't be used.

import Data
import Testing

@Suite struct SkippedSummaryTests {
    private func frame(_ folder: String, _ number: Int, _ reason: String = "there is no such file") -> SkippedFrame {
        SkippedFrame(file: "\(folder)/\(number).png", video: "m/v", frame: Int32(number), reason: reason)
    }

    @Test func fewFramesAreListedAndManyOfOneFolderCounted() {
        let text = SkippedSummary([frame("/a", 0), frame("/a", 1)] + (0..<12).map { frame("/b", $0) }).text
        #expect(text.split(separator: "\n").count == 3)
        #expect(text.contains("/a/1.png: there is no such file [m/v, frame 1]") && text.contains("/b: 12 frames: there is no such file"))
        #expect(SkippedSummary([]).text.isEmpty)
    }

    @Test func aWholeListWithoutPicturesIsAPage() {
        var skipped: [SkippedFrame] = []
        for video in 0..<2000 {
            skipped += (0..<32).map { frame("/rgb/real/\(video)", $0) }
            skipped += (0..<32).map { frame("/rgb/fake/\(video)", $0, "/rgb/landmarks/\(video)/\($0).npy: there is no such file") }
        }
        let text = SkippedSummary(skipped).text
        #expect(text.utf8.count < 8192)
        #expect(text.contains("/rgb/real: 64000 frames in 2000 folders: there is no such file"))
        #expect(text.contains("/rgb/fake: 64000 frames in 2000 folders: its landmarks: there is no such file"))
    }
}
