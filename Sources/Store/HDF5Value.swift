// HDF5Value.swift — the value of an attribute: a string, integer or real, or a list of one kind.

/// What an attribute holds. Integers and reals of any stored width are widened to 64 bits.
public enum HDF5Value: Equatable, Sendable {
    case string(String)
    case integer(Int64)
    case real(Double)
    case strings([String])
    case integers([Int64])
    case reals([Double])

    /// A list of one as what is in it: MATLAB and others write single values so.
    public var single: HDF5Value {
        switch self {
        case .strings(let list) where list.count == 1: .string(list[0])
        case .integers(let list) where list.count == 1: .integer(list[0])
        case .reals(let list) where list.count == 1: .real(list[0])
        default: self
        }
    }

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
