// NameScheme.swift — how the pictures of one video are named, so that the numbers of two videos can be compared.
// The numbers themselves are in FrameNumbers.

/// The form of a video's names, without what only names the video.
public struct NameScheme: Equatable, Sendable {
    /// Words before and after the number, but for those of the folder's path: "frame" of `clip1_frame012`.
    let before: [String]
    let after: [String]
    /// Digits of a fraction; 0 of whole numbers.
    let fraction: Int
    /// Which run of digits is the number, counted from the last, and from the first.
    let run: Int
    private let runFromFirst: Int
    /// The runs that vary, counted so. Empty if one picture is all that there is: then nobody knows which run
    /// is the number.
    let varying: Set<Int>
    private let folderWords: Set<String>
    /// For messages: a name with "N" for the number.
    let example: String

    init(_ name: PictureName, run: Int, folder: [String], varying: Set<Int>, hasNumbers: Bool) {
        let own = Set(folder.flatMap(PictureName.words) + folder.map { $0.lowercased() })
        let range = name.runs[run].range
        var before = String(decoding: name.bytes[..<range.lowerBound], as: UTF8.self)
        let after = String(decoding: name.bytes[range.upperBound...], as: UTF8.self)
        if let last = folder.last?.lowercased(), before.hasPrefix(last) { before.removeFirst(last.count) }
        func words(_ text: String) -> [String] {
            PictureName.words(text).filter { !own.contains($0) }.map { $0.filter { !$0.isNumber } }.filter { !$0.isEmpty }
        }
        self.before = words(before)
        self.after = words(after)
        fraction = name.isFraction(run) ? name.runs[run].width : 0
        self.run = name.runs.count - 1 - run
        runFromFirst = run
        self.varying = hasNumbers ? varying : []
        folderWords = own
        var text = name.bytes
        text.replaceSubrange(range, with: [0x4E])
        example = String(decoding: text, as: UTF8.self)
    }

    /// Whether numbers of both count the same, as far as names can tell.
    func counts(like other: NameScheme) -> Bool {
        // What names the video may have digits too, before the number or behind it, but not on both sides.
        (before, after, fraction) == (other.before, other.after, other.fraction)
            && (run == other.run || runFromFirst == other.runFromFirst)
    }

    /// Whether two names of one number agree in all else that distinguishes frames.
    /// - Parameter other: the name of a frame under the scheme `scheme`.
    func agrees(_ name: String, with other: String, under scheme: NameScheme) -> Bool {
        let (a, b) = (PictureName(name), PictureName(other))
        // One picture each: every number that isn't of the folder's name could be the frame's.
        guard !(varying.isEmpty && scheme.varying.isEmpty) else { return numbers(a) == scheme.numbers(b) }
        // Runs beside the number, as seen from it: what one video's frames share may vary in the other's.
        let beside = Set(varying.map { $0 - run } + scheme.varying.map { $0 - scheme.run }).subtracting([0])
        func digits(_ name: PictureName, _ place: Int) -> [UInt8]? {
            name.runs.indices.contains(name.runs.count - 1 - place) ? name.runs[name.runs.count - 1 - place].digits : nil
        }
        return beside.allSatisfy { digits(a, run + $0) == digits(b, scheme.run + $0) }
    }

    private func numbers(_ name: PictureName) -> [[UInt8]] {
        name.runs.filter { !folderWords.contains(String(decoding: name.bytes[$0.range], as: UTF8.self)) }.map(\.digits)
    }
}
