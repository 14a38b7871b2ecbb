// ImportError.swift — everything that stops an import, a merge or a split, as sentences. What is wrong
// with one frame stops nothing: it is listed as a `SkippedFrame`.

/// Why a dataset could not be made from what was given.
public enum ImportError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case missing(path: String, what: String)
    case badList(file: String, problem: String)
    case listsDisagree(file: String, video: String)
    case unknownLabel(file: String, label: String)
    /// Two sources say different things of one video.
    case contradiction(String)
    case badDeclaration(String)
    case badSplits(file: String, problem: String)
    case escapes(path: String, root: String, reason: String)
    case compression(asked: String?, present: String)
    case noVideos(split: String, present: String)
    case noFrames(example: String)
    case sizeDiffers(path: String, size: String, others: String)
    case unmatchedNames(UnpairedVideo, count: Int)
    case notPairs(PairCheck)
    case noPairs(file: String, maxDistance: Int64, example: UnpairedVideo?)
    case badLandmarks(odd: Int, of: Int, method: String, problem: LandmarkShape.Problem, example: String)
    case tooManySkipped(skipped: Int, of: Int, limit: Double, example: String)
    case badLayout(root: String, problem: String)
    case exists(path: String)
    case differs(file: String, other: String, what: String)
    case sharedIdentity(String)
    case unknownIdentity(String)
    case badShares(String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) cannot be used: \(reason)."
        case .missing(let path, let what):
            "\(path): \(what) is not there; check the path and that this host mounts the folder."
        case .badList(let file, let problem):
            "\(file) is not a list of videos in DeepfakeBench's form: \(problem); make it again with its rearrange.py."
        case .listsDisagree(let file, let video):
            "\(file) lists other frames of \(video) than a list before it; import lists of one origin together."
        case .unknownLabel(let file, let label):
            "\(file) has the label '\(label)', which is neither known to be real nor fake; say which with "
                + "--label \(label)=real or --label \(label)=fake, and how its names are to be read with --names-as "
                + "(docs/import.md lists the labels that are known)."
        case .contradiction(let sentence):
            "\(sentence); one of the two is wrong, so nothing was taken."
        case .badSplits(let file, let problem):
            "\(file) is no list of official splits: \(problem). Known are FaceForensics++'s train.json, val.json and "
                + "test.json, Celeb-DF's List_of_testing_videos.txt, and DFDC's metadata.json, dataset.json and labels.csv."
        case .escapes(let path, let root, let reason):
            "'\(path)' leads out of the root \(root) (\(reason)), so nothing was read from it; correct the list, "
                + "give another --root, or, if the links are your own, add --follow-links."
        case .compression(let asked?, let present):
            "no video is there in compression '\(asked)'; --compression must be one of: \(present)."
        case .compression(nil, let present):
            "the videos are there in several compressions (\(present)); choose one with --compression."
        case .noVideos(let split, let present):
            "the lists have no video in the split '\(split)'; there are: \(present)."
        case .noFrames(let example):
            "no frame could be used; the first: \(example)."
        case .sizeDiffers(let path, let size, let others):
            "\(path) has \(size) pixels where the frames before it have \(others); all frames of a dataset are of "
                + "one size: add --size to scale them (--check lists all)."
        case .unmatchedNames(let video, let count):
            "the frames of \(video.video) can't be matched with those of its real video: \(video.reason)"
                + (count > 1 ? "; nor can those of \(count - 1) more fakes, which --check lists" : "")
                + ". Name pictures by their frames' numbers; or, where different names count the same frames, add "
                + "--mixed-names; or, where both videos have all frames in the names' order, --number-by position."
        case .badLandmarks(let odd, let count, let method, let problem, let example):
            "the landmarks of \(odd) of \(count) frames of '\(method)' can't be right, most often because "
                + "\(problem.rawValue); the first is \(example). Look with --check, and write them anew as x, y in pixels "
                + "from the picture's top left, in iBUG's order of 68 or 81 points."
        case .notPairs(let check):
            "\(check.notPairs.count) of \(check.checked) fakes that were looked at don't look as if they were made from "
                + "the frames that they would be paired with: \(check.notPairs[0].sentence)"
                + (check.notPairs.count > 1 ? ", and others" : "")
                + ". Correct the frames' numbers or the videos' names; --trust-pairs takes them as they are."
        case .noPairs(let file, let distance, let example):
            "\(file) would have no pair to train on: no fake frame has a real frame within "
                + "\(distance) (--max-distance)" + (example.map { "; the first is \($0.video): \($0.reason)" } ?? "")
                + "."
        case .tooManySkipped(let skipped, let count, let limit, let example):
            "\(skipped) of \(count) frames could not be used, more than --max-skipped \(limit) allows; the last: "
                + "\(example). Look with --check, repair the source or raise the limit."
        case .badLayout(let root, let problem):
            "\(root): \(problem); the layout is real/IDENTITY/… and fake/METHOD/…, each video a folder of numbered "
                + "pictures with landmarks (.npy) beside them."
        case .exists(let path):
            "\(path) is there already; choose another name, or replace it with --force."
        case .differs(let file, let other, let what):
            "\(file) and \(other) don't fit together: \(what)."
        case .sharedIdentity(let sentence), .unknownIdentity(let sentence), .badShares(let sentence),
            .badDeclaration(let sentence):
            sentence
        }
    }

    /// Whether the command line is at fault, rather than files.
    public var isUsage: Bool {
        switch self {
        case .compression, .noVideos, .exists, .badShares, .badDeclaration: true
        default: false
        }
    }
}
