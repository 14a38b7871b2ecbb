import Foundation
import Logging
import Report
import Testing
import Training

/// What was written to a console.
final class Written: @unchecked Sendable {
    private let lock = NSLock()
    private var pieces: [String] = []

    func add(_ piece: String) { lock.withLock { pieces.append(piece) } }
    var all: [String] { lock.withLock { pieces } }
    var text: String { all.joined() }
}

@Suite struct RunLogTests {
    static func record(_ step: Int, loss: Double = 0.5) -> IntervalRecord {
        IntervalRecord(
            step: step, epoch: 1, loss: loss, losses: ["final": loss], learningRate: 2e-4,
            imagesPerSecond: 41.25, dataWait: 0.1, reduceWait: 0.2, rssMB: 900, worldSize: 2)
    }

    static func withLog(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "runlog-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appending(path: "metrics.jsonl").path)
    }

    static func steps(_ path: String) throws -> [Int] {
        IntervalRecord.records(jsonLines: try String(contentsOfFile: path, encoding: .utf8))
            .map(\.step)
    }

    @Test func eachRecordIsAWholeLineAtOnce() throws {
        try Self.withLog { path in
            let log = try MetricsLog(path: path)
            for step in [10, 20, 30] {
                try log.append(Self.record(step))
                let text = try String(contentsOfFile: path, encoding: .utf8)
                #expect(text.hasSuffix("}\n"))
                #expect(text.split(separator: "\n").count == step / 10)
            }
        }
    }

    @Test func resumeForgetsLaterStepsAndTheTornLine() throws {
        try Self.withLog { path in
            let log = try MetricsLog(path: path)
            for step in [10, 20, 30, 40] { try log.append(Self.record(step)) }
            let torn = try String(contentsOfFile: path, encoding: .utf8) + "{\"step\":50,\"epo"
            try torn.write(toFile: path, atomically: true, encoding: .utf8)

            let resumed = try MetricsLog(path: path, resumedStep: 20)
            #expect(resumed.droppedLines == 3)
            #expect(try Self.steps(path) == [10, 20])
            try resumed.append(Self.record(30, loss: 0.25))
            #expect(try Self.steps(path) == [10, 20, 30])
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.split(separator: "\n").count == 3)
        }
    }

    @Test func resumeKeepsTheBytesOfEarlierLines() throws {
        try Self.withLog { path in
            let log = try MetricsLog(path: path)
            for step in [10, 20] { try log.append(Self.record(step, loss: 0.1 + 0.2)) }
            let before = try Data(contentsOf: URL(filePath: path))
            _ = try MetricsLog(path: path, resumedStep: 20)
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
        }
    }

    @Test func aFreshRunStartsAnEmptyLog() throws {
        try Self.withLog { path in
            try MetricsLog(path: path).append(Self.record(10))
            _ = try MetricsLog(path: path)
            #expect(try Self.steps(path).isEmpty)
            _ = try MetricsLog(path: path + ".new", resumedStep: 100)
            #expect(FileManager.default.fileExists(atPath: path + ".new"))
        }
    }

    @Test func aLossThatIsNotFiniteLeavesValidJSON() throws {
        try Self.withLog { path in
            try MetricsLog(path: path).append(Self.record(10, loss: .nan))
            let line = try Data(contentsOf: URL(filePath: path))
            let object = try #require(
                try JSONSerialization.jsonObject(with: line) as? [String: Any])
            #expect(object["loss"] is NSNull)
        }
    }

    @Test func aFolderThatIsMissingIsNamed() {
        #expect {
            try MetricsLog(path: "/nowhere/metrics.jsonl")
        } throws: { error in
            "\(error)".hasPrefix("the log /nowhere/metrics.jsonl can't be opened: ")
        }
    }

    @Test func aBatchJobGetsOneLineAnInterval() {
        let written = Written()
        var time = ContinuousClock.now
        let progress = ProgressReporter(
            firstStep: 0, totalSteps: 1000,
            console: Console(isTerminal: false, write: written.add), now: { time })
        for step in 1...10 {
            time += .seconds(1)
            progress.step(step, epoch: 0, loss: 0.5, imagesPerSecond: 41)
        }
        #expect(written.all.isEmpty)
        var record = Self.record(10)
        record.skippedSteps = 2
        progress.interval(record)
        #expect(
            written.text
                == "step 10/1000  epoch 1  loss 0.5  lr 2e-4  41.2 images/s  16 min 30 s left  skipped 2\n"
        )
    }

    @Test func aTerminalGetsABarRedrawnFiveTimesASecondAtMost() {
        let written = Written()
        var time = ContinuousClock.now
        let progress = ProgressReporter(
            firstStep: 0, totalSteps: 100,
            console: Console(isTerminal: true, columns: 120, write: written.add), now: { time })
        for step in 1...100 {
            time += .milliseconds(20)
            progress.step(step, epoch: 0, loss: 1 / Double(step), imagesPerSecond: 41)
        }
        // 2 s of steps: one drawing each 200 ms, and the last step's.
        #expect((10...12).contains(written.all.count))
        #expect(written.all.allSatisfy { !$0.contains("\n") })
        #expect(
            written.all.last?.contains(" 100/100  epoch 0  loss 0.01  41 images/s  0 s left")
                == true)
        progress.finish()
        #expect(written.all.last == "\r\u{1B}[2K")
    }

    @Test func remainingTimeCountsThisProcessesStepsOnly() {
        let written = Written()
        var time = ContinuousClock.now
        let progress = ProgressReporter(
            firstStep: 500, totalSteps: 1000,
            console: Console(isTerminal: false, write: written.add), now: { time })
        time += .seconds(100)
        progress.interval(Self.record(510))
        // 10 s a step, 490 steps to go.
        #expect(written.text.contains("1 h 21 min left"))
    }

    @Test(arguments: [
        (0.4, "0 s"), (59.7, "1 min 0 s"), (3599, "59 min 59 s"), (7500, "2 h 5 min"),
        (273_600, "3 d 4 h"),
    ])
    func durationsReadWell(seconds: Double, text: String) {
        #expect(ProgressReporter.duration(seconds) == text)
    }

    @Test func aLineIsPrintedAboveTheBar() {
        let written = Written()
        let console = Console(isTerminal: true, columns: 12, write: written.add)
        console.setStatus("a status that is too long")
        console.print("hello")
        #expect(
            written.all == [
                "\r\u{1B}[2Ka status th", "\r\u{1B}[2Khello\na status th",
            ])
    }

    @Test func logLinesCarryTimeRankAndMetadata() {
        let written = Written()
        let console = Console(isTerminal: false, write: written.add)
        var logger = Logger(label: "test") { _ in
            StderrLogHandler(
                rank: 3, level: .debug, console: console, now: { Date(timeIntervalSince1970: 0) })
        }
        logger[metadataKey: "step"] = "7"
        logger.info("ready")
        logger.warning("slow", metadata: ["bucket": "5"])
        logger.trace("not shown")
        let lines = written.text.split(separator: "\n").map { $0.drop { $0 != " " } }
        #expect(
            lines == [
                " rank 3: ready (step=7)", " rank 3 warning: slow (bucket=5, step=7)",
            ])
        #expect(written.text.split(separator: " ")[0].split(separator: ":").count == 3)
    }
}
