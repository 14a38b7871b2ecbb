// ExperimentProtocol.swift — what has to hold between the files of an experiment, or its numbers would
// not mean what they say.

import Store

/// Checks that no test can have been seen, and that no choice can have been made on one.
///
/// Note [Where settings may be chosen]
/// Epochs, rates and weights are chosen on the validation split: other people, manipulations that
/// training sees. It must therefore hold no other manipulation, and a test file can't be used in its
/// place. Training is given the training and the validation file alone.
enum ExperimentProtocol {
    struct File {
        var role: String
        var path: String
        var file: DatasetFile
        var methods: Set<String>
        /// With the dataset's name: two datasets may number their people alike.
        var people: Set<String>

        init(_ role: String, _ path: String) throws {
            self.role = role
            self.path = path
            file = try DatasetFile(path)
            methods = Set(file.videos.filter(\.isFake).map(\.method))
            let name = file.description.dataset
            people = Set(file.videos.map(\.identity).filter { !$0.isEmpty }.map { "\(name): \($0)" })
        }
    }

    /// - Throws: `ExperimentError.badProtocol`, `StoreError`.
    static func check(
        train: String, val: String?, seen: [String], unseen: [String]
    ) throws -> [File] {
        let training = try File("train", train)
        let validation = try val.map { try File("val", $0) }
        let seenFiles = try seen.map { try File("seen", $0) }
        let unseenFiles = try unseen.map { try File("unseen", $0) }
        let all = [training] + [validation].compactMap { $0 } + seenFiles + unseenFiles
        for (place, file) in all.enumerated() {
            if let same = all[..<place].first(where: { $0.file.contentHash == file.file.contentHash }) {
                throw ExperimentError.badProtocol(
                    problem: "\(file.path) (\(file.role)) has the same content as \(same.path) (\(same.role))",
                    remedy: "give each part of the experiment data of its own")
            }
        }
        if let validation, let other = validation.methods.subtracting(training.methods).min() {
            throw ExperimentError.badProtocol(
                problem: "the validation data \(validation.path) hold the manipulation \(other), which training doesn't see",
                remedy: "validate on manipulations of the training; settings must not be chosen on unseen ones")
        }
        for file in seenFiles {
            if let other = file.methods.subtracting(training.methods).min() {
                throw ExperimentError.badProtocol(
                    problem: "\(file.path) holds the manipulation \(other), which training doesn't see",
                    remedy: "name it under data.unseen, or take that manipulation out")
            }
        }
        for file in unseenFiles {
            // Two datasets may call different things alike; within one a name is a name.
            let dataset = file.file.description.dataset
            let known = training.file.description.dataset == dataset ? training.methods : []
            if let shared = file.methods.intersection(known).min() {
                throw ExperimentError.badProtocol(
                    problem: "\(file.path) is to be unseen, but training sees its manipulation \(shared)",
                    remedy: "name it under data.seen, or take that manipulation out")
            }
        }
        for test in seenFiles + unseenFiles {
            for other in [training] + [validation].compactMap({ $0 }) {
                if let person = test.people.intersection(other.people).min() {
                    throw ExperimentError.badProtocol(
                        problem: "\(test.path) shows \(person), who is in \(other.path) (\(other.role)) too",
                        remedy: "split the data by people, so that no test shows one of the training")
                }
            }
        }
        return all
    }
}
