// Predictor+Saliency.swift — some faces with what made the detector call them fake.

import Imaging
import Model
import Tensor

extension Predictor {
    private static let tile = 128
    private static let pairs = 4
    /// Above the faces: how many of how many they are.
    private static let head = 16

    /// Each face, and beside it its Grad-CAM map over it, with the score above and file and frame below; nil without
    /// faces.
    public func saliencySheet() throws -> Image? {
        guard !shown.isEmpty else { return nil }
        let context = Context(pool: pool, parameters: detector.parameters)
        context.mode = .frozen
        let columns = min(Self.pairs, shown.count)
        let rows = (shown.count + columns - 1) / columns
        let (width, height) = (2 * Self.tile + 12, Self.tile + 34)
        var sheet = Image(width: columns * width, height: Self.head + rows * height + 4, fill: 255)
        sheet.drawText("\(shown.count) of \(prediction.faces.count) faces", x: 4, y: 6, Image.Color(60, 60, 60))
        for start in stride(from: 0, to: shown.count, by: 8) {
            let faces = shown[start..<min(start + 8, shown.count)]
            let saliency = try context.arena.run("saliency \(faces.count)") {
                try detector.saliency(Self.tensor(of: faces.map(\.picture), size: imageSize, context), context)
            }
            for (index, face) in faces.enumerated() {
                let place = start + index
                let (x, y) = (place % columns * width + 4, Self.head + place / columns * height + 4)
                let picture = try face.picture.resized(width: Self.tile, height: Self.tile, interpolation: .bilinear)
                let thousandths = Int((saliency.scores[index] * 1000).rounded())
                let score = thousandths >= 1000 ? "1.000" : "0." + String("\(1000 + thousandths)".dropFirst())
                sheet.drawText("P(fake) \(score)", x: x, y: y + 2, Image.Color(60, 60, 60))
                sheet.paste(picture, x: x, y: y + 14)
                var overlaid = picture.overlaid(with: saliency.maps[index], side: saliency.side)
                overlaid.blacken(where: picture)
                sheet.paste(overlaid, x: x + Self.tile + 4, y: y + 14)
                sheet.drawText(Self.caption(face), x: x, y: y + Self.tile + 17, Image.Color(60, 60, 60))
            }
        }
        return sheet
    }

    /// Name of the file, frame, and which of several faces, in as many letters as there is room for.
    private static func caption(_ face: ShownFace) -> String {
        var end = " frame \(face.frame)"
        if face.among > 1 { end += ", face \(face.rank + 1) of \(face.among)" }
        let name = face.file.split(separator: "/").last.map(String.init) ?? face.file
        let room = (2 * tile + 4) / 6 - end.count
        // The end of a long name tells more than its beginning.
        return (name.count > room ? "…" + String(name.suffix(max(0, room - 1))) : name) + end
    }
}

extension Image {
    /// What is quite black in `picture`, of the same size, was outside of the photo: nothing was seen there, and so
    /// nothing is lit up.
    fileprivate mutating func blacken(where picture: Image) {
        for start in stride(from: 0, to: pixels.count, by: 3)
        where picture.pixels[start] == 0 && picture.pixels[start + 1] == 0 && picture.pixels[start + 2] == 0 {
            (pixels[start], pixels[start + 1], pixels[start + 2]) = (0, 0, 0)
        }
    }
}
