// Image+Resize.swift — scaled and mirrored copies. OpenCV's conventions, so that results compare.

extension Image {
    /// How a scaled picture's pixels are found.
    public enum Interpolation: Sendable {
        /// The source pixel at ⌊x · scale⌋, like OpenCV's INTER_NEAREST.
        case nearest
        /// Between the four nearest, pixel centres at halves, edges repeated, rounded to nearest.
        /// No smoothing: use `area` to make a picture much smaller.
        case bilinear
        /// The mean over the source area that a pixel covers; for making pictures smaller.
        case area
    }

    /// A copy of another size. Throws `badSize` for sizes outside `ImageLimits`.
    public func resized(
        width newWidth: Int, height newHeight: Int, interpolation: Interpolation = .bilinear
    ) throws(ImagingError) -> Image {
        guard ImageLimits.allow(width: newWidth, height: newHeight) else {
            throw .badSize(width: newWidth, height: newHeight)
        }
        if newWidth == width && newHeight == height { return self }
        let horizontal = Taps(from: width, to: newWidth, interpolation)
        let vertical = Taps(from: height, to: newHeight, interpolation)
        return Image(
            width: newWidth, height: newHeight, channels: channels,
            pixels: separable(horizontal, vertical))
    }

    /// The mirror image, left and right exchanged: x → width − 1 − x.
    public func flippedHorizontally() -> Image {
        let (width, channels) = (width, channels)
        let mirrored = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, count in
            pixels.withUnsafeBufferPointer { source in
                for row in 0..<height {
                    var from = source.baseAddress! + (row + 1) * width * channels
                    var to = buffer.baseAddress! + row * width * channels
                    for _ in 0..<width {
                        from -= channels
                        to[0] = from[0]
                        if channels == 3 {
                            to[1] = from[1]
                            to[2] = from[2]
                        }
                        to += channels
                    }
                }
            }
            count = pixels.count
        }
        return Image(width: width, height: height, channels: channels, pixels: mirrored)
    }

    /// Rows first, then columns, in float32: taps of weight 1 keep bytes exact.
    private func separable(_ horizontal: Taps, _ vertical: Taps) -> [UInt8] {
        let (newWidth, newHeight) = (horizontal.count, vertical.count)
        let row = newWidth * channels
        var wide = [Float](repeating: 0, count: row * height)
        pixels.withUnsafeBufferPointer { source in
            wide.withUnsafeMutableBufferPointer { target in
                for y in 0..<height {
                    for x in 0..<newWidth {
                        let taps = horizontal.starts[x]..<horizontal.starts[x + 1]
                        for c in 0..<channels {
                            var position = (y * width + horizontal.offsets[x]) * channels + c
                            var sum: Float = 0
                            for tap in taps {
                                sum += horizontal.weights[tap] * Float(source[position])
                                position += channels
                            }
                            target[y * row + x * channels + c] = sum
                        }
                    }
                }
            }
        }
        var result = [UInt8](repeating: 0, count: row * newHeight)
        var line = [Float](repeating: 0, count: row)
        wide.withUnsafeBufferPointer { source in
            for y in 0..<newHeight {
                for i in 0..<row { line[i] = 0 }
                var start = vertical.offsets[y] * row
                for tap in vertical.starts[y]..<vertical.starts[y + 1] {
                    let weight = vertical.weights[tap]
                    for i in 0..<row { line[i] += weight * source[start + i] }
                    start += row
                }
                for i in 0..<row {
                    result[y * row + i] = UInt8(min(max(line[i].rounded(.toNearestOrEven), 0), 255))
                }
            }
        }
        return result
    }

    /// For each new position along one side, the run of old ones that it is mixed from.
    private struct Taps {
        /// The first old position of each run.
        var offsets: [Int] = []
        /// Where each run's weights start; one more entry than positions.
        var starts: [Int] = [0]
        var weights: [Float] = []
        var count: Int { offsets.count }

        init(from old: Int, to new: Int, _ interpolation: Interpolation) {
            let scale = Double(old) / Double(new)
            for position in 0..<new {
                switch interpolation {
                case .nearest:
                    offsets.append(min(Int(Double(position) * scale), old - 1))
                    weights.append(1)
                case .area where scale > 1:
                    let (start, end) = (Double(position) * scale, Double(position + 1) * scale)
                    offsets.append(Int(start))
                    for index in Int(start)..<min(Int(end.rounded(.up)), old) {
                        let covered = min(end, Double(index + 1)) - max(start, Double(index))
                        weights.append(Float(covered / scale))
                    }
                case .bilinear, .area:
                    let centre = min(max((Double(position) + 0.5) * scale - 0.5, 0), Double(old - 1))
                    let low = Int(centre)
                    let weight = Float(centre - Double(low))
                    offsets.append(low)
                    weights += weight == 0 ? [1] : [1 - weight, weight]
                }
                starts.append(weights.count)
            }
        }
    }
}
