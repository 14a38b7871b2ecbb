// JPEG.swift — JPEG to and from memory through the TurboJPEG API. Files are in Image+Files.swift.

import CTurboJPEG

/// JPEG in memory. Handles live for one call, so every function may run on any number of threads.
///
/// The slow-but-accurate integer transform and smooth chroma upsampling are used both ways, which
/// is what libjpeg does by default and hence OpenCV and Pillow: same library version, same bytes.
public enum JPEG {
    /// How colour is thinned out.
    public enum Subsampling: Sendable {
        /// One chroma sample for 2×2 pixels; the default of libjpeg, OpenCV and Pillow.
        case chroma420
        /// One chroma sample for 2×1 pixels.
        case chroma422
        /// None.
        case chroma444
    }

    /// Encodes a picture as a baseline JPEG. Cost: about 0.3 ms for 256×256.
    ///
    /// - Parameters:
    ///   - quality: 1…100, in libjpeg's sense.
    ///   - subsampling: ignored for grey pictures.
    public static func encode(
        _ image: Image, quality: Int, subsampling: Subsampling = .chroma420
    ) throws(ImagingError) -> [UInt8] {
        guard (1...100).contains(quality) else { throw .badQuality(quality) }
        let sampling =
            switch subsampling {
            case _ where image.channels == 1: TJSAMP_GRAY
            case .chroma420: TJSAMP_420
            case .chroma422: TJSAMP_422
            case .chroma444: TJSAMP_444
            }
        guard ImageLimits.allow(width: image.width, height: image.height),
            let handle = tjInitCompress()
        else { throw .encodingFailed(format: "JPEG", reason: "\(image.width)×\(image.height) pixels") }
        defer { tjDestroy(handle) }

        let capacity = Int(tjBufSize(Int32(image.width), Int32(image.height), Int32(sampling.rawValue)))
        var failure: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var target: UnsafeMutablePointer<UInt8>? = buffer.baseAddress
            var size = UInt(capacity)
            let code = image.pixels.withUnsafeBufferPointer { pixels in
                tjCompress2(
                    handle, pixels.baseAddress, Int32(image.width), 0, Int32(image.height),
                    pixelFormat(channels: image.channels), &target, &size,
                    Int32(sampling.rawValue), Int32(quality), TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT)
            }
            if code != 0 { failure = message(of: handle) }
            count = code == 0 ? Int(size) : 0
        }
        if let failure { throw .encodingFailed(format: "JPEG", reason: failure) }
        return bytes
    }

    /// Decodes a JPEG. A warning of the library (data cut short or damaged) is an error here:
    /// what it leaves is half a picture.
    ///
    /// - Parameter channels: 3 for RGB (grey files are spread), 1 for luminance.
    public static func decode(_ bytes: [UInt8], channels: Int = 3) throws(ImagingError) -> Image {
        precondition(channels == 1 || channels == 3, "JPEG: \(channels) channels")
        guard let handle = tjInitDecompress() else {
            throw .malformed(format: "JPEG", reason: "no memory for a decoder")
        }
        defer { tjDestroy(handle) }

        var (width, height, sampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let header = bytes.withUnsafeBufferPointer {
            tjDecompressHeader3(
                handle, $0.baseAddress, UInt($0.count), &width, &height, &sampling, &space)
        }
        guard header == 0 else { throw .malformed(format: "JPEG", reason: message(of: handle)) }
        guard width > 0 && height > 0 else { throw .malformed(format: "JPEG", reason: "its header has no size") }
        guard ImageLimits.allow(width: Int(width), height: Int(height)) else {
            throw .tooLarge(format: "JPEG", width: Int(width), height: Int(height))
        }

        let size = Int(width) * Int(height) * channels
        var failure: String?
        let pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let code = bytes.withUnsafeBufferPointer {
                tjDecompress2(
                    handle, $0.baseAddress, UInt($0.count), buffer.baseAddress, width, 0, height,
                    pixelFormat(channels: channels),
                    TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)
            }
            if code != 0 { failure = message(of: handle) }
            count = code == 0 ? size : 0
        }
        if let failure { throw .malformed(format: "JPEG", reason: failure) }
        return Image(width: Int(width), height: Int(height), channels: channels, pixels: pixels)
    }

    private static func pixelFormat(channels: Int) -> Int32 {
        Int32((channels == 1 ? TJPF_GRAY : TJPF_RGB).rawValue)
    }

    private static func message(of handle: tjhandle) -> String {
        String(cString: tjGetErrorStr2(handle))
    }
}
