// CheckpointComparison.swift — how two checkpoints differ, array by array.

/// The difference of two checkpoints, a and b. Encodes to JSON as it is (no infinities or NaNs).
public struct CheckpointComparison: Codable, Equatable, Sendable {
    /// One array that both have with equal shape and type.
    public struct ArrayDifference: Codable, Equatable, Sendable {
        public let name: String
        /// Equal bit by bit.
        public let identical: Bool
        /// max |a − b| over the elements where both are finite.
        public let largestAbsolute: Double
        /// max |a − b| / max(|a|, |b|) over the same; 0 where both are 0.
        public let largestRelative: Double
        /// Elements that are not finite in a or b and not equal: no difference can be given.
        public let incomparable: Int
    }

    /// An array whose shapes or types differ.
    public struct ShapeDifference: Codable, Equatable, Sendable {
        public let name: String
        /// For example "float32 [3, 4]".
        public let a: String
        public let b: String
    }

    /// All arrays and all of /state are equal bit by bit. The configuration, the provenance and the
    /// world size do not count: they say where the run ran, not what it computed.
    public let identical: Bool
    /// By name.
    public let arrays: [ArrayDifference]
    public let shapeDifferences: [ShapeDifference]
    public let onlyInA: [String]
    public let onlyInB: [String]
    /// Names in /state that differ or that one side lacks.
    public let stateDifferences: [String]
    public let sameConfig: Bool
    /// Names in /provenance that differ or that one side lacks.
    public let provenanceDifferences: [String]

    /// The largest of all arrays' absolute differences.
    public var largestAbsolute: Double { arrays.reduce(0) { max($0, $1.largestAbsolute) } }

    public init(_ a: CheckpointContents, _ b: CheckpointContents) {
        var arrays: [ArrayDifference] = []
        var shapes: [ShapeDifference] = []
        for name in a.arrays.keys.sorted() {
            guard let left = a.arrays[name], let right = b.arrays[name] else { continue }
            if left.shape != right.shape || left.values.typeName != right.values.typeName {
                shapes.append(ShapeDifference(name: name, a: left.summary, b: right.summary))
            } else {
                arrays.append(ArrayDifference(name, left, right))
            }
        }
        self.arrays = arrays
        shapeDifferences = shapes
        onlyInA = a.arrays.keys.filter { b.arrays[$0] == nil }.sorted()
        onlyInB = b.arrays.keys.filter { a.arrays[$0] == nil }.sorted()
        stateDifferences = Set(
            Self.differences(a.integers, b.integers)
                + Self.differences(a.reals.mapValues(\.bitPattern), b.reals.mapValues(\.bitPattern))
        ).sorted()
        sameConfig = a.config == b.config
        provenanceDifferences = Self.differences(a.provenance, b.provenance)
        identical =
            arrays.allSatisfy(\.identical) && shapes.isEmpty && onlyInA.isEmpty && onlyInB.isEmpty
            && stateDifferences.allSatisfy { $0 == "world_size" }
    }

    private static func differences<Value: Equatable>(_ a: [String: Value], _ b: [String: Value]) -> [String] {
        Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
    }
}

extension CheckpointComparison.ArrayDifference {
    init(_ name: String, _ a: NamedArray, _ b: NamedArray) {
        self.name = name
        identical = a == b
        var absolute = 0.0
        var relative = 0.0
        var incomparable = 0
        if !identical {
            for (x, y) in zip(a.values.asDoubles, b.values.asDoubles) where x.bitPattern != y.bitPattern {
                guard x.isFinite, y.isFinite else {
                    incomparable += 1
                    continue
                }
                let scale = max(abs(x), abs(y))
                if scale == 0 { continue }
                absolute = max(absolute, abs(x - y))
                // Scaled first: the difference of two huge values may overflow, their ratio not.
                relative = max(relative, abs(x / scale - y / scale))
            }
        }
        largestAbsolute = min(absolute, .greatestFiniteMagnitude)
        largestRelative = relative
        self.incomparable = incomparable
    }
}

extension NamedArray {
    fileprivate var summary: String { "\(values.typeName) \(shape)" }
}

extension NamedArray.Values {
    fileprivate var asDoubles: [Double] {
        switch self {
        case .float32(let values): values.map(Double.init)
        case .float64(let values): values
        }
    }
}

extension Checkpoint {
    /// Reads and verifies two checkpoints and compares them. Memory: both at once.
    public static func compare(_ a: String, _ b: String) throws -> CheckpointComparison {
        CheckpointComparison(try read(a), try read(b))
    }
}
