// EveryErrorTests.swift — every case of every error is met by a test: by its name, or by a piece of its sentence.
//
// The cases are read from the sources, so that a new one fails here until a test throws it.

import Foundation
import TestSupport
import Testing

@Suite struct EveryErrorTests {
    /// What no test brings about, and why.
    static let exceptions = [
        "StoreError.library": "HDF5 fails in ways that no file of ours brings about",
        "StoreError.system": "errors of the system that have no sentence of their own",
        "ImagingError.encodingFailed": "libjpeg and libpng fail to encode for lack of memory only",
        "BlendError.sizeMismatch": "a caller's mistake; the loader scales all pictures of a sample alike",
        "BlendError.missingPicture": "a caller's mistake; the loader asks only for anchors that a file has",
        "TrainingError.otherRankFailed": "said by ranks whose message the failing rank's own takes the place of",
        "ConfigurationError.several": "a list of the others",
        "ExtractionError.detector": "an exception inside dlib, for which no picture is known",
        "ClusterError.usage": "sentences of their own for each wrong option, which LaunchArgumentsTests reads",
        "RunLogError.cannotWrite": "a full disk is told when it shows, mostly before the events are written",
    ]

    /// What a test could bring about, and none does yet. May only become shorter.
    static let debts = [
        "ClusterError.start", "DataError.nothingToTrain", "ExperimentError.cannotStart", "ImportError.differs",
        "ImportError.listsDisagree", "ImportError.noFrames", "ImportError.noVideos", "ImportError.sizeDiffers",
        "ImportError.unknownLabel", "InterchangeError.tensor",
    ]

    private struct Case {
        var name: String
        /// What its sentence says whatever the values are.
        var pieces: [String]
    }

    @Test func everyErrorCaseIsMetByATest() throws {
        let tests = try TestSources.all()
        let text = tests.joined(separator: "\n")
        let said = Set(tests.flatMap(Self.literals).flatMap(Self.pieces).filter { $0.count >= 9 })
        var cases: [String] = []
        var unmet: [String] = []
        for (path, source) in try TestSources.program() where path.hasSuffix("Error.swift") {
            for known in Self.cases(source) {
                cases.append(known.name)
                let short = known.name.drop { $0 != "." }
                let isNamed = text.contains(known.name) || ["== ", "case ", "throws: ", "throw "].contains { text.contains($0 + short) }
                let isSaid = known.pieces.contains { piece in
                    said.contains { piece.contains($0) || (piece.count >= 12 && $0.contains(piece)) }
                }
                let isExcepted = Self.exceptions[known.name] != nil || Self.debts.contains(known.name)
                if !isNamed && !isSaid && !isExcepted { unmet.append(known.name) }
            }
        }
        #expect(cases.count > 120, "the sources are no longer found or read")
        #expect(unmet == [], "no test throws these")
        let excepted = Set(Self.exceptions.keys).union(Self.debts)
        #expect(excepted.subtracting(cases).sorted() == [], "exceptions for what no longer exists")
    }

    /// The cases of the file's error, with what is said for them.
    private static func cases(_ source: String) -> [Case] {
        guard let start = source.firstRange(of: #/enum \w+Error: /#) else { return [] }
        let body = source[start.lowerBound...]
        let type = String(body.dropFirst(5).prefix { $0 != ":" })
        var names: [String] = []
        var sentences: [String: [String]] = [:]
        var current: [String] = []
        for line in body.split(separator: "\n") {
            if line.firstMatch(of: #/^    (indirect )?case \w/#) != nil {
                // Several may stand in a line, with values in brackets.
                let plain = String(line).replacing(#/\([^)]*\)/#, with: "").drop { $0 == " " }.replacing(#/^(indirect )?case /#, with: "")
                names += plain.split(separator: ",").map { String($0.trimmingCharacters(in: .whitespaces).prefix { $0.isLetter || $0.isNumber }) }
                continue
            }
            if line.contains("case ") { current = line.matches(of: #/\.(\w+)/#).map { String($0.1) } }
            for name in current { sentences[name, default: []] += literals(String(line)).flatMap(pieces) }
        }
        return Set(names).sorted().map { name in
            Case(name: "\(type).\(name)", pieces: (sentences[name] ?? []).filter { $0.count >= 9 })
        }
    }

    /// What stands between quotes.
    private static func literals(_ source: String) -> [String] {
        source.matches(of: #/"((?:[^"\\\n]|\\.)*)"/#).map { String($0.1) }
    }

    /// A literal without its interpolations.
    private static func pieces(_ literal: String) -> [String] {
        literal.split(separator: #/\\\((?:[^()]|\([^()]*\))*\)/#).map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
