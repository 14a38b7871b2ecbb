// BMP.swift — Windows and OS/2 bitmaps, decoded here: all depths, bit fields, run lengths, from below and from
// above. Nothing is written.

/// BMP in memory.
enum BMP {
    /// Decodes to RGB; alpha is dropped.
    /// - Throws: `ImagingError.malformed` where rows are missing, `.unsupported`, `.tooLarge`.
    static func decode(_ bytes: [UInt8]) throws(ImagingError) -> Image {
        let header = try Header(bytes)
        switch header.compression {
        case .jpeg: return try JPEG.decode(Array(bytes[min(header.pixels, bytes.count)...]))
        case .png: return try PNG.decode(Array(bytes[min(header.pixels, bytes.count)...]))
        case .none where header.bits <= 8: return header.coloured(try header.plainIndices(bytes))
        case .runs: return header.coloured(try header.runIndices(bytes))
        case .none: return try header.directPixels(bytes)
        }
    }

    private static func malformed(_ reason: String) -> ImagingError { .malformed(format: "BMP", reason: reason) }

    private enum Compression { case none, runs, jpeg, png }

    private struct Header {
        let width: Int
        let height: Int
        let isFromAbove: Bool
        let bits: Int
        let compression: Compression
        /// Where the pixels begin.
        let pixels: Int
        /// RGB of each index.
        let palette: [(UInt8, UInt8, UInt8)]
        /// Of red, green and blue, in pixels of 16 or 32 bits.
        let masks: [UInt32]

