// PairedFrames.swift — which frames are taken of each film, where fakes and the real films that they were made from
// have to show the same moments.

import Foundation
import Store

/// A fake's frames are chosen evenly over its own length, and a real film gives exactly the frames that its fakes
/// take; one without fakes is chosen evenly like a fake.
package struct PairedFrames {
    private let plan: ExtractionPlan
    /// [items] the items that were made from it.
    private let fakes: [[Int]]

    package init(_ plan: ExtractionPlan) {
        self.plan = plan
        var fakes = [[Int]](repeating: [], count: plan.items.count)
        for (item, target) in plan.targets.enumerated() where target >= 0 { fakes[target].append(item) }
        self.fakes = fakes
    }

    /// Fakes whose frames decide which frames of this item are taken.
    func fakes(of item: Int) -> [Int] { fakes[item] }

    /// - Parameter frames: of a film, nil for all.
    /// - Throws: nothing for fakes that can't be read: they take no frames. Cost: reads each fake's file once.
    package func choice(of item: Int, frames: Int?) throws -> FrameChoice {
        guard let frames else { return .all }
        guard !fakes[item].isEmpty else { return .evenly(frames) }
        var numbers: Set<Int> = []
        for fake in fakes[item] {
            guard let count = try? PictureSources.frameCount(plan.items[fake].path) else { continue }
            numbers.formUnion(FrameChoice.evenly(frames).numbers(of: count))
        }
        return numbers.isEmpty ? .evenly(frames) : .numbers(numbers.sorted())
    }

    /// Says which files a choice was made of, so that a shard made of others is made again; empty without fakes.
    func key(of item: Int) -> String {
        guard !fakes[item].isEmpty else { return "" }
        var text = ""
        for fake in fakes[item] {
            var status = stat()
            let path = plan.items[fake].path
            guard stat(path, &status) == 0 else { continue }
            text += "\(path) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)\n"
        }
        return Array(text.utf8).withUnsafeBytes { SHA256.hash(of: $0) }
    }
}
