// Predictor+Saliency.swift — some faces with what made the detector call them fake.

import Imaging
import Model
import Tensor

extension Predictor {
    private static let tile = 128
    private static let pairs = 4

    /// Each face, and beside it its Grad-CAM map over it, with the score above; nil without faces.
    public func saliencySheet() throws -> Image? {
        guard !shown.isEmpty else { return nil }
        let context = Context(pool: pool, parameters: detector.parameters)
        context.mode = .frozen
        let columns = min(Self.pairs, shown.count)
        let rows = (shown.count + columns - 1) / columns
        let (width, height) = (2 * Self.tile + 12, Self.tile + 20)
        var sheet = Image(width: columns * width, height: rows * height + 4, fill: 255)
        for start in stride(from: 0, to: shown.count, by: 8) {
            let faces = shown[start..<min(start + 8, shown.count)].map(\.picture)
            let saliency = try context.arena.run("saliency \(faces.count)") {
                try detector.saliency(Self.tensor(of: faces, size: imageSize, context), context)
            }
            for (index, face) in faces.enumerated() {
                let place = start + index
                let (x, y) = (place % columns * width + 4, place / columns * height + 4)
                let picture = try face.resized(width: Self.tile, height: Self.tile, interpolation: .bilinear)
                let thousandths = Int((saliency.scores[index] * 1000).rounded())
                let score = thousandths >= 1000 ? "1.000" : "0." + String("\(1000 + thousandths)".dropFirst())
                sheet.drawText("P(fake) \(score)", x: x, y: y + 2, Image.Color(60, 60, 60))
                sheet.paste(picture, x: x, y: y + 14)
                sheet.paste(
                    picture.overlaid(with: saliency.maps[index], side: saliency.side), x: x + Self.tile + 4, y: y + 14)
            }
        }
        return sheet
    }
}
