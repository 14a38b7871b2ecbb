// ConfigurationValue.swift — the types a setting can have, and how each is read and written.

import Model
import Tensor

/// What a setting holds.
public indirect enum ConfigurationKind: Equatable, Sendable {
    case truth
    case integer
    /// An integer from 0 to 2⁶⁴ − 1.
    case natural
    case number
    case text
    case choice([String])
    case optional(ConfigurationKind)

    /// For messages: "a number", "one of adam, adamw, sgd".
    public var expectation: String {
        switch self {
        case .truth: "true or false"
        case .integer: "a whole number"
        case .natural: "a whole number from 0 to \(UInt64.max)"
        case .number: "a number"
        case .text: "text"
        case .choice(let allowed): "one of " + allowed.joined(separator: ", ")
        case .optional(let wrapped): wrapped.expectation + ", or null"
        }
    }
}

/// A type that a property of the configuration may have.
public protocol ConfigurationValue: Codable, Sendable {
    static var configurationKind: ConfigurationKind { get }
    /// The value as its YAML scalar; nil is null.
    var scalarText: String? { get }
}

/// A setting with named alternatives.
public protocol ConfigurationChoice: ConfigurationValue, CaseIterable, Equatable, RawRepresentable
where RawValue == String {}

extension ConfigurationChoice {
    public static var configurationKind: ConfigurationKind { .choice(allCases.map(\.rawValue)) }
    public var scalarText: String? { rawValue }
}

extension ConfigurationKind {
    /// The scalar in the form in which it is decoded; nil when it isn't of this kind.
    func canonical(_ text: String) -> String? {
        switch self {
        case .truth:
            // The words of YAML 1.1, which users know from other tools.
            switch text.lowercased() {
            case "true", "yes", "on": "true"
            case "false", "no", "off": "false"
            default: nil
            }
        case .integer:
            Int(text.filter { $0 != "_" }).map { "\($0)" }
        case .natural:
            UInt64(text.filter { $0 != "_" }).map { "\($0)" }
        case .number:
            Double(text.filter { $0 != "_" }).flatMap { $0.isFinite ? "\($0)" : nil }
        case .text:
            text
        case .choice(let allowed):
            allowed.contains(text) ? text : nil
        case .optional(let wrapped):
            wrapped.canonical(text)
        }
    }

    var isOptional: Bool {
        if case .optional = self { true } else { false }
    }

    /// Whether a scalar of this kind is quoted when written, so that no path or name is taken
    /// for a number or null.
    var isText: Bool {
        switch self {
        case .text: true
        case .optional(let wrapped): wrapped.isText
        default: false
        }
    }
}

extension Bool: ConfigurationValue {
    public static var configurationKind: ConfigurationKind { .truth }
    public var scalarText: String? { "\(self)" }
}

extension Int: ConfigurationValue {
    public static var configurationKind: ConfigurationKind { .integer }
    public var scalarText: String? { "\(self)" }
}

extension UInt64: ConfigurationValue {
    public static var configurationKind: ConfigurationKind { .natural }
    public var scalarText: String? { "\(self)" }
}

extension Double: ConfigurationValue {
    public static var configurationKind: ConfigurationKind { .number }
    public var scalarText: String? { "\(self)" }
}

extension String: ConfigurationValue {
    public static var configurationKind: ConfigurationKind { .text }
    public var scalarText: String? { self }
}

extension Optional: ConfigurationValue where Wrapped: ConfigurationValue {
    public static var configurationKind: ConfigurationKind { .optional(Wrapped.configurationKind) }
    public var scalarText: String? { flatMap(\.scalarText) }
}

// The choices that belong to the method itself are the model's own types.
extension Setting: ConfigurationChoice {}
extension AttributeForm: ConfigurationChoice {}
extension AnchorOrder: ConfigurationChoice {}
extension Architecture: ConfigurationChoice {}
extension PaddingRule: ConfigurationChoice {}
extension Precision: ConfigurationChoice {}
