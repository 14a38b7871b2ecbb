// SplitCommand+Check.swift — `blendway split --check`: says what several datasets have in common.

import ArgumentParser
import Data
import Foundation
import Store

extension SplitCommand {
    private struct CheckReport: Encodable {
        struct Person: Encodable {
            var person: String
            var files: [String]
        }
        struct Video: Encodable {
            var files: [String]
            var method: String
            var video: String
        }
        struct Frames: Encodable {
            struct Video: Encodable {
                var method: String
                var video: String
                var otherMethod: String
                var otherVideo: String
                var frames: Int
            }
            var files: [String]
            var frames: Int
            var videos: [Video]
        }
        struct Unknown: Encodable {
            var file: String
            var videos: Int
            var people: Int
            var donors: Int
            var frames: Int
        }
        var isShared: Bool
        var shared: [Person]
        var videos: [Video]
        var frames: [Frames]
        var unknown: [Unknown]
    }

    /// - Throws: `ExitCode` 65 when something is in more than one file.
    func compare(_ paths: [String], json: Bool) throws {
        guard paths.count >= 2 else { throw CommandFailure(.usage, "--check compares files; give at least two.") }
        let check = SplitCheck(try HashedFiles.open(try paths.map { try DatasetFile($0) }))
        try json ? Console.json(Self.report(check)) : Console.output(Self.text(check))
        if check.isShared { throw ExitCode(CommandExit.badData.rawValue) }
    }

    private static func report(_ check: SplitCheck) -> CheckReport {
        var report = CheckReport(isShared: check.isShared, shared: [], videos: [], frames: [], unknown: [])
        report.shared = check.people.map { CheckReport.Person(person: $0.person, files: $0.files) }
        for pair in check.pairs {
            let (first, second) = (check.files[pair.first], check.files[pair.second])
            let files = [first.path, second.path]
            report.videos += pair.overlap.videos.map { video in
                CheckReport.Video(
                    files: files, method: first.videos[video.first].method, video: first.videos[video.first].name)
            }
            guard pair.overlap.frameCount > 0 else { continue }
            report.frames.append(
                CheckReport.Frames(
                    files: files, frames: pair.overlap.frameCount,
                    videos: pair.overlap.frames.map { shared in
                        let (video, other) = (first.videos[shared.first], second.videos[shared.second])
                        return CheckReport.Frames.Video(
                            method: video.method, video: video.name, otherMethod: other.method, otherVideo: other.name,
                            frames: shared.frames)
                    }))
        }
        report.unknown = check.unknown.map {
            CheckReport.Unknown(
                file: $0.file, videos: $0.videos, people: $0.people, donors: $0.donors, frames: $0.frames)
        }
        return report
    }

    // MARK: Text

    private static func text(_ check: SplitCheck) -> String {
        var text = ""
        for (person, files) in check.people { text += "\(person) is in \(files.joined(separator: " and "))\n" }
        for pair in check.pairs {
            let (first, second) = (check.files[pair.first], check.files[pair.second])
            let both = "in both \(first.path) and \(second.path)"
            if !pair.overlap.videos.isEmpty {
                let names = pair.overlap.videos.map { first.videos[$0.first].label }
                text += "\(count(names.count, "video")) \(names.count == 1 ? "is" : "are") \(both): \(list(names))\n"
            }
            if pair.overlap.frameCount > 0 {
                let names = pair.overlap.frames.map { shared in
                    let (video, other) = (first.videos[shared.first].label, second.videos[shared.second].label)
                    return "\(shared.frames.grouped) of \(video)" + (video == other ? "" : ", there \(other)")
                }
                text += "\(count(pair.overlap.frameCount, "frame")) of \(second.path) \(pair.overlap.frameCount == 1 ? "is" : "are") "
                    + "also in \(first.path), equal to the pixel: \(list(names, by: "; "))\n"
            }
        }
        let people = check.unknown.contains { $0.people > 0 || $0.donors > 0 }
        if !check.isShared {
            text += "\(people ? "nobody who is known" : "nobody"), no video and no frame is in more than one of the "
                + "\(check.files.count) files\n"
        }
        for unknown in check.unknown {
            if unknown.people > 0 {
                text += "people are unknown in \(unknown.people.grouped) of \(count(unknown.videos, "video")) of "
                    + "\(unknown.file): they can be in another file as well\n"
            }
            if unknown.donors > 0 {
                text += "\(count(unknown.donors, "fake")) of \(unknown.file) \(unknown.donors == 1 ? "doesn't" : "don't") say "
                    + "whose face or motion they got\n"
            }
            if unknown.frames > 0 {
                text += "\(count(unknown.frames, "frame")) of \(unknown.file) can't be read and weren't compared\n"
            }
        }
        return text
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number.grouped) \(noun)\(number == 1 ? "" : "s")"
    }

    /// The first few; --json has all.
    private static func list(_ names: [String], by separator: String = ", ") -> String {
        names.prefix(10).joined(separator: separator)
            + (names.count > 10 ? "\(separator)and \((names.count - 10).grouped) more" : "")
    }
}
