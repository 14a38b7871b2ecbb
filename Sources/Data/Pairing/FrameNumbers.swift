// FrameNumbers.swift — the frames' numbers in the names of one video's pictures, or why they don't tell. Opens
// no file. What numbers mean for pairs is FramePairing's matter.

/// Which number each picture of a video has.
///
/// The number is the last run of digits that varies among the names. Pictures whose names have another form than
/// the rest are strays: listed, and of no consequence for the others.
public struct FrameNumbers: Sendable {
    public struct Frame: Equatable, Sendable {
        /// In the names that were given.
        public var place: Int
        public var number: Int64
    }

    public struct Stray: Equatable, Sendable {
        public var place: Int
        public var reason: String
    }

    /// Ascending by number.
    public let frames: [Frame]
    public let strays: [Stray]
    /// How the names are formed; nil if `problem` says that they tell no number. Then `frames` are all that
    /// are no strays, numbered by their position in the names' natural order.
    public let scheme: NameScheme?
    /// A clause: why the names don't tell.
    public let problem: String?

    /// - Parameters:
    ///   - names: file names, or paths where the pictures lie in several folders.
    ///   - folder: path of the video's folder, whose words play no part in names.
    ///   - run: which run it is, counted from the last; nil finds it.
    public init(_ names: [String], folder: [String] = [], run: Int? = nil) {
        let parsed = names.map(PictureName.init)
        var strays: [Stray] = []
        var places: [Int] = []
        // A PNG and a JPEG of one name are one frame.
        let order = names.indices.sorted { a, b in
            let (p, q) = (names[a].lowercased().hasSuffix(".png"), names[b].lowercased().hasSuffix(".png"))
            return p != q ? p : names[a] < names[b]
        }
        var stems: [String: Int] = [:]
        for place in order {
            if let other = stems[parsed[place].stem] {
                strays.append(Stray(place: place, reason: "\(names[other]) is the same frame in another format"))
            } else {
                stems[parsed[place].stem] = place
                places.append(place)
            }
        }
        do {
            let form = try Self.mainForm(parsed, places, names)
            let reading = try Self.read(form.places.map { ($0, parsed[$0]) }, names, run: run)
            frames = reading.frames
            strays += form.strays
            scheme = NameScheme(
                parsed[reading.frames[0].place], run: reading.run, folder: folder, varying: reading.varying,
                hasNumbers: form.places.count > 1)
            problem = nil
        } catch {
            (scheme, problem) = (nil, error.clause)
            frames = Self.byPosition(parsed, places)
        }
        self.strays = strays.sorted { $0.place < $1.place }
    }

    /// Numbers by the names' natural order, whatever they say: 0, 1, 2 and so on.
    public init(positionsOf names: [String]) {
        let parsed = names.map(PictureName.init)
        frames = Self.byPosition(parsed, Array(names.indices))
        (strays, scheme, problem) = ([], nil, nil)
    }

    private static func byPosition(_ names: [PictureName], _ places: [Int]) -> [Frame] {
        places.sorted { PictureName.natural(names[$0], names[$1]) }.enumerated().map {
            Frame(place: $1, number: Int64($0))
        }
    }

    // MARK: Reading

    private struct Problem: Error {
        let clause: String
    }

    /// The pictures whose names have the form of most.
    private static func mainForm(
        _ parsed: [PictureName], _ places: [Int], _ names: [String]
    ) throws(Problem) -> (places: [Int], strays: [Stray]) {
        let groups = Dictionary(grouping: places.filter { !parsed[$0].runs.isEmpty }) { parsed[$0].shape }
        guard let main = groups.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })?.value else {
            throw Problem(clause: "no name has a number in it, such as '\(names.min() ?? "")'")
        }
        let others = places.filter { parsed[$0].shape != parsed[main[0]].shape }
        let numbered = others.filter { !parsed[$0].runs.isEmpty }
        let example = names[main.min { names[$0] < names[$1] }!]
        // A few odd ones are strays; many mean that nobody knows which are the frames.
        guard numbered.count * 2 <= main.count, others.count - numbered.count <= main.count else {
            let other = others.map { names[$0] }.min()!
            throw Problem(clause: "names are of different forms, such as '\(example)' and '\(other)'")
        }
        let reason = "its name has another form than the frames', such as '\(example)'"
        return (main, others.map { Stray(place: $0, reason: reason) })
    }

    private static func read(
        _ names: [(place: Int, name: PictureName)], _ texts: [String], run asked: Int?
    ) throws(Problem) -> (frames: [Frame], run: Int, varying: Set<Int>) {
        let count = names[0].name.runs.count
        let varying = (0..<count).filter { run in names.contains { $0.name.runs[run] != names[0].name.runs[run] } }
        let run = asked.flatMap { $0 < count ? count - 1 - $0 : nil } ?? varying.last ?? count - 1
        var frames: [Frame] = []
        for (place, name) in names {
            guard let number = name.runs[run].value else {
                throw Problem(clause: "the number in '\(texts[place])' has more than 63 bits")
            }
            frames.append(Frame(place: place, number: number))
        }
        let parsed = Dictionary(uniqueKeysWithValues: names.map { ($0.place, $0.name) })
        frames.sort { ($0.number, texts[$0.place]) < ($1.number, texts[$1.place]) }
        for (a, b) in zip(frames, frames.dropFirst()) {
            let pair = "'\(texts[a.place])' and '\(texts[b.place])'"
            guard a.number != b.number else { throw Problem(clause: "\(pair) both have the number \(a.number)") }
            // A frame number beside a time stamp grows with it; a confidence, or the number of a face, doesn't.
            for other in varying where other != run && parsed[b.place]!.runs[other] < parsed[a.place]!.runs[other] {
                throw Problem(clause: "several numbers vary and not in one order, as in \(pair)")
            }
            let widths = (parsed[a.place]!.runs[run].width, parsed[b.place]!.runs[run].width)
            guard widths.0 == widths.1 || !parsed[a.place]!.isFraction(run) else {
                throw Problem(clause: "the numbers have fractions of different lengths, as in \(pair)")
            }
        }
        return (frames, run, Set(varying.map { count - 1 - $0 }))
    }
}
