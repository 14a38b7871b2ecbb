import Foundation
import Report
import Testing

@Suite struct IntervalRecordTests {
    @Test func aRecordReadsBackFromItsLine() throws {
        for record in SampleRun.records(5) {
            #expect(IntervalRecord(jsonLine: record.jsonLine()) == record)
        }
    }

    @Test func keysAreThoseOfTheFormat() throws {
        let line = SampleRun.records(1)[0].jsonLine()
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(
            Set(object.keys) == [
                "step", "epoch", "loss", "losses", "anchors", "learning_rate", "images_per_second",
                "data_wait", "reduce_wait", "statistics_wait", "checkpoint_wait", "rss_mb", "world_size", "quarantined", "skipped_steps",
            ])
        #expect(((object["anchors"] as? [String: Any])?["t"] as? [Any])?.count == 4)
    }

    @Test func numbersThatAreNotFiniteBecomeNullAndReadAsNaN() throws {
        var record = SampleRun.records(1)[0]
        record.loss = .nan
        record.losses["final"] = .infinity
        record.anchors = .init(t: [0, .nan, 1, 2], sigma: -.infinity)
        let line = record.jsonLine()
        #expect(line.contains("\"loss\":null") && line.contains("\"final\":null"))
        #expect(line.contains("\"sigma\":null") && line.contains("\"t\":[0,null,1,2]"))
        let back = try #require(IntervalRecord(jsonLine: line))
        #expect(back.loss.isNaN && back.losses["final"]?.isNaN == true)
        #expect(back.anchors?.t[1].isNaN == true && back.anchors?.t[3] == 2)
    }

    @Test func aTornLineIsLeftOut() {
        let lines = SampleRun.records(3).map { $0.jsonLine() }
        let text = lines.joined(separator: "\n").dropLast(20)
        #expect(IntervalRecord.records(jsonLines: String(text)).map(\.step) == [10, 20])
    }
}
