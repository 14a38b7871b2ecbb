// ContactSheetLayout.swift — where things stand on a contact sheet, and in which colours.

import Blend
import Imaging
import Store

/// Places and draws the parts of a sheet.
struct ContactSheetLayout {
    private static let gap = 10
    private static let lineHeight = 11
    private static let captionLines = 3
    private static let background = Image.Color(22, 24, 28)
    private static let panel = Image.Color(34, 37, 43)
    private static let text = Image.Color(225, 228, 232)
    private static let faint = Image.Color(150, 156, 165)

    let columns: [ContactSheetColumn]
    /// Pixels of a picture's side as read, and as drawn: small ones are enlarged, whole pixels each.
    private let side: Int
    private let enlargement: Int
    private var cell: Int { side * enlargement }

    private let title: String
    private var header: [String] = []
    private var headerHeight = 0

    /// - Parameters:
    ///   - side: of the pictures to come, in pixels.
    ///   - header: lines below the title; long ones are broken.
    init(anchors: Quadruple.Anchors, side: Int, title: String, header: [String]) {
        self.title = title
        columns = ContactSheetColumn.columns(anchors)
        self.side = side
        // About 200 pixels, so that captions fit below.
        enlargement = max(1, (200 + side / 2) / side)
        self.header = wrapped(header)
        headerHeight = 2 * Self.gap + 20 + self.header.count * Self.lineHeight + Self.gap + 18
    }

    private var width: Int { Self.gap + columns.count * (cell + Self.gap) }
    private var rowHeight: Int { cell + Self.captionLines * Self.lineHeight + 2 * Self.gap }

    /// An empty sheet: header lines and titles of the columns.
    func sheet(rows: Int) -> Image {
        let top = headerHeight
        var sheet = Image(width: width, height: top + rows * rowHeight)
        sheet.fillRectangle(x: 0, y: 0, width: sheet.width, height: sheet.height, Self.background)
        // At double size if it fits.
        let scale = Image.textSize(title, scale: 2).width <= width - 2 * Self.gap ? 2 : 1
        sheet.drawText(title, x: Self.gap, y: Self.gap + 2, scale: scale, Self.text)
        for (line, text) in header.enumerated() {
            sheet.drawText(text, x: Self.gap, y: Self.gap + 24 + line * Self.lineHeight, Self.faint)
        }
        for (place, column) in columns.enumerated() {
            sheet.drawText(column.title, x: left(place), y: top - 18, scale: cell >= 160 ? 2 : 1, column.color)
        }
        return sheet
    }

    /// One sample's pictures.
    func draw(_ cells: [ContactSheetColumn: ContactSheetCell], row: Int, on sheet: inout Image) {
        let top = headerHeight + row * rowHeight
        for (place, column) in columns.enumerated() {
            let left = left(place)
            sheet.fillRectangle(
                x: left - 2, y: top - 2, width: cell + 4, height: cell + Self.captionLines * Self.lineHeight + 8,
                Self.panel)
            guard let content = cells[column] else {
                sheet.drawText("none for this sample", x: left, y: top + cell / 2, Self.faint)
                continue
            }
            sheet.paste(enlarged(content.picture), x: left, y: top)
            for point in content.landmarks?.points ?? [] {
                let x = left + Int(((point.x + 0.5) * Float(enlargement)).rounded(.down))
                let y = top + Int(((point.y + 0.5) * Float(enlargement)).rounded(.down))
                if (left..<left + cell).contains(x), (top..<top + cell).contains(y) {
                    sheet.drawDot(x: x, y: y, radius: 1, Image.Color(80, 255, 120))
                }
            }
            for (line, text) in content.caption.enumerated() {
                sheet.drawText(
                    shortened(text), x: left, y: top + cell + 5 + line * Self.lineHeight,
                    line == 0 ? Self.text : Self.faint)
            }
        }
    }

    /// A sample that could not be made, and why.
    func drawFailure(_ reason: String, row: Int, on sheet: inout Image) {
        let top = headerHeight + row * rowHeight
        sheet.fillRectangle(x: Self.gap - 2, y: top - 2, width: width - 2 * Self.gap + 4, height: rowHeight - 14, Self.panel)
        for (line, text) in wrapped([reason]).enumerated() {
            sheet.drawText(text, x: Self.gap + 6, y: top + 10 + line * Self.lineHeight, ContactSheetColumn.deepfake.color)
        }
    }

    private func left(_ place: Int) -> Int { Self.gap + place * (cell + Self.gap) }

    private func enlarged(_ image: Image) -> Image {
        let size = (image.width * enlargement, image.height * enlargement)
        // The size is within all limits by construction.
        return (try? image.resized(width: size.0, height: size.1, interpolation: .nearest)) ?? image
    }

    /// One line that fits below a cell.
    private func shortened(_ text: String) -> String {
        let room = cell / Image.textSize("x").width
        return text.count <= room ? text : text.prefix(room - 2) + ".."
    }

    /// Lines that fit the sheet's width, broken at spaces.
    private func wrapped(_ lines: [String]) -> [String] {
        let room = (width - 4 * Self.gap) / Image.textSize("x").width
        return lines.flatMap { line in
            var result = [""]
            for word in line.split(separator: " ") {
                let last = result[result.count - 1]
                if last.isEmpty { result[result.count - 1] = String(word) }
                else if last.count + 1 + word.count <= room { result[result.count - 1] = "\(last) \(word)" }
                else { result.append(String(word)) }
            }
            return result
        }
    }
}
