// WorldSheet.swift — the built-in world at a glance: real frames, and the same frames faked by every family.

import Imaging
import Synthesis
import Tensor

/// A picture of `rows` people, one a row: the real frame, then one column a family, seen and unseen alike.
public struct WorldSheet {
    private static let gap = 6
    private static let titleHeight = 22

    public let image: Image

    /// Draws people of the world's first split. Cost: about 40 ms a picture.
    /// - Throws: `SynthesisError`.
    public init(_ world: SyntheticWorld, rows: Int) throws {
        let reals = world.videos(of: .train).filter { $0.label == 0 }
        let rows = min(rows, reals.count)
        let families = Manipulation.allCases
        let cell = world.size
        var sheet = Image(
            width: Self.gap + (1 + families.count) * (cell + Self.gap),
            height: Self.titleHeight + rows * (cell + Self.gap))
        sheet.fillRectangle(x: 0, y: 0, width: sheet.width, height: sheet.height, .white)
        for (column, title) in (["real"] + families.map(\.rawValue)).enumerated() {
            sheet.drawText(title, x: Self.gap + column * (cell + Self.gap), y: 8, .black)
        }
        for row in 0..<rows {
            // Spread over the split, so that each row is another person.
            let target = row * reals.count / rows
            let fakes = families.map { world.fake(of: target, among: reals, by: $0, in: .train) }
            for (column, video) in ([reals[target]] + fakes).enumerated() {
                let frame = try world.frames(of: video).frame(0)
                sheet.paste(
                    frame.image, x: Self.gap + column * (cell + Self.gap), y: Self.titleHeight + row * (cell + Self.gap))
            }
        }
        image = sheet
    }
}
