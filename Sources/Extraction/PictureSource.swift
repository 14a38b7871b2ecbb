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
    /// - Parameter frames: of a video, evenly over its length; nil takes all.
    /// - Throws: `ExtractionError.unreadable`, `.notBuiltIn` for videos.
    public static func open(_ path: String, frames: Int?) throws -> any PictureSource {
        let kind = FileKind.of(path)
        switch kind.group {
        case .picture: return PhotoSource(path)
        // FFmpeg knows more kinds of films than have a beginning of their own.
        case .film, .unknown:
            #if BLENDWAY_EXTRACT
            return try VideoSource(path, frames: frames)
            #else
            throw ExtractionError.notBuiltIn(what: "reading the video \(path)")
            #endif
        default: throw ExtractionError.unreadable(path: path, reason: kind.sentence)
        }
    }
}
