// FaceSource.swift — faces to be judged, one after the other, wherever they come from. Finding faces in
// photos and videos is module Extraction's; Launch joins the two.

import Data
import Imaging
import Store

/// A face's aligned crop and its place.
public struct SourceFace: Sendable {
    /// RGB, square, of any size.
    public var image: Image
    /// The file that it is from.
    public var file: String
    /// The frame's number in its video.
    public var frame: Int
    /// Among the faces of its frame, the largest being 0.
    public var rank: Int
    /// How many its frame has.
    public var among: Int
    /// Which of its video's faces it is, from frame to frame.
    public var track: Int
    /// The share of the crop that lies outside the picture, and so is black; 0 where that isn't known.
    public var outside: Double
    /// Left, top, right, bottom in the picture, if it was found there.
    public var box: [Int]?

    public init(
        image: Image, file: String, frame: Int, rank: Int = 0, among: Int = 1, track: Int = 0, outside: Double = 0,
        box: [Int]? = nil
    ) {
        self.image = image
        self.file = file
        self.frame = frame
        self.rank = rank
        self.among = among
        self.track = track
        self.outside = outside
        self.box = box
    }
}

/// The faces of one video, or of what counts as one. For one thread; memory is bounded by a frame.
public protocol FaceSource: AnyObject {
    /// What results call it.
    var video: String { get }
    /// The next face; nil at the end.
    func next() throws -> SourceFace?
}

/// The frames of one video of a dataset.
public final class DatasetFaces: FaceSource {
    public let video: String
    private let file: DatasetFile
    private var frames: ArraySlice<Int>

    private init(_ file: DatasetFile, video: Int, frames: [Int]) {
        self.file = file
        let row = file.videos[video]
        self.video = "\(file.path):\(row.method)/\(row.name)"
        self.frames = frames[...]
    }

    /// One source for each video of a dataset, in the file's order.
    /// - Throws: `StoreError`.
    public static func all(of path: String) throws -> [DatasetFaces] {
        let file = try DatasetFile(path)
        guard file.width == file.height else {
            throw TrainingError.imageSize(file: path, width: file.width, height: file.height)
        }
        var frames = [[Int]](repeating: [], count: file.videos.count)
        for frame in 0..<file.frameCount { frames[Int(file.frameVideos[frame])].append(frame) }
        return frames.indices.filter { !frames[$0].isEmpty }.map { DatasetFaces(file, video: $0, frames: frames[$0]) }
    }

    /// - Throws: `PredictionError.badFrame`; the next call goes on behind the bad frame.
    public func next() throws -> SourceFace? {
        guard let frame = frames.popFirst() else { return nil }
        let image: Image
        do {
            image = try FrameReader.read(frame, of: file, size: file.width).image
        } catch {
            throw PredictionError.badFrame(reason: "\(error)")
        }
        return SourceFace(image: image, file: file.path, frame: Int(file.frameIndices[frame]))
    }
}

/// Pictures that are aligned crops already.
public final class CropFaces: FaceSource {
    public let video: String
    private var paths: ArraySlice<String>
    private var place = 0

    /// - Parameter paths: PNG or JPEG files, in the video's order.
    public init(video: String, _ paths: [String]) {
        self.video = video
        self.paths = paths[...]
    }

    /// - Throws: `ImagingError`, `PredictionError.notACrop`; the next call goes on behind the bad picture.
    public func next() throws -> SourceFace? {
        guard let path = paths.popFirst() else { return nil }
        place += 1
        let image: Image
        do {
            image = try Image.read(path)
        } catch {
            throw PredictionError.unreadable(path: path, reason: "\(error)")
        }
        guard image.width == image.height else {
            throw PredictionError.notACrop(path: path, width: image.width, height: image.height)
        }
        return SourceFace(image: image, file: path, frame: place - 1)
    }
}