        init(_ bytes: [UInt8]) throws(ImagingError) {
            func number(_ place: Int, _ size: Int) throws(ImagingError) -> Int {
                guard place + size <= bytes.count else { throw BMP.malformed("its header is cut short") }
                return (0..<size).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
            }
            let size = try number(14, 4)
            let isOld = size == 12
            guard isOld || (16...1024).contains(size) else { throw BMP.malformed("its header is \(size) bytes long") }
            width = try isOld ? number(18, 2) : number(18, 4)
            let signed = try isOld ? number(20, 2) : Int(Int32(truncatingIfNeeded: number(22, 4)))
            (height, isFromAbove) = (abs(signed), signed < 0)
            guard width > 0, height > 0 else { throw BMP.malformed("its header has no size") }
            guard ImageLimits.allow(width: width, height: height) else {
                throw .tooLarge(format: "BMP", width: width, height: height)
            }
            bits = try number(isOld ? 24 : 28, 2)
            let code = try size >= 40 ? number(30, 4) : 0
            var hasMasks = false
            switch (code, bits) {
            case (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (0, 24), (0, 32): compression = .none
            case (1, 8), (2, 4): compression = .runs
            case (3, 16), (3, 32), (6, 16), (6, 32): (compression, hasMasks) = (.none, true)
            case (4, _) where size != 64: compression = .jpeg
            case (5, _): compression = .png
            default: throw .unsupported(format: "BMP", reason: "it has \(bits) bits a pixel in compression \(code)")
            }
            var masks: [UInt32] = bits == 16 ? [0x7C00, 0x3E0, 0x1F] : [0xFF0000, 0xFF00, 0xFF]
            if hasMasks {
                // Behind the short header, inside the longer ones: at the same place.
                for channel in 0..<3 { masks[channel] = UInt32(try number(54 + 4 * channel, 4)) }
            }
            self.masks = masks
            let table = 14 + size + (hasMasks && size == 40 ? (code == 6 ? 16 : 12) : 0)
            let step = isOld ? 3 : 4
            let stated = try number(10, 4)
            var colours: [(UInt8, UInt8, UInt8)] = []
            if bits <= 8 {
                let used = try size >= 40 ? number(46, 4) : 0
                let most = min(used == 0 ? 1 << bits : used, 1 << bits)
                let end = stated > table ? min(stated, bytes.count) : bytes.count
                for place in stride(from: table, to: table + most * step, by: step) where place + 3 <= end {
                    colours.append((bytes[place + 2], bytes[place + 1], bytes[place]))
                }
            }
            palette = colours
            pixels = stated >= 14 + min(size, 12) ? stated : table + colours.count * step
        }

        /// Bytes of a row, a multiple of four.
        private var rowSize: Int { (width * bits + 31) / 32 * 4 }

        /// Rows are stored from below unless the height is negative.
        private func stored(_ y: Int) -> Int { isFromAbove ? y : height - 1 - y }

        private func requireRows(_ bytes: [UInt8]) throws(ImagingError) {
            // The last row may lack its padding.
            let needed = rowSize * (height - 1) + (width * bits + 7) / 8
            guard pixels + needed <= bytes.count else {
                throw BMP.malformed("it has \(max(0, bytes.count - pixels)) bytes of pixels, where \(needed) are needed")
            }
        }

        func plainIndices(_ bytes: [UInt8]) throws(ImagingError) -> [UInt8] {
            try requireRows(bytes)
            var indices = [UInt8](repeating: 0, count: width * height)
            let (perByte, mask) = (8 / bits, UInt8((1 << bits) - 1))
            for y in 0..<height {
                let row = pixels + stored(y) * rowSize
                for x in 0..<width {
                    let shift = 8 - bits * (x % perByte + 1)
                    indices[y * width + x] = bytes[row + x / perByte] >> UInt8(shift) & mask
                }
            }
            return indices
        }

        /// Runs of equal pixels, runs of different ones, jumps, ends of lines. What is jumped over has index 0.
        func runIndices(_ bytes: [UInt8]) throws(ImagingError) -> [UInt8] {
            var indices = [UInt8](repeating: 0, count: width * height)
            var (place, x, y) = (pixels, 0, 0)
            func put(_ index: UInt8) throws(ImagingError) {
                // Half a byte may be left over at a line's end.
                guard x < width || bits == 4 && x == width else { throw BMP.malformed("its runs are longer than its rows") }
                if x < width { indices[stored(y) * width + x] = index }
                x += 1
            }
            while y < height {
                guard place + 2 <= bytes.count else { throw BMP.malformed("its pixels are cut short") }
                let (count, value) = (Int(bytes[place]), bytes[place + 1])
                place += 2
                if count > 0 {
                    for i in 0..<count { try put(bits == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15) }
                    continue
                }
                switch value {
                case 0: (x, y) = (0, y + 1)
                case 1: return indices
                case 2:
                    guard place + 2 <= bytes.count else { throw BMP.malformed("its pixels are cut short") }
                    (x, y) = (x + Int(bytes[place]), y + Int(bytes[place + 1]))
                    place += 2
                default:
                    let length = bits == 8 ? Int(value) : (Int(value) + 1) / 2
                    guard place + length <= bytes.count else { throw BMP.malformed("its pixels are cut short") }
                    for i in 0..<Int(value) {
                        try put(bits == 8 ? bytes[place + i] : i % 2 == 0 ? bytes[place + i / 2] >> 4 : bytes[place + i / 2] & 15)
                    }
                    place += length + length % 2
                }
            }
            return indices
        }

        /// Indices beyond the palette are black.
        func coloured(_ indices: [UInt8]) -> Image {
            var image = Image(width: width, height: height)
            for (place, index) in indices.enumerated() where Int(index) < palette.count {
                let colour = palette[Int(index)]
                (image.pixels[3 * place], image.pixels[3 * place + 1], image.pixels[3 * place + 2]) = colour
            }
            return image
        }

        /// Pixels of 16, 24 or 32 bits.
        func directPixels(_ bytes: [UInt8]) throws(ImagingError) -> Image {
            try requireRows(bytes)
            var image = Image(width: width, height: height)
            let step = bits / 8
            // Shift and largest value of each channel.
            let channels = masks.map { mask in (shift: UInt32(mask.trailingZeroBitCount), most: mask == 0 ? 0 : mask >> UInt32(mask.trailingZeroBitCount)) }
            for y in 0..<height {
                let row = pixels + stored(y) * rowSize
                for x in 0..<width {
                    let (from, to) = (row + x * step, (y * width + x) * 3)
                    if bits == 24 {
                        for channel in 0..<3 { image.pixels[to + channel] = bytes[from + 2 - channel] }
                        continue
                    }
                    let value = (0..<step).reduce(UInt32(0)) { $0 | UInt32(bytes[from + $1]) << UInt32(8 * $1) }
                    for (channel, form) in channels.enumerated() where form.most > 0 {
                        let level = UInt64((value & masks[channel]) >> form.shift)
                        image.pixels[to + channel] = UInt8((level * 255 + UInt64(form.most) / 2) / UInt64(form.most))
                    }
                }
            }
            return image
        }
    }
}
