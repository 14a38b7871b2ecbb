// SaliencySheet.swift — examples of each kind of picture of a dataset, each beside what made the detector
// call it fake.

import Blend
import Data
import DistributedTraining
import Imaging
import Model
import Store
import Tensor

/// Draws a sheet of Grad-CAM examples. Runs on one rank by itself.
struct SaliencySheet {
    private static let examples = 5
    private static let tile = 80
    private static let gap = 4
    private static let labelWidth = 150
    private static let headHeight = 22

    private let detector: Detector
    private let context: Context
    private var rows: [(label: String, cells: [(picture: Image, heat: Image, score: Double)])] = []

    init(detector: Detector, pool: ThreadPool) {
        self.detector = detector
        context = Context(pool: pool, parameters: detector.parameters)
        context.mode = .frozen
    }

    /// Adds a row for the real frames, for both kinds of blendfakes made from them, and for each method.
    mutating func add(_ file: DatasetFile, named name: String) throws {
        let size = detector.shape.imageSize
        let scratch = BlendWorkspace()
        func few(_ frames: [Int]) -> [Int] {
            let count = min(frames.count, Self.examples)
            return (0..<count).map { frames[(2 * $0 + 1) * frames.count / (2 * count)] }
        }
        // A frame that cannot be read is no example; results list it.
        func picture(_ frame: Int) -> Image? { try? FrameReader.read(frame, of: file, size: size).image }
        let reals = few((0..<file.frameCount).filter { !file.video(of: $0).isFake })
        try add("\(name): real", reals.compactMap(picture))
        for (label, letter) in [("self-blended", Character("s")), ("cross-blended", "c")] {
            try add("\(name): \(label)", reals.compactMap { (frame: Int) -> Image? in
                do {
                    return try Evaluator.anchor(letter, of: frame, in: file, size: size, scratch)
                } catch is StoreError {
                    return nil
                }
            })
        }
        var methods: [String] = []
        for video in file.videos where video.isFake && !methods.contains(video.method) { methods.append(video.method) }
        for method in methods {
            let frames = (0..<file.frameCount).filter {
                file.video(of: $0).isFake && file.video(of: $0).method == method
            }
            try add("\(name): \(method)", few(frames).compactMap(picture))
        }
    }

    private mutating func add(_ label: String, _ pictures: [Image]) throws {
        guard !pictures.isEmpty else { return }
        let size = detector.shape.imageSize
        let saliency = try context.arena.run("saliency \(pictures.count)") {
            let images = context.arena.allocate(n: pictures.count, h: size, w: size, c: 3)
            for (place, picture) in pictures.enumerated() {
                picture.pixels.withUnsafeBufferPointer {
                    ImageInput.normalize($0, into: images.samples(place..<place + 1))
                }
            }
            return try detector.saliency(images, context)
        }
        rows.append(
            (
                label,
                try pictures.enumerated().map { place, picture in
                    let shown = try picture.resized(width: Self.tile, height: Self.tile, interpolation: .bilinear)
                    return (
                        shown, shown.overlaid(with: saliency.maps[place], side: saliency.side), saliency.scores[place]
                    )
                }
            ))
    }

    /// Rows of examples: the picture, and beside it its map, with the score above.
    func picture() -> Image {
        let cell = 2 * Self.tile + 3 * Self.gap
        let rowHeight = Self.tile + 14 + Self.gap
        var sheet = Image(
            width: Self.labelWidth + Self.examples * cell, height: Self.headHeight + rows.count * rowHeight, fill: 255)
        let ink = Image.Color(60, 60, 60)
        sheet.drawText("above each pair: P(fake)", x: 4, y: 6, ink)
        for (row, entry) in rows.enumerated() {
            let y = Self.headHeight + row * rowHeight
            for (line, text) in entry.label.split(separator: ":").enumerated() {
                sheet.drawText(
                    String(text.trimmingPrefix(" ").prefix(24)), x: 4, y: y + 14 + Self.tile / 2 - 10 + 12 * line, ink)
            }
            for (column, example) in entry.cells.enumerated() {
                let x = Self.labelWidth + column * cell
                let score = Int((example.score * 1000).rounded())
                sheet.drawText(score >= 1000 ? "1.000" : "0." + String("\(score + 1000)".dropFirst()), x: x, y: y + 3, ink)
                sheet.paste(example.picture, x: x, y: y + 14)
                sheet.paste(example.heat, x: x + Self.tile + Self.gap / 2, y: y + 14)
            }
        }
        return sheet
    }
}
