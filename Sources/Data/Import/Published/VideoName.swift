// VideoName.swift — the name of a video with what stands around it, as naming schemes want it.

/// A video's name, and where it was found.
public struct VideoName: Sendable {
    public var name: String
    public var isFake: Bool
    /// Folders of its frames, or of its file, from the top.
    public var path: [String]
    /// Its label in a list; empty where there is none.
    public var label: String
    /// What the list calls the set, such as "simswap_ff"; empty where there is none.
    public var set: String

    public init(_ name: String, isFake: Bool, path: [String] = [], label: String = "", set: String = "") {
        (self.name, self.isFake, self.path, self.label, self.set) = (name, isFake, path, label, set)
    }

    /// The last part of a name such as "FaceSwap/SimSwap/id0_id1_0000".
    var stem: String { name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? name }
}

extension StringProtocol {
    /// Whether it is digits alone, at least one.
    var isNumber: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}

extension String {
    /// Its pieces around single underscores; at least one.
    var underscored: [String] { split(separator: "_", omittingEmptySubsequences: false).map(String.init) }
}
