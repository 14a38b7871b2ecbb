// PreviewCommand.swift — `blendway preview`: a contact sheet of training samples as a PNG. The picture
// is drawn by module Data.

import ArgumentParser
import Data
import Imaging
import Store

struct PreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Draw training samples as a contact sheet.",
        discussion: """
            Each row is one training sample with the draws of a run with this seed and epoch, at the \
            size of the file's pictures (at most 256): the real face with its landmarks, the \
            self-blended and cross-blended image with their masks, and the deepfake. Look at it \
            before a long run: masks must cover the face, landmarks must lie on it, and the deepfake \
            must show the same scene.

              blendway preview data/demo/train.h5 --out sheet.png
              blendway preview data/demo/train.h5 --rows 12 --seed 7 --epoch 3 --out sheet.png

            Runs on fewer anchors, or on another data.size, make other pictures of the same kind. \
            A file without fakes or without neighbours is shown without them, with a note.
            """)

    @Argument(help: "A dataset.")
    var file: String

    @Option(help: "Samples, 1 to \(ContactSheet.rowLimit).")
    var rows = 6

    @Option(help: "The run's seed, as in train.seed.")
    var seed: UInt64 = 1

    @Option(help: "The epoch whose draws are shown; the first is 0.")
    var epoch = 0

    @Option(help: ArgumentHelp("The picture; replaced if it exists.", valueName: "png"))
    var out: String

    func run() throws {
        try reportingFailures {
            guard (1...ContactSheet.rowLimit).contains(rows) else {
                throw CommandFailure(.usage, "--rows is \(rows), but must be 1 to \(ContactSheet.rowLimit).")
            }
            guard (0..<1 << 24).contains(epoch) else {
                throw CommandFailure(.usage, "--epoch is \(epoch), but must be 0 to \((1 << 24) - 1).")
            }
            try OutputFile.require(out, force: true)
            let sheet = try ContactSheet(DatasetFile(file), rows: rows, seed: seed, epoch: epoch)
            try AtomicFile.write(to: out) { try PNG.write(sheet.image, $0) }
            for note in sheet.notes { Console.error("\(note)\n") }
            Console.error("\(out): \(sheet.rows) samples, \(sheet.image.width)×\(sheet.image.height) pixels\n")
        }
    }
}
