import Foundation
import Metrics
import Report
import Testing

@Suite struct RunReportTests {
    /// A fresh folder that is removed again.
    static func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func everyFileOfTheReportIsWritten() throws {
        try Self.withFolder { folder in
            let paths = try SampleRun.report().write(to: folder.appending(path: "report").path)
            #expect(
                paths.map { URL(filePath: $0).lastPathComponent } == [
                    "index.html", "results.json", "table.md", "losses.svg", "roc.svg",
                    "anchors.svg", "learning-rate.svg", "throughput.svg", "waiting.svg",
                ])
            for path in paths {
                #expect(try String(contentsOfFile: path, encoding: .utf8).count > 100)
            }
        }
    }

    @Test func svgsAndPageAreWellFormed() throws {
        try Self.withFolder { folder in
            for path in try SampleRun.report().write(to: folder.path) {
                let text = try String(contentsOfFile: path, encoding: .utf8)
                if path.hasSuffix(".svg") { #expect(Markup.isBalanced(text), "\(path)") }
                if path.hasSuffix(".html") {
                    #expect(Markup.isBalanced(text, voidTags: ["meta", "!DOCTYPE"]), "\(path)")
                }
                #expect(
                    !text.contains("nan,") && !text.contains("\"nan\"") && !text.contains("inf\""))
            }
        }
    }

    @Test func thePageNeedsNothingFromOutside() throws {
        try Self.withFolder { folder in
            try SampleRun.report().write(to: folder.path)
            let page = try String(contentsOf: folder.appending(path: "index.html"), encoding: .utf8)
            #expect(!page.contains("<script") && !page.contains("<link") && !page.contains("src="))
            #expect(!page.contains("url(") && !page.contains("href"))
            #expect(
                page.split(separator: "http").dropFirst().allSatisfy {
                    $0.hasPrefix("://www.w3.org/2000/svg\"")
                })
            #expect(page.contains("ProDet on FF++ &amp; co"))
            #expect(page.contains("in the &lt;wild&gt;") && !page.contains("<wild>"))
            #expect(page.contains("config.yaml&gt;"))
        }
    }

    @Test func resultsJSONHoldsDatasetsAndProvenance() throws {
        try Self.withFolder { folder in
            let report = try SampleRun.report()
            try report.write(to: folder.path)
            let data = try Data(contentsOf: folder.appending(path: "results.json"))
            #expect(try JSONDecoder().decode(EvaluationResult.self, from: data) == report.result)
            let object = try #require(
                try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect((object["provenance"] as? [String: String])?["commit"] == "e1adb0e")
        }
    }

    @Test func theSameInputGivesTheSameBytes() throws {
        try Self.withFolder { folder in
            let first = try SampleRun.report().write(to: folder.appending(path: "a").path)
            let second = try SampleRun.report().write(to: folder.appending(path: "b").path)
            for (a, b) in zip(first, second) {
                #expect(
                    try Data(contentsOf: URL(filePath: a)) == Data(contentsOf: URL(filePath: b)))
            }
        }
    }

    @Test func aRunWithoutEvaluationOrRecordsStillGetsItsPage() throws {
        try Self.withFolder { folder in
            let paths = try RunReport(title: "empty").write(to: folder.path)
            #expect(paths.count == 3)
            let page = try String(contentsOf: folder.appending(path: "index.html"), encoding: .utf8)
            #expect(page.contains("No evaluation yet"))
            #expect(!page.contains("<figure>"))
        }
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        try Self.withFolder { folder in
            let file = folder.appending(path: "file")
            try Data().write(to: file)
            let target = file.appending(path: "report").path
            #expect {
                try RunReport(title: "x").write(to: target)
            } throws: { error in
                guard case ReportError.cannotWrite(target, _) = error else { return false }
                return true
            }
        }
    }
}

/// A check that tags are closed in the order in which they were opened.
enum Markup {
    static func isBalanced(_ text: String, voidTags: Set<String> = []) -> Bool {
        var open: [Substring] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            guard let end = rest[start...].firstIndex(of: ">") else { return false }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            let name = tag.drop { $0 == "/" }.prefix { $0 != " " && $0 != "/" && !$0.isNewline }
            if tag.hasPrefix("/") {
                guard open.popLast() == name else { return false }
            } else if !tag.hasSuffix("/"), !voidTags.contains(String(name)) {
                open.append(name)
            }
        }
        return open.isEmpty
    }
}
