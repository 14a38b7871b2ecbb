// SyntheticFrame.swift — one finished frame of the built-in world.

import Imaging

/// An aligned face crop with its landmarks.
public struct SyntheticFrame: Equatable, Sendable {
    /// `size`×`size` RGB.
    public var image: Image
    /// 81 points: 68 in the iBUG order and 13 along the hairline from the picture's left to right.
    public var landmarks: Landmarks

    package init(image: Image, landmarks: Landmarks) {
        self.image = image
        self.landmarks = landmarks
    }
}
