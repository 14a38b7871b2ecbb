// HDF5Value.swift — the value of an attribute: a string, integer or real, or a list of one kind.

/// What an attribute holds. Integers and reals of any stored width are widened to 64 bits.
public enum HDF5Value: Equatable, Sendable {
    case string(String)
    case integer(Int64)
    case real(Double)
    case strings([String])
    case integers([Int64])
    case reals([Double])

    var typeName: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .real: "a real number"
        case .strings: "a list of strings"
        case .integers: "a list of integers"
        case .reals: "a list of real numbers"
        }
    }
}
