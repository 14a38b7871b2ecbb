// Image+Orientation.swift — pictures as they were stored to pictures as they are shown.

extension Image {
    /// The picture upright. Cost: none for 1, else a copy.
    ///
    /// - Parameter orientation: how it is stored, 1…8 as Exif counts: which sides the first row and the first
    ///   column show. 1 top, left; 2 top, right; 3 bottom, right; 4 bottom, left; 5 left, top; 6 right, top;
    ///   7 right, bottom; 8 left, bottom.
    func upright(orientation: Int) -> Image {
        if orientation == 1 { return self }
        // H×W pixels as stored. Where the upright picture's first pixel is, and the way to the next one to the
        // right and to the next one below.
        let (h, w) = (height, width)
        let way: (start: Int, right: Int, down: Int) =
            switch orientation {
            case 2: (w - 1, -1, w)
            case 3: (h * w - 1, -1, -w)
            case 4: ((h - 1) * w, 1, -w)
            case 5: (0, w, 1)
            case 6: ((h - 1) * w, -w, 1)
            case 7: (h * w - 1, -w, -1)
            case 8: (w - 1, w, -1)
            default: preconditionFailure("Image.upright: orientation \(orientation)")
            }
        let (newWidth, newHeight) = orientation < 5 ? (w, h) : (h, w)
        let channels = channels
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, count in
            pixels.withUnsafeBufferPointer { source in
                var to = 0
                for row in 0..<newHeight {
                    var from = (way.start + row * way.down) * channels
                    for _ in 0..<newWidth {
                        for channel in 0..<channels { buffer[to + channel] = source[from + channel] }
                        from += way.right * channels
                        to += channels
                    }
                }
            }
            count = pixels.count
        }
        return Image(width: newWidth, height: newHeight, channels: channels, pixels: turned)
    }
}
