// FoundFace.swift — one face of a picture: where it was, and its aligned crop.

import Imaging

/// A detected face's place in the picture, in pixels; right and bottom belong to it.
public struct FaceBox: Equatable, Sendable {
    public var left: Int
    public var top: Int
    public var right: Int
    public var bottom: Int

    public init(left: Int, top: Int, right: Int, bottom: Int) {
        (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
    }

    public var area: Int { (right - left + 1) * (bottom - top + 1) }
}

/// A face that was found and cut out.
public struct FoundFace: Sendable {
    /// RGB, square, aligned by five landmarks.
    public var crop: Image
    /// 68 or 81, in pixels of the crop.
    public var landmarks: Landmarks
    /// In the picture.
    public var box: FaceBox
    /// dlib's score above its threshold; larger is surer.
    public var confidence: Double
    /// 0 for the largest face of the picture, then by size.
    public var rank: Int
    /// How many faces the picture had.
    public var among: Int
    /// The share of the crop that lies outside the picture, and so is black.
    public var outside: Double
}
