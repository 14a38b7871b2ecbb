// FrameImporter+Report.swift — what the report of an import says of methods, pairs and sizes, once it is known
// which frames were taken.

extension ImportReport {
    /// - Parameter taken: [videos of the plan] numbers of the frames that were taken, ascending.
    mutating func add(_ plan: ImportPlan, taken: [[Int64]], name: (FramePath) -> String) {
        strays = plan.videos.flatMap { video in
            video.strays.map { Stray(file: name($0.path), video: video.title, reason: $0.reason) }
        }
        unmatched = plan.unmatched
        unpaired = plan.unpaired + plan.videos.indices.compactMap { Self.unpaired($0, plan, taken) }
        methods = Self.methods(plan, taken)
    }

    private static func methods(_ plan: ImportPlan, _ taken: [[Int64]]) -> [Method] {
        let rows = Dictionary(grouping: plan.videos.indices) { row in
            [plan.videos[row].video.isFake ? "1" : "0", plan.videos[row].video.method]
        }
        return rows.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, rows in
            let isFake = key[0] == "1"
            func real(_ row: Int) -> [Int64]? { plan.targets[row] < 0 ? nil : taken[plan.targets[row]] }
            return Method(
                method: key[1], label: isFake ? 1 : 0, videos: rows.count,
                planned: rows.reduce(0) { $0 + plan.videos[$1].frames.count },
                frames: rows.reduce(0) { $0 + taken[$1].count },
                withoutTarget: isFake ? rows.count { plan.targets[$0] < 0 } : 0,
                withoutRealFrames: isFake ? rows.count { real($0)?.isEmpty ?? false } : 0,
                empty: rows.count { taken[$0].isEmpty }, short: rows.count { plan.videos[$0].isShort },
                pairs: isFake
                    ? PairCounts(rows.map { (fake: taken[$0], real: real($0)) }, limit: plan.rule.maxDistance) : nil)
        }
    }

    /// A fake that has pairs, but not for all frames.
    private static func unpaired(_ row: Int, _ plan: ImportPlan, _ taken: [[Int64]]) -> UnpairedVideo? {
        guard plan.targets[row] >= 0 else { return nil }
        let real = taken[plan.targets[row]]
        let counts = PairCounts([(fake: taken[row], real: real)], limit: plan.rule.maxDistance)
        let without = counts.tooFar + counts.none
        guard without > 0 else { return nil }
        let title = plan.videos[plan.targets[row]].title
        var reason = "its real video \(title) has no frame that can be used"
        if counts.none == 0, let far = counts.maxDistance {
            let examples = taken[row].filter {
                FramePairing.partner(of: $0, in: real, maxDistance: plan.rule.maxDistance) == nil
            }
            reason = "\(title) has no frame "
                + examples.prefix(3).map { "\($0)" }.joined(separator: ", ") + (examples.count > 3 ? ", …" : "")
                + "; the nearest are up to \(far) away"
        }
        return UnpairedVideo(video: plan.videos[row].title, frames: taken[row].count, without: without, reason: reason)
    }
}
