// VideoSource.swift — chosen frames of a film, decoded one after the other by FFmpeg. Which frames are sound is
// CFFmpeg's part.

#if BLENDWAY_EXTRACT
import CFFmpeg
import Imaging

/// Frames of a film by their numbers. Those between are decoded too, since a frame builds on the ones before it, but
/// not converted; stretches from one key frame to another without a wanted frame are skipped.
///
/// Every number that was chosen gives either a picture or a `badFrame`.
final class VideoSource: PictureSource {
    let path: String
    /// Frames that the film shows.
    let count: Int
    private let video: OpaquePointer
    private let takesAll: Bool
    /// Numbers that were chosen, ascending, and which of them were given or told.
    private let chosen: [Int]
    private var isDone: [Bool]
    /// The first of `chosen` that isn't done.
    private var place = 0
    private var isAtEnd = false

    /// - Throws: `ExtractionError.unreadable`. Cost: reads the file once without decoding.
    init(_ path: String, choosing choice: FrameChoice) throws {
        var error = [CChar](repeating: 0, count: 256)
        guard let video = bw_video_open(path, Int64(ImageLimits.pixels), &error) else {
            throw ExtractionError.unreadable(path: path, reason: Self.text(error))
        }
        self.path = path
        self.video = video
        count = Int(bw_video_frame_count(video))
        takesAll = choice == .all
        chosen = choice.numbers(of: count)
        isDone = [Bool](repeating: false, count: chosen.count)
        bw_video_want(video, Int64(chosen.first ?? count))
    }

    deinit { bw_video_close(video) }

    func next() throws -> SourcePicture? {
        var error = [CChar](repeating: 0, count: 256)
        while !isAtEnd && (takesAll || place < chosen.count) {
            let code = bw_video_next(video, &error)
            if code == 0 {
                isAtEnd = true
                break
            }
            let number = Int(bw_video_number(video))
            guard finish(number) else { continue }
            if code < 0 { throw ExtractionError.badFrame(path: path, number: number, reason: Self.text(error)) }
            return try picture(number)
        }
        // What was chosen and never came.
        while place < chosen.count {
            let number = chosen[place]
            _ = finish(number)
            throw ExtractionError.badFrame(
                path: path, number: number,
                reason: number < count ? "the decoder gives no picture of it" : "the film has only \(count) frames")
        }
        return nil
    }

    /// Notes that a number was given or told; false when nobody asked for it.
    private func finish(_ number: Int) -> Bool {
        var (low, high) = (place, chosen.count)
        while low < high {
            let middle = (low + high) / 2
            if chosen[middle] < number { low = middle + 1 } else { high = middle }
        }
        // A film may give a little more than its packets promise.
        guard low < chosen.count, chosen[low] == number else { return takesAll && number >= count }
        guard !isDone[low] else { return false }
        isDone[low] = true
        while place < chosen.count, isDone[place] { place += 1 }
        bw_video_want(video, place < chosen.count ? Int64(chosen[place]) : .max)
        return true
    }

    private func picture(_ number: Int) throws -> SourcePicture {
        let (width, height) = (Int(bw_video_width(video)), Int(bw_video_height(video)))
        guard ImageLimits.allow(width: width, height: height) else {
            throw ExtractionError.badFrame(path: path, number: number, reason: "it has \(width)×\(height) pixels")
        }
        var error = [CChar](repeating: 0, count: 256)
        var code: Int32 = 0
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            code = bw_video_rgb(video, buffer.baseAddress!, &error)
            count = code == 0 ? width * height * 3 : 0
        }
        guard code == 0 else { throw ExtractionError.badFrame(path: path, number: number, reason: Self.text(error)) }
        return SourcePicture(
            image: Image(width: width, height: height, pixels: pixels), index: number,
            seconds: bw_video_seconds(video))
    }

    static func text(_ error: [CChar]) -> String {
        String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
#endif
