// TrainingError.swift — what can go wrong with a run as a whole, in sentences.

public enum TrainingError: Error, CustomStringConvertible {
    case otherRankFailed(rank: Int, while: String)
    case otherShape(checkpoint: String, detail: String)
    case otherConfiguration(checkpoint: String, key: String, old: String, new: String)
    case weightsOnly(checkpoint: String)
    case runExists(folder: String, step: Int)
    case runFolder(path: String, cause: String)
    case runInUse(folder: String, owner: String)
    case notFinite(skips: Int, step: Int)
    case shards(shards: Int, ranks: Int)
    case imageSize(file: String, width: Int, height: Int)
    case overlap(training: String, validation: String, frames: Int, of: Int, videos: String)
    case featureFile(path: String)
    case pictureFile(path: String)

    public var description: String {
        switch self {
        case .otherRankFailed(let rank, let doing):
            "rank \(rank) failed while \(doing); its own message says why"
        case .otherShape(let checkpoint, let detail):
            "\(checkpoint) is of another network than the configuration's: \(detail); "
                + "set setting, model, losses and optimizer as in the checkpoint's own configuration (blendway inspect "
                + "shows it), or start anew in another --run-dir"
        case .otherConfiguration(let checkpoint, let key, let old, let new):
            "\(checkpoint) was written with \(key)=\(old), now it is \(new): the samples to come would be "
                + "others; keep \(key), or start anew in another run folder"
        case .weightsOnly(let checkpoint):
            "\(checkpoint) holds weights only, no state to go on from; begin a run with them: --init \(checkpoint)"
        case .runExists(let folder, let step):
            "\(folder) holds checkpoints of a run up to step \(step), which --resume none would overwrite; "
                + "use --resume auto to go on, or another --run-dir"
        case .runFolder(let path, let cause):
            "the run folder \(path) cannot be used: \(cause); choose another --run-dir or make this one writable"
        case .runInUse(let folder, let owner):
            "another job is training in \(folder) (\(owner)); wait for its end, stop it, or use another --run-dir"
        case .notFinite(let skips, let step):
            "the loss or a gradient was not finite in \(skips) steps in a row, up to step \(step); nothing was "
                + "updated in them. Lower optimizer.lr, set optimizer.clip_norm, or look at the data"
        case .shards(let shards, let ranks):
            "train.shards is \(shards), but there are \(ranks) ranks; the shards are a power of two, and so are "
                + "the ranks, no more than the shards: start \(Self.fitting(shards, ranks)) ranks, or set train.shards=0"
        case .imageSize(let file, let width, let height):
            "\(file) has frames of \(width)×\(height) pixels; only square ones can be used"
        case .overlap(let training, let validation, let frames, let total, let videos):
            "\(frames) of the \(total) frames of the validation data \(validation) are in the training data \(training) "
                + "too, equal to the pixel: \(videos); give other data as data.val, data.val=null for none, or, to validate "
                + "on training frames on purpose, data.allow_overlap=true"
        case .pictureFile(let path):
            "pictures can be written as PNG or JPEG, and \(path) ends in neither .png nor .jpg; choose another name"
        case .featureFile(let path):
            "features can be written as HDF5 or CSV, and \(path) ends in neither .h5 nor .csv; choose another name"
        }
    }

    /// The largest number of ranks that shares out the shards, and is no more than there are.
    private static func fitting(_ shards: Int, _ ranks: Int) -> Int {
        var fitting = 1
        while 2 * fitting <= min(shards, ranks) { fitting *= 2 }
        return fitting
    }
}
