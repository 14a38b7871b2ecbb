// BadSample.swift — a training sample that was left out, as a run's errors/quarantine.jsonl has it, and the
// report's table of them.

import Foundation

/// One frame that could not be used, and why.
public struct BadSample: Codable, Equatable, Sendable {
    public var method: String
    public var video: String
    /// The frame's number in its video.
    public var frame: Int
    /// Where the video came from; files of early releases do not say.
    public var source: String?
    public var reason: String

    /// Reads quarantine.jsonl; lines that are cut short by a kill are passed over.
    public static func records(jsonLines text: String) -> [BadSample] {
        let decoder = JSONDecoder()
        return text.split(separator: "\n").compactMap { try? decoder.decode(BadSample.self, from: Data($0.utf8)) }
    }
}

extension RunReport {
    /// Rows of the table; the file has all.
    private static let badSampleLimit = 100

    /// Each frame once, with how often it was met: once an epoch, and again after a resume.
    var badSampleTable: String {
        guard !badSamples.isEmpty else { return "" }
        var counts: [String: (sample: BadSample, times: Int)] = [:]
        for sample in badSamples {
            // The reason may name mirrored places in some epochs.
            let key = "\(sample.method)\u{0}\(sample.video)\u{0}\(sample.frame)"
            counts[key, default: (sample, 0)].times += 1
        }
        let rows = counts.sorted { $0.key < $1.key }.map(\.value)
        let cells = rows.prefix(Self.badSampleLimit).map { row in
            let sample = row.sample
            return "<tr>"
                + [sample.method, sample.video, "\(sample.frame)", "\(row.times)", sample.source ?? "", sample.reason]
                .map { "<td>\($0.escaped)</td>" }.joined() + "</tr>"
        }
        let left = rows.count - cells.count
        return """
            <h2>Samples left out</h2>
            <p class="note">All ranks left these out of their batches alike; nothing took their place.\
            \(left > 0 ? " \(left) more are in errors/quarantine.jsonl." : "")</p>
            <div class="scroll">
            <table class="bad-samples">
            <tr><th>method</th><th>video</th><th>frame</th><th>times</th><th>source</th><th>reason</th></tr>
            \(cells.joined(separator: "\n"))
            </table></div>
            """
    }
}
