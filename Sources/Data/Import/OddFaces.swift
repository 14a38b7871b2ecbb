// OddFaces.swift — how many landmarks of an import or a file are no face, and from how many on that is no
// accident. What a face is, is LandmarkShape's matter.

/// Counts by method, since one method's landmarks may be wrong and all others right.
struct OddFaces {
    private struct Method {
        var odd = 0
        var sound = 0
    }

    private var methods: [String: Method] = [:]
    private var problems: [LandmarkShape.Problem: Int] = [:]
    private(set) var count = 0

    mutating func add(_ problem: LandmarkShape.Problem, method: String) {
        methods[method, default: Method()].odd += 1
        problems[problem, default: 0] += 1
        count += 1
    }

    mutating func addSound(method: String) { methods[method, default: Method()].sound += 1 }

    /// By what is wrong, as clauses.
    var counts: [String: Int] { Dictionary(uniqueKeysWithValues: problems.map { ($0.key.rawValue, $0.value) }) }

    /// The error that ends an import where odd faces are too many for detections that failed now and then:
    /// one in ten of a method, three at least, or most of it.
    /// - Parameter skipped: with the odd ones among them.
    func refusal(example skipped: [SkippedFrame]) -> ImportError? {
        for (method, counts) in methods.sorted(by: { $0.key < $1.key }) {
            let all = counts.odd + counts.sound
            guard (counts.odd >= 3 && counts.odd * 10 > all) || counts.odd * 2 > all else { continue }
            let worst = problems.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }!.key
            let example = skipped.first { $0.video.hasPrefix("\(method)/") && $0.reason.contains(worst.rawValue) } ?? skipped.first
            return .badLandmarks(
                odd: counts.odd, of: all, method: method, problem: worst, example: example?.file ?? "unknown")
        }
        return nil
    }
}
