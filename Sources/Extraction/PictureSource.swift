// PictureSource.swift — photos and videos as one thing: pictures that come one after the other.

import ForeignFiles
import Imaging

/// One picture of a source.
public struct SourcePicture: Sendable {
    /// RGB.
    public var image: Image
    /// The frame's number in its video; 0 for a photo.
    public var index: Int
    /// Since the video's beginning; −1 when unknown.
    public var seconds: Double
}

/// The pictures of one file. For one thread; memory is bounded by a frame.
public protocol PictureSource: AnyObject {
    var path: String { get }
    /// The next picture; nil at the end.
    /// - Throws: `ExtractionError.badFrame`, after which one may go on; others end the source.
    func next() throws -> SourcePicture?
}

public enum PictureSources {
    /// Opens a photo (in any format that module Imaging reads) or a video (what FFmpeg decodes), by its contents.
    /// - Parameter choice: the frames of a video.
    /// - Throws: `ExtractionError.unreadable`, `.notBuiltIn` for videos.
    public static func open(_ path: String, choosing choice: FrameChoice) throws -> any PictureSource {
        let kind = FileKind.of(path)
        switch kind.group {
        case .picture: return PhotoSource(path)
        // FFmpeg knows more kinds of films than have a beginning of their own.
        case .film, .unknown:
            #if BLENDWAY_EXTRACT
            return try VideoSource(path, choosing: choice)
            #else
            throw ExtractionError.notBuiltIn(what: "reading the video \(path)")
            #endif
        default: throw ExtractionError.unreadable(path: path, reason: kind.sentence)
        }
    }

    /// So many frames of a video, evenly over its length; nil takes all.
    public static func open(_ path: String, frames: Int?) throws -> any PictureSource {
        try open(path, choosing: frames.map(FrameChoice.evenly) ?? .all)
    }

    /// Frames that a video shows; 1 for a photo. Reads the file without decoding it.
    /// - Throws: as `open`.
    static func frameCount(_ path: String) throws -> Int {
        let source = try open(path, choosing: .numbers([]))
        #if BLENDWAY_EXTRACT
        if let film = source as? VideoSource { return film.count }
        #endif
        return 1
    }
}
