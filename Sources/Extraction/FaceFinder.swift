// FaceFinder.swift — from a picture to its faces: detect, align, crop, landmarks of the crop. The steps
// are those of the published preprocessing; how faces are detected is FaceDetector's matter.

import Imaging

/// Finds and cuts out faces. One for each thread; the model may be shared.
public final class FaceFinder {
    public let model: LandmarkModel
    /// Pixels of the crops' sides.
    public let size: Int
    /// How much more than the template a crop shows.
    public let scale: Double
    public var landmarkCount: Int { model.pointCount }
    private let detector: FaceDetector

    /// - Throws: `ExtractionError.badModel`, `.notBuiltIn`.
    public convenience init(landmarkModel path: String, size: Int = 256, scale: Double = 1.3) throws {
        try self.init(model: LandmarkModel(path), size: size, scale: scale)
    }

    /// - Throws: `ExtractionError.notBuiltIn`, `.detector`.
    public init(model: LandmarkModel, size: Int = 256, scale: Double = 1.3) throws {
        precondition(size >= 32 && scale >= 1, "FaceFinder: size \(size), scale \(scale)")
        self.model = model
        self.size = size
        self.scale = scale
        detector = try FaceDetector()
    }

    /// The faces of a picture, largest first; none is an empty array.
    ///
    /// A crop's landmarks come from a second detection, in the crop; where that finds nothing, from
    /// the first one's box. Faces whose landmarks allow no crop are left out.
    /// - Parameter all: false gives the largest one at most.
    /// - Throws: `ExtractionError.detector`.
    public func faces(in image: Image, all: Bool) throws -> [FoundFace] {
        try faces(in: image) { all ? Array($0.indices) : [0] }
    }

    /// The faces of a picture that are chosen; of the others, only the place is found.
    /// - Parameter choose: given the boxes, largest first and at least one, says which of them to cut out, by their
    ///   places; where the landmarks of one allow no crop, the next is taken.
    public func faces(in image: Image, choosing choose: ([FaceBox]) -> [Int]) throws -> [FoundFace] {
        #if BLENDWAY_EXTRACT
        precondition(image.channels == 3, "FaceFinder: \(image.channels) channels")
        // Of equally large ones the surer first: the detector's order is by confidence.
        let found = detector.faces(in: image, upsample: 1)
        guard !found.isEmpty else { return [] }
        let bySize = found.enumerated().sorted {
            ($1.element.box.area, $0.offset) < ($0.element.box.area, $1.offset)
        }.map(\.element)
        let chosen = choose(bySize.map(\.box))
        let faces = try chosen.compactMap { try face(in: image, bySize, rank: $0) }
        guard faces.isEmpty, chosen.count < bySize.count else { return faces }
        for rank in bySize.indices where !chosen.contains(rank) {
            if let face = try face(in: image, bySize, rank: rank) { return [face] }
        }
        return []
        #else
        throw ExtractionError.notBuiltIn(what: "finding faces")
        #endif
    }

    #if BLENDWAY_EXTRACT
    private func face(in image: Image, _ found: [FaceDetector.Detection], rank: Int) throws -> FoundFace? {
        let points = try model.points(in: image, box: found[rank].box)
        let five = FaceAlignment.points.map { (x: Double(points[$0].x), y: Double(points[$0].y)) }
        let template = FaceAlignment.template(size: size, scale: scale)
        guard let alignment = FaceAlignment(five, to: template) else { return nil }
        let crop = alignment.crop(image, size: size)
        let inCrop = detector.faces(in: crop, upsample: 1).first?.box ?? alignment(found[rank].box)
        return FoundFace(
            crop: crop, landmarks: Landmarks(points: try model.points(in: crop, box: inCrop)), box: found[rank].box,
            confidence: found[rank].confidence, rank: rank, among: found.count,
            outside: alignment.outside(width: image.width, height: image.height, size: size))
    }
    #endif
}

extension FaceAlignment {
    /// The upright box around a box that was turned.
    func callAsFunction(_ box: FaceBox) -> FaceBox {
        let centre = self(x: Double(box.left + box.right) / 2, y: Double(box.top + box.bottom) / 2)
        let half = Double(box.right - box.left) / 2 * (a * a + b * b).squareRoot()
        return FaceBox(
            left: Int((centre.x - half).rounded()), top: Int((centre.y - half).rounded()),
            right: Int((centre.x + half).rounded()), bottom: Int((centre.y + half).rounded()))
    }
}
