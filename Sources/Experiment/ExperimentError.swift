// ExperimentError.swift — what can go wrong with an experiment as a whole, in sentences.

public enum ExperimentError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case unknownKey(place: String, key: String, nearest: String, known: [String])
    case wrong(place: String, key: String, value: String, expected: String)
    case missing(source: String, key: String, remedy: String)
    case notHere(source: String, key: String, remedy: String)
    case unknownSetting(name: String, nearest: String)
    case otherExperiment(folder: String, differences: [String])
    case badProtocol(problem: String, remedy: String)
    case cannotStart(command: String, reason: String)
    case synthFailed(log: String, lastLine: String)
    case inUse(folder: String)
    case folder(path: String, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "the experiment \(path) can't be read: \(reason); check the path"
        case .unknownKey(let place, let key, let nearest, let known):
            "\(place): an experiment has no key \(key); the nearest is \(nearest), all are \(known.joined(separator: ", "))"
        case .wrong(let place, let key, let value, let expected):
            "\(place): \(key) is \(value), but must be \(expected)"
        case .missing(let source, let key, let remedy): "\(source): \(key) isn't there; \(remedy)"
        case .notHere(let source, let key, let remedy): "\(source): \(key) can't be set here; \(remedy)"
        case .unknownSetting(let name, let nearest):
            "--only \(name): the experiment has no such setting; the nearest is \(nearest)"
        case .otherExperiment(let folder, let differences):
            "\(folder) holds another experiment: \(differences.prefix(8).joined(separator: "; "))"
                + (differences.count > 8 ? "; and \(differences.count - 8) more" : "")
                + ". Go back to what it was, or give another --out"
        case .badProtocol(let problem, let remedy): "\(problem); \(remedy)"
        case .cannotStart(let command, let reason):
            "\(command) can't be started: \(reason); check run.launcher and the PATH"
        case .synthFailed(let log, let lastLine):
            "the data can't be made: \(lastLine) (all of it in \(log)); correct data.synth and start again"
        case .inUse(let folder):
            "another experiment is at work in \(folder); wait for its end, or give another --out"
        case .folder(let path, let reason):
            "\(path) can't be used: \(reason); give another --out or make this one writable"
        }
    }
}
