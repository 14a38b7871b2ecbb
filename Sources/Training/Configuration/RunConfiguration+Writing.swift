// RunConfiguration+Writing.swift — the configuration as resolved, complete, as YAML.

import Yams

extension RunConfiguration {
    /// Every setting, defaults included, in the order of declaration. Reading it gives an equal
    /// configuration, and equal configurations give equal text: it is what a checkpoint stores.
    public func resolvedYAML() -> String {
        do {
            return try Yams.serialize(
                node: ConfigurationTree(of: self).node(naming: \.key), width: -1,
                allowUnicode: true)
        } catch {
            preconditionFailure("a configuration can't be written: \(error)")
        }
    }

    /// Every setting's full key and value, in order; null is "null".
    package var flatSettings: [(key: String, value: String)] {
        ConfigurationTree(of: self).settings.map { ($0.key, $0.value ?? "null") }
    }

    /// What a setting accepts and is by default, for help texts and documentation.
    public struct SettingDescription: Equatable, Sendable {
        /// Such as `optimizer.lr`.
        public let key: String
        public let expectation: String
        /// nil is null.
        public let defaultValue: String?
    }

    /// All settings, in order.
    public static var settingDescriptions: [SettingDescription] {
        ConfigurationTree(of: RunConfiguration()).settings.map {
            SettingDescription(
                key: $0.key, expectation: $0.kind.expectation, defaultValue: $0.value)
        }
    }
}
