// PublishedLayout.swift — a small tree of frames, landmarks and lists as DeepfakeBench leaves it, for
// tests of importing. The pictures are noise; the landmarks are those of a drawn face.

import Foundation
import Imaging

/// A tree below a folder, with a list FF-DF.json beside it.
public struct PublishedLayout {
    public let root: String
    public let people: Int
    public let frames: Int
    public let size: Int
    public var list: String { "\(root)/FF-DF.json" }

    /// Writes `people` real videos, each with a fake that has the next person's face.
    public init(_ root: String, people: Int = 3, frames: Int = 12, size: Int = 32, landmarks: Int = 81) throws {
        (self.root, self.people, self.frames, self.size) = (root, people, frames, size)
        var videos: [String: [String: Any]] = ["FF-real": [:], "FF-DF": [:]]
        for person in 0..<people {
            let name = String(format: "%03d", person)
            let fake = name + String(format: "_%03d", (person + 1) % people)
            for (label, video, folder) in [
                ("FF-real", name, "original_sequences/youtube"), ("FF-DF", fake, "manipulated_sequences/Deepfakes"),
            ] {
                var paths: [String] = []
                for frame in 0..<frames {
                    let file = String(format: "%03d", frame * 3)
                    let place = "FaceForensics++/\(folder)/c23"
                    try Self.write(
                        "\(root)/\(place)/frames/\(video)/\(file).png", PNG.encode(Self.picture(size, seed: person * 100 + frame)))
                    try Self.write(
                        "\(root)/\(place)/landmarks/\(video)/\(file).npy",
                        Self.npy(Self.face(landmarks, size: size, turn: Double(person) + Double(frame) / 50)))
                    paths.append("\(place)/frames/\(video)/\(file).png".replacingOccurrences(of: "/", with: "\\"))
                }
                // The published lists are in the order of a folder's entries, which is none.
                videos[label]![video] = ["label": label, "frames": Array(paths.reversed())]
            }
        }
        let splits = videos.mapValues { ["train": ["c23": $0], "val": ["c23": [:]], "test": ["c23": [:]]] }
        let json = try JSONSerialization.data(withJSONObject: ["FF-DF": splits], options: .sortedKeys)
        try Self.write(list, [UInt8](json))
    }

    /// The picture of a frame, for comparing.
    public static func picture(_ size: Int, seed: Int) -> Image {
        var state = UInt64(truncatingIfNeeded: seed &+ 1) &* 0x9E37_79B9_7F4A_7C15
        var image = Image(width: size, height: size)
        for place in image.pixels.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            image.pixels[place] = UInt8(truncatingIfNeeded: state >> 56)
        }
        return image
    }

    /// 68 or 81 landmarks of a face drawn by arcs in the middle of the picture, x and y by turns.
    /// - Parameter turn: any number; the head is tilted by up to 11° with it.
    public static func face(_ count: Int, size: Int, turn: Double) -> [Double] {
        var points: [(x: Double, y: Double)] = []
        func arc(_ count: Int, _ x: Double, _ y: Double, _ rx: Double, _ ry: Double, _ from: Double, _ to: Double) {
            for i in 0..<count {
                let angle = (from + (to - from) * Double(i) / Double(count - 1)) * .pi
                points.append((x + rx * cos(angle), y + ry * sin(angle)))
            }
        }
        arc(17, 0, 0, 16, 20, 1, 0)  // jaw
        arc(5, -7, -6, 5, 2, 1, 2)  // brows
        arc(5, 7, -6, 5, 2, 1, 2)
        for i in 0..<4 { points.append((0, -3 + 2 * Double(i))) }  // nose
        arc(5, 0, 5, 4, 1.5, 1, 0)
        arc(6, -7, -2.5, 3, 1.5, 1, 2.7)  // eyes
        arc(6, 7, -2.5, 3, 1.5, 1, 2.7)
        arc(12, 0, 11, 7, 3, 1, 2.8)  // mouth
        arc(8, 0, 11, 5, 1.5, 1, 2.7)
        if count == 81 { arc(13, 0, -4, 15, 16, 1.02, 1.98) }  // forehead
        let tilt = 0.2 * sin(turn * 2)
        let (along, across, middle) = (cos(tilt) * Double(size) / 48, sin(tilt) * Double(size) / 48, Double(size) / 2)
        var values: [Double] = []
        for (x, y) in points {
            values.append(middle + x * along - y * across)
            values.append(middle + x * across + y * along)
        }
        return values
    }

    /// A .npy file of float64, [count / 2, 2] or as `shape` says.
    public static func npy(_ values: [Double], shape: String? = nil, type: String = "<f8") -> [UInt8] {
        let shape = shape ?? "(\(values.count / 2), 2)"
        var header = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }".utf8)
        while (10 + header.count + 1) % 64 != 0 { header.append(0x20) }
        header.append(0x0A)
        let start: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0]
        let length = [UInt8(header.count & 255), UInt8(header.count >> 8)]
        return start + length + header + values.withUnsafeBytes { [UInt8]($0) }
    }

    /// Writes a file and the folders above it.
    public static func write(_ path: String, _ bytes: [UInt8]) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Foundation.Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// The path of a frame's picture.
    public func frame(_ video: String, _ number: Int) -> String {
        let folder = video.contains("_") ? "manipulated_sequences/Deepfakes" : "original_sequences/youtube"
        return String(format: "\(root)/FaceForensics++/\(folder)/c23/frames/\(video)/%03d.png", number * 3)
    }

    public func landmarks(_ video: String, _ number: Int) -> String {
        frame(video, number).replacingOccurrences(of: "/frames/", with: "/landmarks/")
            .replacingOccurrences(of: ".png", with: ".npy")
    }
}
