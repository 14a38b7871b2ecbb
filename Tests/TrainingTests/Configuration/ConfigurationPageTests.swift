// ConfigurationPageTests.swift — the page on settings lists what the program knows.

import Foundation
import Testing
import Training

@Suite struct ConfigurationPageTests {
    @Test func everySettingStandsOnThePageAndNoOther() throws {
        let repository = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(
            contentsOf: repository.appending(path: "docs/configuration.md"), encoding: .utf8)
        let listed = page.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("| `") else { return nil }
            let key = String(line.dropFirst(3).prefix { $0 != "`" })
            // Other tables explain the values of one setting.
            return key.contains(".") || key == "setting" ? key : nil
        }
        #expect(listed.sorted() == RunConfiguration.settingDescriptions.map(\.key).sorted())
    }
}
