// PixelsCommand.swift — `blendway pixels`: what is read of pictures and films, as bytes for other programs to
// compare. Reading is module Extraction's part; tools/corpus.sh is who asks.

import ArgumentParser
import Extraction
import Foundation

struct PixelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pixels",
        abstract: "Write the pixels that are read of pictures and films, for comparing.",
        discussion: """
            Writes to standard output, for each file in turn, lines of JSON: first {"file": …}; then for each \
            picture or frame {"file", "frame", "seconds", "width", "height"} and behind that line's end \
            height·width·3 bytes of RGB; for whatever can't be read {"file", "frame", "reason"}; and {"file", \
            "done": true} at its end. Pictures are upright, as all commands see them.

              blendway pixels photo.heic clip.mp4 --frames 8 > pixels.bin

            The exit code is 0 even if files can't be read: their reasons are in the output.
            """,
        shouldDisplay: false)

    @Argument(help: "Pictures and films.")
    var files: [String]

    @Option(help: ArgumentHelp("Frames of each film, evenly over its length; 0 is all.", valueName: "N"))
    var frames = 0

    private struct Line: Encodable {
        var file: String
        var frame: Int?
        var seconds: Double?
        var width: Int?
        var height: Int?
        var reason: String?
        var done: Bool?
    }

    func validate() throws {
        guard frames >= 0 else { throw ValidationError("--frames is \(frames), but must be 0 (all) or more.") }
    }

    func run() throws {
        try reportingFailures {
            for file in files {
                try write(Line(file: file))
                do {
                    try writePictures(of: file)
                } catch let error as ExtractionError {
                    try write(Line(file: file, reason: "\(error)"))
                }
                try write(Line(file: file, done: true))
            }
        }
    }

    private func writePictures(of file: String) throws {
        let source = try PictureSources.open(file, frames: frames == 0 ? nil : frames)
        while true {
            do {
                guard let picture = try source.next() else { return }
                let image = picture.image
                try write(
                    Line(file: file, frame: picture.index, seconds: picture.seconds, width: image.width, height: image.height),
                    image.pixels)
            } catch ExtractionError.badFrame(_, let after, let reason) {
                try write(Line(file: file, frame: after, reason: reason))
            }
        }
    }

    private func write(_ line: Line, _ pixels: [UInt8] = []) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try Console.output([UInt8](try encoder.encode(line)) + [0x0A] + pixels)
    }
}
