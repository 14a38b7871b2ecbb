// FormatVersion.swift — the `format` and `format_version` attributes at the root of every file.

/// The version of a schema: a newer minor one adds things and is read, a newer major one is refused.
public struct FormatVersion: Equatable, Sendable, CustomStringConvertible {
    public let major: Int
    public let minor: Int

    public init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// From "major.minor"; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let major = parts[0], let minor = parts[1], major >= 0, minor >= 0 else {
            return nil
        }
        self.init(major: major, minor: minor)
    }

    public var description: String { "\(major).\(minor)" }
}

extension HDF5File {
    /// Writes the two attributes.
    public func setFormat(_ format: String, _ version: FormatVersion) throws {
        try root.attributes.set("format", .string(format))
        try root.attributes.set("format_version", .string(version.description))
    }

    /// Checks that the file is of `format` and that a reader of `supported` may read it.
    /// - Returns: the file's version, perhaps of a newer minor.
    /// - Throws: `StoreError.wrongFormat`, `.newerVersion`, `.invalid`.
    @discardableResult
    public func requireFormat(_ format: String, supported: FormatVersion) throws -> FormatVersion {
        let found: String?
        switch try root.attributes.value("format")?.single {
        case .string(let text): found = text
        case nil: found = nil
        case .some(let other): found = other.typeName
        }
        guard found == format else {
            throw StoreError.wrongFormat(file: path, expected: format, found: found)
        }
        let text = try root.attributes.string("format_version")
        guard let version = FormatVersion(text) else {
            throw StoreError.invalid(
                file: path, object: "/@format_version",
                problem: "'\(text)' is not of the form major.minor; make the file again")
        }
        guard version.major <= supported.major else {
            throw StoreError.newerVersion(
                file: path, format: format, found: version.description, supported: supported.description)
        }
        return version
    }
}
