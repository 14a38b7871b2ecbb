// Image+Drawing.swift — what contact sheets need: rectangles, lines, dots, pictures, small text.
//
// Everything is clipped to the picture; nothing here throws. Not a graphics library.

extension Image {
    /// A colour; grey pictures take its green.
    public struct Color: Equatable, Sendable {
        public var red: UInt8
        public var green: UInt8
        public var blue: UInt8

        public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
            (self.red, self.green, self.blue) = (red, green, blue)
        }

        public static let black = Color(0, 0, 0)
        public static let white = Color(255, 255, 255)
        public static let red = Color(220, 40, 40)
        public static let green = Color(40, 180, 60)
        public static let blue = Color(60, 100, 230)
        public static let yellow = Color(240, 210, 40)
    }

    /// Sets one pixel, or none when it lies outside.
    public mutating func setPixel(x: Int, y: Int, _ color: Color) {
        guard x >= 0, x < width, y >= 0, y < height else { return }
        let start = (y * width + x) * channels
        if channels == 1 {
            pixels[start] = color.green
        } else {
            pixels[start] = color.red
            pixels[start + 1] = color.green
            pixels[start + 2] = color.blue
        }
    }

    /// Fills the `rectWidth × rectHeight` pixels whose top left one is (x, y).
    public mutating func fillRectangle(
        x: Int, y: Int, width rectWidth: Int, height rectHeight: Int, _ color: Color
    ) {
        let (left, right) = (max(x, 0), min(x + rectWidth, width))
        guard left < right else { return }
        for row in max(y, 0)..<max(y, 0, min(y + rectHeight, height)) {
            for column in left..<right { setPixel(x: column, y: row, color) }
        }
    }

    /// A line of one pixel's width, both ends included.
    public mutating func drawLine(from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ color: Color) {
        let steps = max(abs(end.x - start.x), abs(end.y - start.y))
        guard steps > 0 else { return setPixel(x: start.x, y: start.y, color) }
        for step in 0...steps {
            let t = Double(step) / Double(steps)
            setPixel(
                x: Int((Double(start.x) + t * Double(end.x - start.x)).rounded()),
                y: Int((Double(start.y) + t * Double(end.y - start.y)).rounded()), color)
        }
    }

    /// A filled disc.
    public mutating func drawDot(x: Int, y: Int, radius: Int = 1, _ color: Color) {
        for dy in -radius...radius {
            for dx in -radius...radius where dx * dx + dy * dy <= radius * radius {
                setPixel(x: x + dx, y: y + dy, color)
            }
        }
    }

    /// Copies `other` so that its top left pixel lies at (x, y). Grey is spread over colour; colour
    /// on grey gives its green.
    public mutating func paste(_ other: Image, x: Int, y: Int) {
        for row in max(0, -y)..<max(0, -y, min(other.height, height - y)) {
            for column in max(0, -x)..<max(0, -x, min(other.width, width - x)) {
                let start = (row * other.width + column) * other.channels
                let color =
                    other.channels == 1
                    ? Color(other.pixels[start], other.pixels[start], other.pixels[start])
                    : Color(other.pixels[start], other.pixels[start + 1], other.pixels[start + 2])
                setPixel(x: x + column, y: y + row, color)
            }
        }
    }

    /// Writes one line of text; its top left corner is (x, y). A character takes 6×8 pixels times
    /// `scale`. Small letters are drawn as capitals, characters without a glyph as a box.
    public mutating func drawText(_ text: String, x: Int, y: Int, scale: Int = 1, _ color: Color) {
        var left = x
        for character in text {
            let rows = BitmapFont.rows(of: character)
            for (row, bits) in rows.enumerated() {
                for column in 0..<BitmapFont.width where bits >> (BitmapFont.width - 1 - column) & 1 == 1 {
                    fillRectangle(
                        x: left + column * scale, y: y + row * scale, width: scale, height: scale, color)
                }
            }
            left += (BitmapFont.width + 1) * scale
        }
    }

    /// Pixels that `drawText` takes for `text`.
    public static func textSize(_ text: String, scale: Int = 1) -> (width: Int, height: Int) {
        ((BitmapFont.width + 1) * text.count * scale, (BitmapFont.height + 1) * scale)
    }
}
