// Landmarks.swift — facial landmarks as points in one picture's pixel coordinates.

/// 68 landmarks in the iBUG order, or 81: the same and 13 more along the forehead.
///
/// Coordinates are pixels of the picture they belong to; (0, 0) is the centre of its first pixel.
public struct Landmarks: Equatable, Sendable {
    public struct Point: Equatable, Sendable {
        public var x: Float
        public var y: Float
        @inlinable
        public init(x: Float, y: Float) {
            self.x = x
            self.y = y
        }
    }

    public var points: [Point]

    @inlinable
    public init(points: [Point]) {
        self.points = points
    }
}
