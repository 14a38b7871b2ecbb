// FaceDetector.swift — where the faces of a picture are: dlib's trained frontal detector, computed by our
// own kernels. dlib's own computation, the plain twin, is in FaceDetector+Plain.swift.
//
// Note [Why the detector is computed anew]
// Nearly all the time of an extraction goes into this detector, and dlib's code for it knows no wider
// vectors than the compiler was allowed to use, which in Debian's build is SSE2. The filters and the
// rules (pyramid, thresholds, overlaps) are dlib's, so that the same faces are found; tests hold both
// against each other on photographs.

import CKernels
import Imaging

#if BLENDWAY_EXTRACT
import CDlib
#endif

/// Finds faces. For one thread; keeps its working memory, about 10 bytes a pixel of the largest
/// picture made twice as large.
package final class FaceDetector {
    package struct Detection: Equatable {
        package var box: FaceBox
        /// Score above the detector's threshold.
        package var confidence: Double
    }

    #if BLENDWAY_EXTRACT
    /// By plane, then by detector.
    private let filters: [bw_face_filter]
    private let thresholds: [Double]
    /// Two boxes are one face when their intersection is more than these shares of their union, or of
    /// one of them.
    private let overlap: Double
    private let covered: Double

    private var level: [UInt8] = []
    private var next: [UInt8] = []
    private var features: [Float] = []
    private var scores: [Float] = []
    private var scratch: [Float] = []
    #endif

    /// - Throws: `ExtractionError.notBuiltIn`, `.detector`. Cost: 0.4 s, the first time only.
    package init() throws {
        #if BLENDWAY_EXTRACT
        var found = [bw_dlib_filter](repeating: bw_dlib_filter(), count: 2048)
        var thresholds = [Double](repeating: 0, count: Int(bw_dlib_detectors))
        var error = [CChar](repeating: 0, count: 256)
        var (overlap, covered) = (0.0, 0.0)
        let count = bw_dlib_detector_filters(&found, Int32(found.count), &thresholds, &overlap, &covered, &error)
        guard count >= 0 else { throw ExtractionError.detector(reason: VideoSource.text(error)) }
        (self.thresholds, self.overlap, self.covered) = (thresholds, overlap, covered)
        filters = found.prefix(Int(count))
            .sorted { ($0.plane, $0.detector) < ($1.plane, $1.detector) }
            .map { bw_face_filter(detector: $0.detector, plane: $0.plane, row: $0.row, column: $0.column) }
        #else
        throw ExtractionError.notBuiltIn(what: "finding faces")
        #endif
    }

    #if BLENDWAY_EXTRACT
    /// Larger pictures aren't doubled: a face that would be missed is under 80 pixels of more than 4K.
    static let upsamplingLimit = 4096 * 2304

    /// The faces, surest first. Cost: 25 ns of a core for each pixel of the doubled picture.
    /// - Parameter upsample: how often the picture is doubled first; once finds faces of 40 pixels.
    package func faces(in image: Image, upsample: Int) -> [Detection] {
        var (width, height) = (image.width, image.height)
        let upsample = width * height > Self.upsamplingLimit ? 0 : upsample
        grow(&level, width * height * 3)
        image.pixels.withUnsafeBufferPointer { bw_face_planar($0.baseAddress, Int32(width), Int32(height), &level) }
        for _ in 0..<upsample { resize(&width, &height, to: (2 * width + 2, 2 * height + 1)) }

        var found: [(rect: FaceBox, confidence: Double)] = []
        let count = Self.levels(width: width, height: height)
        for number in 0..<count {
            scan(width, height, level: number, into: &found)
            if number + 1 < count { resize(&width, &height, to: (5 * width / 6, 5 * height / 6)) }
        }
        found.sort { $0.confidence > $1.confidence }
        var kept: [(rect: FaceBox, confidence: Double)] = []
        for candidate in found where !kept.contains(where: { isSame($0.rect, candidate.rect) }) { kept.append(candidate) }
        return kept.map { Detection(box: Self.down($0.rect, times: upsample), confidence: $0.confidence) }
    }

    // MARK: Pyramid

    private func grow<Element: AdditiveArithmetic>(_ array: inout [Element], _ count: Int) {
        if array.count < count { array = [Element](repeating: .zero, count: count) }
    }

    private func resize(_ width: inout Int, _ height: inout Int, to size: (width: Int, height: Int)) {
        grow(&next, size.width * size.height * 3)
        grow(&scratch, width + 1 + 2 * size.width)
        bw_face_resize(
            level, Int32(width), Int32(height), &next, Int32(size.width), Int32(size.height), &scratch)
        swap(&level, &next)
        (width, height) = size
    }

    /// Levels of the pyramid: until the frame, shrunk and rounded each time, is under 64 pixels.
    static func levels(width: Int, height: Int) -> Int {
        var rect = (left: 0, top: 0, right: width - 1, bottom: height - 1)
        var levels = 0
        repeat {
            func down(_ place: Int) -> Int { Int(((Double(place) - 0.3) * 5 / 6 + 0.5).rounded(.down)) }
            rect = (down(rect.left), down(rect.top), down(rect.right), down(rect.bottom))
            levels += 1
        } while rect.right - rect.left + 1 >= 64 && rect.bottom - rect.top + 1 >= 64
        return levels
    }

    /// Adds the places of one level where a detector's score reaches its threshold.
    private func scan(_ width: Int, _ height: Int, level number: Int, into found: inout [(rect: FaceBox, confidence: Double)]) {
        let (w, h) = (Int32(width), Int32(height))
        let (rows, columns) = (Int(bw_face_cells(h)), Int(bw_face_cells(w)))
        guard rows > 0, columns > 0 else { return }
        let stride = bw_face_stride(w)
        // A little more than is asked: vectors reach beyond the last row's end.
        grow(&features, bw_face_plane(w, h) * Int(bw_face_planes) + 256)
        grow(&scratch, max(bw_face_scratch(w, h), bw_face_score_scratch(Int32(filters.count))) + 256)
        grow(&scores, thresholds.count * rows * stride + 256)
        bw_face_features(level, w, h, &features, &scratch)
        bw_face_scores(
            features, w, h, filters, Int32(filters.count), Int32(thresholds.count), &scores, &scratch)
        for (detector, threshold) in thresholds.enumerated() {
            for row in 0..<rows {
                for column in 0..<columns {
                    let score = Double(scores[(detector * rows + row) * stride + column])
                    if score >= threshold {
                        found.append((Self.rect(row: row, column: column, level: number), score - threshold))
                    }
                }
            }
        }
    }

    // MARK: Boxes

    /// The window of 10×10 cells at a place of a level, in pixels of the lowest one.
    private static func rect(row: Int, column: Int, level: Int) -> FaceBox {
        // Middle of a cell; cells are counted from 3 outside the picture, behind a border of a pixel.
        func pixel(_ cell: Int) -> Int {
            let place = (cell - 3) * 8 + 1
            return place + (place >= 0 ? 4 : -4)
        }
        func up(_ place: Int) -> Int {
            var place = Double(place)
            for _ in 0..<level { place = place * 6 / 5 + 0.3 }
            return Int((place + 0.5).rounded(.down))
        }
        return FaceBox(
            left: up(pixel(column)), top: up(pixel(row)), right: up(pixel(column + 9)), bottom: up(pixel(row + 9)))
    }

    /// From the doubled picture to the one that was given.
    private static func down(_ box: FaceBox, times: Int) -> FaceBox {
        var (left, top, right, bottom) = (Double(box.left), Double(box.top), Double(box.right), Double(box.bottom))
        for _ in 0..<times {
            (left, right) = (left / 2 - 1.25, right / 2 - 1.25)
            (top, bottom) = (top / 2 - 0.75, bottom / 2 - 0.75)
        }
        func whole(_ place: Double) -> Int { Int((place + 0.5).rounded(.down)) }
        return FaceBox(left: whole(left), top: whole(top), right: whole(right), bottom: whole(bottom))
    }

    private func isSame(_ a: FaceBox, _ b: FaceBox) -> Bool {
        let width = min(a.right, b.right) - max(a.left, b.left) + 1
        let height = min(a.bottom, b.bottom) - max(a.top, b.top) + 1
        guard width > 0, height > 0 else { return false }
        let inner = Double(width * height)
        let around = FaceBox(
            left: min(a.left, b.left), top: min(a.top, b.top), right: max(a.right, b.right),
            bottom: max(a.bottom, b.bottom))
        return inner / Double(around.area) > overlap || inner / Double(a.area) > covered
            || inner / Double(b.area) > covered
    }
    #endif
}
