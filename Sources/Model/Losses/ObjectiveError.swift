// ObjectiveError.swift — everything that a user can get wrong about losses, optimizers, schedules.

/// Bad settings or bad checkpoint contents. Each message names the object, the cause and the remedy.
public enum ObjectiveError: Error, Equatable, CustomStringConvertible {
    case outOfRange(name: String, value: Double, allowed: String)
    case unknownState(object: String, name: String, known: [String])
    case wrongLength(name: String, found: Int, expected: Int)
    case notFinite(name: String)
    case badRange(name: String, range: Range<Int>, count: Int)

    public var description: String {
        switch self {
        case let .outOfRange(name, value, allowed):
            "\(name) is \(value), but must be \(allowed); correct it in the configuration"
        case let .unknownState(object, name, known):
            "the checkpoint's \(object) holds '\(name)', which is none of \(known.joined(separator: ", ")); "
                + "resume with the release that wrote the checkpoint"
        case let .wrongLength(name, found, expected):
            "the checkpoint's \(name) has \(found) numbers where this network needs \(expected); "
                + "resume with the configuration that the checkpoint was written with"
        case let .notFinite(name):
            "the checkpoint's \(name) holds numbers that are not finite; resume from an earlier checkpoint"
        case let .badRange(name, range, count):
            "\(name) has the range \(range), which is not in order and inside 0 ..< \(count); "
                + "pass ranges of the flat parameters that ascend and do not overlap"
        }
    }

    static func checkAtLeastZero(_ value: Double, name: String) throws(ObjectiveError) {
        guard value.isFinite, value >= 0 else {
            throw .outOfRange(name: name, value: value, allowed: "at least 0 and finite")
        }
    }
}
