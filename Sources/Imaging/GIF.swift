// GIF.swift — the first picture of a GIF, decoded here. Later frames are not looked at; nothing is written.

/// GIF in memory.
enum GIF {
    /// Decodes the first picture, on its canvas. Transparent pixels keep the colour of their index, as in Pillow.
    /// - Throws: `ImagingError.malformed` where pixels are missing, `.tooLarge`.
    static func decode(_ bytes: [UInt8]) throws(ImagingError) -> Image {
        var reader = Reader(bytes: bytes)
        reader.place = 6
        var canvas = (width: try reader.number(), height: try reader.number())
        let flags = try reader.byte()
        _ = try reader.take(2)
        var palette = try reader.palette(flags)
        var fill: UInt8 = 0
        while true {
            switch try reader.byte() {
            case 0x21:
                let label = try reader.byte()
                let blocks = try reader.blocks()
                // The graphic control: whether an index is transparent, and which.
                if label == 0xF9, blocks.count >= 4, blocks[0] & 1 == 1 { fill = blocks[3] }
            case 0x2C:
                let frame = Frame(x: try reader.number(), y: try reader.number(), width: try reader.number(), height: try reader.number())
                let flags = try reader.byte()
                if flags & 0x80 != 0 { palette = try reader.palette(flags) }
                // A frame beyond the canvas makes it larger.
                canvas = (max(canvas.width, frame.x + frame.width), max(canvas.height, frame.y + frame.height))
                guard frame.width > 0, frame.height > 0 else { throw malformed("its first picture has no size") }
                guard ImageLimits.allow(width: canvas.width, height: canvas.height) else {
                    throw .tooLarge(format: "GIF", width: canvas.width, height: canvas.height)
                }
                let indices = try reader.pixels(frame.width * frame.height)
                return frame.onCanvas(canvas.width, canvas.height, indices, isInterlaced: flags & 0x40 != 0, palette, fill: fill)
            case 0x3B: throw malformed("it has no picture")
            case 0: continue
            default: throw malformed("it has an unknown block")
            }
        }
    }

    private static func malformed(_ reason: String) -> ImagingError { .malformed(format: "GIF", reason: reason) }

    private struct Frame {
        let x, y, width, height: Int

        func onCanvas(
            _ canvasWidth: Int, _ canvasHeight: Int, _ indices: [UInt8], isInterlaced: Bool, _ palette: [UInt8], fill: UInt8
        ) -> Image {
            func colour(_ index: UInt8, _ channel: Int) -> UInt8 {
                // Without any palette, indices are levels of grey.
                if palette.isEmpty { return index }
                let place = Int(index) * 3 + channel
                return place < palette.count ? palette[place] : 0
            }
            var image = Image(width: canvasWidth, height: canvasHeight)
            for place in image.pixels.indices { image.pixels[place] = colour(fill, place % 3) }
            let rows = isInterlaced ? Frame.interlaced(height) : Array(0..<height)
            for (stored, row) in rows.enumerated() {
                for column in 0..<width {
                    let index = indices[stored * width + column]
                    for channel in 0..<3 { image[x + column, y + row, channel] = colour(index, channel) }
                }
            }
            return image
        }

        /// Every eighth row, those between, every fourth's, every second's.
        private static func interlaced(_ height: Int) -> [Int] {
            [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0.0, to: height, by: $0.1)) }
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func take(_ count: Int) throws(ImagingError) -> ArraySlice<UInt8> {
            guard place + count <= bytes.count else { throw GIF.malformed("it is cut short") }
            place += count
            return bytes[place - count..<place]
        }

        mutating func byte() throws(ImagingError) -> UInt8 { try take(1).first! }

        mutating func number() throws(ImagingError) -> Int { Int(try byte()) | Int(try byte()) << 8 }

        mutating func palette(_ flags: UInt8) throws(ImagingError) -> [UInt8] {
            flags & 0x80 == 0 ? [] : Array(try take(3 << (Int(flags & 7) + 1)))
        }

        /// The content of blocks up to the empty one.
        mutating func blocks() throws(ImagingError) -> [UInt8] {
            var content: [UInt8] = []
            while true {
                let length = Int(try byte())
                if length == 0 { return content }
                content += try take(length)
            }
        }

        /// Indices out of LZW codes that grow from few bits to twelve.
        mutating func pixels(_ wanted: Int) throws(ImagingError) -> [UInt8] {
            let least = Int(try byte())
            guard (1...11).contains(least) else { throw GIF.malformed("its codes begin with \(least) bits") }
            let (clear, end) = (1 << least, 1 << least + 1)
            // Of each code its last index, the code before it, and how many indices it stands for.
            var last = [UInt8](repeating: 0, count: 4096)
            var before = [Int](repeating: -1, count: 4096)
            var length = [Int](repeating: 1, count: 4096)
            for index in 0..<min(clear, 256) { last[index] = UInt8(index) }
            var (next, size, previous) = (end + 1, least + 1, -1)
            var indices = [UInt8](repeating: 0, count: wanted)
            var (done, bits, held) = (0, 0, 0)
            var block: ArraySlice<UInt8> = []
            while done < wanted {
                while held < size {
                    if block.isEmpty {
                        let count = Int(try byte())
                        guard count > 0 else { throw GIF.malformed("its pixels end too early") }
                        block = try take(count)
                    }
                    bits |= Int(block.removeFirst()) << held
                    held += 8
                }
                let code = bits & (1 << size - 1)
                (bits, held) = (bits >> size, held - size)
                if code == clear {
                    (next, size, previous) = (end + 1, least + 1, -1)
                    continue
                }
                guard code != end else { throw GIF.malformed("its pixels end too early") }
                // The code after the newest is the previous one with its own first index behind it.
                guard code < next && (code < clear || code > end) || code == next && previous >= 0 else { throw GIF.malformed("it is damaged") }
                var source = code == next ? previous : code
                let count = length[source] + (code == next ? 1 : 0)
                var to = done + length[source] - 1
                var first: UInt8 = 0
                while source >= 0 {
                    first = last[source]
                    if to < wanted { indices[to] = first }
                    to -= 1
                    source = before[source]
                }
                if code == next, done + count - 1 < wanted { indices[done + count - 1] = first }
                done += count
                if previous >= 0, next < 4096 {
                    (last[next], before[next], length[next]) = (first, previous, length[previous] + 1)
                    next += 1
                    if next == 1 << size, size < 12 { size += 1 }
                }
                previous = code
            }
            return indices
        }
    }
}
