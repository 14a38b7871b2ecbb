// ImportReport+Text.swift — the report of an import as a person reads it. The numbers come from module Data.

import Data

extension ImportReport {
    /// - Parameter maxDistance: numbers that a pair's frames may be apart.
    func text(title: String, maxDistance: Int64) -> String {
        let rows = methods.map {
            [
                $0.method, $0.label == 0 ? "real" : "fake", $0.videos.grouped, $0.planned.grouped, $0.frames.grouped,
                $0.short.grouped, $0.empty.grouped, $0.label == 0 ? "" : $0.withoutTarget.grouped,
                $0.label == 0 ? "" : $0.withoutRealFrames.grouped,
            ]
        }
        var text = "\(title)\n"
        text += Console.table(
            [["method", "label", "videos", "frames wanted", "usable", "short videos", "empty videos", "no target", "target empty"]] + rows)
        for name in ambiguous.prefix(10) {
            text += "  \(name.video) could be of \(name.candidates.joined(separator: " or of ")): no target; call it by the "
            text += "whole name, with _ for /\n"
        }
        if ambiguous.count > 10 { text += "  and \((ambiguous.count - 10).grouped) more such names\n" }
        text += pairTable(maxDistance)
        if sizes.count > 1 {
            text += "  sizes: " + sizes.map { "\($0.frames.grouped) frames of \($0.width)×\($0.height)" }.joined(separator: ", ") + "\n"
        }
        if frames > 0 {
            text += "  \(width)×\(height) pixels, \(landmarks) landmarks; "
            text += "\(landmarksOutside.grouped) frames with landmarks outside the picture\n"
        }
        text += "  SHA-256 of the frames \(framesHash)\n"
        if let contentHash { text += "  content hash \(contentHash)\n" }
        if let pairCheck { text += pairCheck.text(title: "  a sample") }
        text += Self.list(unmatched, "fakes whose frames can't be matched with their real video's, which stops an import")
        text += Self.list(unpaired, "fakes with frames that are no pairs; only evaluation uses these frames")
        text += Self.shortened(strays, "pictures that are no frames of their videos; they change nothing else") {
            "\($0.file): \($0.reason)"
        }
        return text
    }

    private func pairTable(_ maxDistance: Int64) -> String {
        let fakes = methods.filter { ($0.pairs.map { $0.total - $0.none } ?? 0) > 0 }
        guard !fakes.isEmpty else { return "" }
        let rows = fakes.map { method -> [String] in
            let pairs = method.pairs!
            return [
                method.method, pairs.total.grouped, pairs.exact.grouped, pairs.near.grouped,
                pairs.medianDistance.map { Int($0).grouped } ?? "", pairs.maxDistance.map { Int($0).grouped } ?? "",
                pairs.tooFar.grouped, pairs.none.grouped,
            ]
        }
        let title = maxDistance == 0
            ? "  pairs are fake and real frames of one number\n"
            : "  pairs are fake and real frames whose numbers are at most \(Int(maxDistance).grouped) apart\n"
        return title
            + Console.table(
                [["pairs", "fake frames", "same number", "nearest only", "median apart", "most apart", "too far", "no real frame"]]
                    + rows)
    }

    private static func list(_ videos: [UnpairedVideo], _ title: String) -> String {
        shortened(videos, title) { "\($0.video), \($0.without.grouped) of \($0.frames.grouped) frames: \($0.reason)" }
    }

    /// The first of many, one a line.
    private static func shortened<Item>(_ items: [Item], _ title: String, line: (Item) -> String) -> String {
        guard !items.isEmpty else { return "" }
        var text = "  \(items.count.grouped) \(title):\n"
        for item in items.prefix(10) { text += "    \(line(item))\n" }
        if items.count > 10 { text += "    and \((items.count - 10).grouped) more, in the JSON report\n" }
        return text
    }
}
