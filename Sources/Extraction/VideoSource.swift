// VideoSource.swift — chosen frames of a video, decoded one after the other by FFmpeg.

#if BLENDWAY_EXTRACT
import CFFmpeg
import Imaging

/// Frames of a video, evenly over its length. Those between are decoded too, since a frame builds on
/// the ones before it, but not converted.
final class VideoSource: PictureSource {
    let path: String
    private let video: OpaquePointer
    /// Frames that the file promises; 0 when it doesn't say.
    private let promised: Int
    /// Numbers of the frames wanted, ascending; nil takes all.
    private let wanted: [Int]?
    private var place = 0
    private var index = -1
    private var isAtEnd = false

    /// - Throws: `ExtractionError.unreadable`.
    init(_ path: String, frames: Int?) throws {
        var error = [CChar](repeating: 0, count: 256)
        guard let video = bw_video_open(path, Int64(ImageLimits.pixels), &error) else {
            throw ExtractionError.unreadable(path: path, reason: Self.text(error))
        }
        self.path = path
        self.video = video
        let promised = Int(bw_video_frame_count(video))
        self.promised = promised
        if let frames, frames > 0, promised > frames {
            wanted = (0..<frames).map { $0 * promised / frames }
        } else {
            wanted = nil
        }
    }

    deinit { bw_video_close(video) }

    func next() throws -> SourcePicture? {
        if isAtEnd || wanted.map({ place == $0.count }) ?? false { return nil }
        var error = [CChar](repeating: 0, count: 256)
        while true {
            let code = bw_video_next(video, &error)
            if code == 0 {
                isAtEnd = true
                if let wanted, place < wanted.count, index + 1 < promised {
                    throw ExtractionError.badFrame(
                        path: path, after: index + 1, reason: "it ends, though \(promised) are promised")
                }
                return nil
            }
            index += 1
            if code < 0 {
                throw ExtractionError.badFrame(path: path, after: index, reason: Self.text(error))
            }
            if let wanted {
                guard index >= wanted[place] else { continue }
                place += 1
            }
            return try picture()
        }
    }

    private func picture() throws -> SourcePicture {
        let (width, height) = (Int(bw_video_width(video)), Int(bw_video_height(video)))
        guard ImageLimits.allow(width: width, height: height) else {
            throw ExtractionError.badFrame(path: path, after: index, reason: "one has \(width)×\(height) pixels")
        }
        var error = [CChar](repeating: 0, count: 256)
        var code: Int32 = 0
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            code = bw_video_rgb(video, buffer.baseAddress!, &error)
            count = code == 0 ? width * height * 3 : 0
        }
        guard code == 0 else {
            throw ExtractionError.badFrame(path: path, after: index, reason: Self.text(error))
        }
        return SourcePicture(
            image: Image(width: width, height: height, pixels: pixels), index: index,
            seconds: bw_video_seconds(video))
    }

    static func text(_ error: [CChar]) -> String {
        String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
#endif
