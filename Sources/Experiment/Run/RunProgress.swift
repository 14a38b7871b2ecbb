// RunProgress.swift — how far each run is, read from the files that it writes, and how long the rest takes.

import Foundation
import Training

/// Shares of runs done, from 0 to 1.
enum RunProgress {
    /// Training is most of a run; what its evaluation takes differs, and a guess is enough.
    private static let trainingShare = 0.85

    static func share(of job: ExperimentPlan.Job) -> Double {
        let manager = FileManager.default
        if manager.fileExists(atPath: job.evaluated) { return 1 }
        if manager.fileExists(atPath: job.trained) { return trainingShare }
        guard let (step, steps) = lastStep(job), steps > 0 else { return 0 }
        return trainingShare * min(1, Double(step) / Double(steps))
    }

    /// From the newest progress line of the training's log, "step 8/768 …".
    private static func lastStep(_ job: ExperimentPlan.Job) -> (Int, Int)? {
        guard let handle = FileHandle(forReadingAtPath: job.trainLog) else { return nil }
        defer { try? handle.close() }
        guard let end = try? handle.seekToEnd() else { return nil }
        try? handle.seek(toOffset: end > 4096 ? end - 4096 : 0)
        let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
        for line in text.split(separator: "\n").reversed() {
            let words = line.split(separator: " ")
            guard words.count > 1, words[0] == "step" else { continue }
            let numbers = words[1].split(separator: "/").compactMap { Int($0) }
            if numbers.count == 2 { return (numbers[0], numbers[1]) }
        }
        return nil
    }

    /// "12 min 3 s", from how much was done since the start; nil while there is nothing to go by.
    static func left(done: Double, atStart: Double, total: Double, seconds: Double) -> String? {
        let gained = done - atStart
        guard gained > 0.02, seconds > 3 else { return nil }
        return ProgressReporter.duration((total - done) / gained * seconds)
    }
}
