// ImportPlan+Pairs.swift — whether the frames of a fake and of its real video count the same moments, and which
// frames are taken so that pairs stay together. By names and numbers alone: pictures are compared in PairCheck.

extension ImportPlan {
    /// Looks at each fake and its target: names that don't tell the frames' numbers are `unmatched`, numbers
    /// that contradict each other make it `unpaired`.
    mutating func matchFrames() {
        for fake in videos.indices where targets[fake] >= 0 {
            let real = targets[fake]
            settleRuns(fake, real)
            if let problem = nameProblem(fake, real) {
                unmatched.append(unpaired(fake, problem))
            } else if let problem = numberProblem(fake, real) {
                unpaired.append(unpaired(fake, problem))
                targets[fake] = -1
            }
        }
    }

    /// Of a single picture nobody knows which run of digits is its number, unless its partner has more.
    private mutating func settleRuns(_ fake: Int, _ real: Int) {
        guard let (a, b) = videos[fake].scheme.flatMap({ a in videos[real].scheme.map { (a, $0) } }), a.run != b.run
        else { return }
        if a.varying.isEmpty && !b.varying.isEmpty { videos[fake].renumber(run: b.run) }
        if b.varying.isEmpty && !a.varying.isEmpty { videos[real].renumber(run: a.run) }
    }

    private func nameProblem(_ fake: Int, _ real: Int) -> String? {
        if rule.numbersByPosition { return nil }
        for row in [fake, real] {
            if let problem = videos[row].problem { return "\(videos[row].title): \(problem)" }
        }
        guard let (a, b) = videos[fake].scheme.flatMap({ a in videos[real].scheme.map { (a, $0) } }),
            !rule.mixesNames, !a.counts(like: b)
        else { return nil }
        return "its frames are called '\(a.example)' and those of \(videos[real].title) '\(b.example)'; nothing says "
            + "that both count the same"
    }

    private func numberProblem(_ fake: Int, _ real: Int) -> String? {
        let (mine, others) = (videos[fake].frames, videos[real].frames)
        if rule.numbersByPosition {
            return mine.count == others.count
                ? nil : "it has \(mine.count) frames and its real video \(others.count), so positions tell nothing"
        }
        if let clause = FramePairing.contradiction(fake: mine.map(\.index), real: others.map(\.index)) {
            return "its frames' numbers: \(clause)"
        }
        guard let (a, b) = videos[fake].scheme.flatMap({ a in videos[real].scheme.map { (a, $0) } }),
            a.varying.count != 1 || b.varying.count != 1
        else { return nil }
        let numbers = others.map(\.index)
        for frame in mine {
            guard let place = FramePairing.partner(of: frame.index, in: numbers, maxDistance: 0) else { continue }
            let (name, other) = (videos[fake].name(of: frame), videos[real].name(of: others[place]))
            guard a.agrees(name, with: other, under: b) else {
                return "names hold several numbers: '\(name)' and '\(other)' agree in one of them only"
            }
        }
        return nil
    }

    private func unpaired(_ row: Int, _ reason: String) -> UnpairedVideo {
        let count = videos[row].frames.count
        return UnpairedVideo(video: videos[row].title, frames: count, without: count, reason: reason)
    }

    /// Takes `count` frames of each video, those of a real one and of its fakes together.
    mutating func select(_ count: Int) {
        let fakes = Dictionary(grouping: videos.indices.filter { targets[$0] >= 0 }) { targets[$0] }
        for row in videos.indices where targets[row] < 0 {
            let group = fakes[row] ?? []
            let chosen = PairedSelection(
                real: videos[row].frames.map(\.index), fakes: group.map { videos[$0].frames.map(\.index) },
                count: count, maxDistance: rule.maxDistance)
            for (row, places) in zip([row] + group, [chosen.real] + chosen.fakes) {
                videos[row].isShort = videos[row].frames.count < count
                videos[row].frames = places.map { videos[row].frames[$0] }
            }
        }
    }
}
