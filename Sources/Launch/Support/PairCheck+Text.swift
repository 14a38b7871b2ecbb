// PairCheck+Text.swift — what the pictures say about pairs, as a person reads it. Comparing is module Data's work.

import Data

extension PairCheck {
    /// - Parameter title: which fakes were looked at.
    func text(title: String) -> String {
        var text = "\(title): \(checked.grouped) fakes compared with their real videos around the face\n"
        text += Console.table([
            ["", "videos"],
            ["the same moment", sameMoment.grouped],
            ["the same scene, too still to tell the moment", sameScene.grouped],
            ["nothing around the face to compare, or not enough", unclear.grouped],
            ["another moment of the real video", shifted.grouped],
            ["another scene altogether", unrelated.grouped],
        ])
        if withoutPair > 0 { text += "  \(withoutPair.grouped) more fakes have no frame that is a pair\n" }
        for video in notPairs.prefix(20) { text += "  \(video.sentence)\n" }
        if notPairs.count > 20 { text += "  and \((notPairs.count - 20).grouped) more, which --json lists\n" }
        return text
    }
}
