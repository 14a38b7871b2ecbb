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
                + "one size: add --size to scale them."
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
