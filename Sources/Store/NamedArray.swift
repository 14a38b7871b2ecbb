// NamedArray.swift — one array of a checkpoint: a shape and its values.

/// An array in memory order (last dimension fastest). Equality is bitwise: NaN equals the same NaN,
/// 0 differs from −0, because it serves "did the run resume exactly".
public struct NamedArray: Sendable, Equatable {
    public enum Values: Sendable {
        case float32([Float])
        case float64([Double])
    }

    /// [] is a single value.
    public let shape: [Int]
    public let values: Values

    public init(shape: [Int], _ values: [Float]) { self.init(shape: shape, values: .float32(values)) }
    public init(shape: [Int], _ values: [Double]) { self.init(shape: shape, values: .float64(values)) }

    public init(shape: [Int], values: Values) {
        self.shape = shape
        self.values = values
        precondition(
            shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count,
            "NamedArray: \(values.count) values for shape \(shape)")
    }

    /// The values when they are float32.
    public var floats: [Float]? { if case .float32(let values) = values { values } else { nil } }
    /// The values when they are float64.
    public var doubles: [Double]? { if case .float64(let values) = values { values } else { nil } }

    public static func == (a: NamedArray, b: NamedArray) -> Bool {
        guard a.shape == b.shape else { return false }
        switch (a.values, b.values) {
        case (.float32(let a), .float32(let b)): return bitsAreEqual(a, b)
        case (.float64(let a), .float64(let b)): return bitsAreEqual(a, b)
        default: return false
        }
    }

    private static func bitsAreEqual<Element: BitwiseCopyable>(_ a: [Element], _ b: [Element]) -> Bool {
        a.withUnsafeBytes { a in b.withUnsafeBytes { b in a.elementsEqual(b) } }
    }
}

extension NamedArray.Values {
    public var count: Int {
        switch self {
        case .float32(let values): values.count
        case .float64(let values): values.count
        }
    }

    var typeName: String {
        switch self {
        case .float32: HDF5ElementType.float32.rawValue
        case .float64: HDF5ElementType.float64.rawValue
        }
    }
}
