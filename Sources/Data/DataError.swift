// DataError.swift — what can be wrong with training data, in sentences.

import Store

/// Errors of datasets as training material. What is wrong with a file as a file is a `StoreError`.
public enum DataError: Error, Equatable, CustomStringConvertible {
    case noFakes(file: String)
    case noReals(file: String)
    case noTargets(file: String, videos: Int, example: String)
    case noPairs(file: String, frames: Int, example: String)
    case noNeighbours(file: String)
    case onePerson(file: String, person: String, hasFakes: Bool)
    case nothingToTrain(file: String)
    case batchTooSmall(globalBatch: Int, ranks: Int)
    case tooManyBadSamples(bad: Int, seen: Int, limit: Double, example: String)
    case badRecipe(file: String, problem: String)
    case unreadableRecipe(file: String, reason: String)
    case otherDataset(recipe: String, file: String)
    case noSample(file: String, sample: Int, count: Int)
    case noFrame(recipe: String, frame: Int, count: Int)

    public var description: String {
        switch self {
        case .noFakes(let file):
            "\(file) holds no fake videos, which this setting trains on; give a dataset with deepfakes, "
                + "or train with setting=bf-only"
        case .noReals(let file):
            "\(file) holds no real videos; blendfakes are made of real faces, give a dataset with some"
        case .noTargets(let file, let videos, let example):
            "\(file): none of the \(videos) fake videos has frames of the real video that it was made from in the file "
                + "(the first is \(example)); make the dataset again with the real videos, or train with setting=bf-only"
        case .noPairs(let file, let frames, let example):
            "\(file): none of the \(frames) fake frames has a real frame of its number (the first is of \(example)); look "
                + "with blendway inspect, make the dataset again with matching numbers, or train with setting=bf-only"
        case .noNeighbours(let file):
            "\(file) has no neighbour index, from which cross-blended faces take their foreground; "
                + "add one with blendway neighbours, make the dataset again with neighbours, or train with setting=df-only"
        case .onePerson(let file, let person, let hasFakes):
            "all real faces in \(file) are one person's ('\(person)'), and a cross-blended image needs a face of "
                + "somebody else; give a dataset with several people, such as this one joined with another by blendway merge"
                + (hasFakes ? ", or train with setting=df-only" : "")
        case .nothingToTrain(let file):
            "\(file) holds no frame that this setting could train on"
        case .batchTooSmall(let globalBatch, let ranks):
            "data.global_batch is \(globalBatch) for \(ranks) ranks: some would never have a sample; "
                + "start at most \(globalBatch) ranks or raise data.global_batch"
        case .tooManyBadSamples(let bad, let seen, let limit, let example):
            "\(bad) of \(seen) samples could not be used, more than data.quarantine_limit \(limit) allows; "
                + "the last: \(example). See errors/quarantine.jsonl in the run folder"
        case .badRecipe(let file, let problem):
            "the recipe \(file) cannot be used: \(problem); docs/blendfakes.md lists what a recipe holds, and "
                + "blendway blend --data FILE --print-recipe prints one"
        case .unreadableRecipe(let file, let reason):
            "the recipe \(file) cannot be read: \(reason) Check its path and permissions"
        case .otherDataset(let recipe, let file):
            "the recipe \(recipe) was printed for frames of another dataset than \(file); give that one, or "
                + "remove 'sample' from the recipe and give the pictures"
        case .noSample(let file, let sample, let count):
            "there is no sample \(sample) in \(file), which has \(count), counted from 0"
        case .noFrame(let recipe, let frame, let count):
            "the recipe \(recipe) names frame \(frame) of a dataset that has \(count), counted from 0; print it again"
        }
    }

    /// What a file lacks that has no neighbour: an index, or a second person.
    public static func lackOfNeighbours(_ file: DatasetFile) -> DataError {
        let people = Set(file.videos.lazy.filter { !$0.isFake }.map(\.identity))
        guard people.count == 1, let person = people.first, !person.isEmpty else { return .noNeighbours(file: file.path) }
        return .onePerson(file: file.path, person: person, hasFakes: file.videos.contains(where: \.isFake))
    }
}
