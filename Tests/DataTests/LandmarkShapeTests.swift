// LandmarkShapeTests.swift — landmarks that can't be a face, and faces that must pass: tilted, from the side.

import Data
import Foundation
import TestSupport
import Testing

@Suite struct LandmarkShapeTests {
    private typealias Points = [(x: Double, y: Double)]

    /// Exact landmarks of people of the built-in world, and a drawn face.
    private static let faces: [[Float]] = [68, 81].flatMap { count in
        (0..<5).map { PublishedLayout.face(count, size: 256, turn: Double($0)).map(Float.init) }
    }

    private func changed(_ face: [Float], _ change: (Points) -> Points) -> [Float] {
        let points = stride(from: 0, to: face.count, by: 2).map { (x: Double(face[$0]), y: Double(face[$0 + 1])) }
        return change(points).flatMap { [Float($0.x), Float($0.y)] }
    }

    private func turned(_ face: [Float], by degrees: Double) -> [Float] {
        let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        return changed(face) { $0.map { (128 + ($0.x - 128) * c - ($0.y - 128) * s, 128 + ($0.x - 128) * s + ($0.y - 128) * c) } }
    }

    @Test(arguments: [-60, -45, -20, 0, 20, 45, 60]) func aTiltedHeadIsAFace(degrees: Double) {
        for face in Self.faces { #expect(LandmarkShape.problem(turned(face, by: degrees)) == nil) }
    }

    /// Seen from the side a face keeps its heights and loses its width, and one half covers the other.
    @Test(arguments: [0.6, 0.4, 0.25]) func aHeadThatIsTurnedAwayIsAFace(width: Double) {
        for face in Self.faces {
            for side in [-1.0, 1.0] {
                let narrow = changed(face) {
                    $0.map { point in
                        // What lies in the middle of the face stands out of it.
                        let depth = 1 - pow((point.x - 128) / 90, 2)
                        return (128 + (point.x - 128) * width + side * 40 * (1 - width) * depth, point.y)
                    }
                }
                #expect(LandmarkShape.problem(narrow) == nil, "\(width) \(side)")
            }
        }
    }

    @Test func exchangedAxesAndSidesAreNamed() {
        for face in Self.faces {
            #expect(LandmarkShape.problem(changed(face) { $0.map { ($0.y, $0.x) } }) == .exchanged)
            #expect(LandmarkShape.problem(changed(face) { $0.map { (255 - $0.x, $0.y) } }) == .mirrored)
            #expect(LandmarkShape.problem(changed(face) { $0.map { ($0.x, 255 - $0.y) } }) == .flipped)
            #expect(LandmarkShape.problem(turned(face, by: 180)) == .upsideDown)
            #expect(LandmarkShape.problem(turned(face, by: 90)) == .turned)
            #expect(LandmarkShape.problem(turned(face, by: -90)) == .turned)
        }
    }

    /// Orders that other tools write: shifted by one, backwards, parts in another order, none at all.
    @Test(arguments: ["next", "previous", "backwards", "eyes first", "brows and eyes exchanged", "jaw last", "shuffled", "by height"])
    func anotherOrderIsNamed(order: String) {
        for face in Self.faces {
            let odd = changed(face) { points in
                let (main, rest) = (Array(points.prefix(68)), Array(points.dropFirst(68)))
                switch order {
                case "next": return Array(points.dropFirst()) + [points[0]]
                case "previous": return [points.last!] + points.dropLast()
                case "backwards": return points.reversed()
                case "eyes first": return Array(main[36..<48] + main[..<36] + main[48...]) + rest
                case "brows and eyes exchanged":
                    return Array(main[..<17] + main[36..<46] + main[27..<36] + main[17..<27] + main[46...]) + rest
                case "jaw last": return Array(main[17...] + main[..<17]) + rest
                case "by height": return points.sorted { $0.y < $1.y }
                default: return main.indices.map { main[($0 * 29 + 11) % 68] } + rest
                }
            }
            #expect(LandmarkShape.problem(odd) != nil)
        }
    }

    @Test func numbersThatAreNoPointsAreNoFace() {
        for value: Float in [0, 7, .nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
            #expect(LandmarkShape.problem([Float](repeating: value, count: 136)) != nil)
        }
    }
}
