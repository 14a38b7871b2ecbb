// ExtractionShard.swift — what was found in one photo or video, kept on the disk until all are done, so
// that a run that was stopped or killed goes on where it was.

import Data
import Foundation
import Imaging
import Store

/// The faces of one item. Two files: NNNNNN.faces with pixels and landmarks, and, written last,
/// NNNNNN.json, without which the other is nothing.
struct ExtractionShard: Codable {
    struct Face: Codable {
        /// The frame's number in the video.
        var frame: Int
        /// 0 for the largest of the frame.
        var rank: Int
        /// How many the frame had.
        var of: Int
        /// Which of the film's faces it is; 0 where one is taken of each frame.
        var track: Int
        /// Left, top, right, bottom in pixels of the frame.
        var box: [Int]
        var confidence: Double
        /// The share of the crop outside the frame, black.
        var outside: Double
    }

    /// What it was made of and how: another key means that it is made again.
    var key: String
    var width = 0
    var faces: [Face] = []
    var framesRead = 0
    var framesWithoutFace = 0
    /// Frames that were chosen and are damaged or missing.
    var framesLost = 0
    /// Frames at which another face was taken than before.
    var changes: [Int] = []
    var skipped: [SkippedFrame] = []
    /// Of NNNNNN.faces.
    var sha256 = ""

    /// The tracks, those with most faces first.
    var tracks: [Int] {
        var counts: [Int: Int] = [:]
        for face in faces { counts[face.track, default: 0] += 1 }
        return counts.keys.sorted { (counts[$1]!, $0) < (counts[$0]!, $1) }
    }

    /// Pixels and landmarks of one face.
    struct Content {
        var pixels: [UInt8]
        /// [L, 2]
        var landmarks: [Float]
    }

    private static func base(_ folder: String, _ item: Int) -> String {
        let digits = String(item)
        return folder + "/" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// Writes both files.
    mutating func write(_ contents: [Content], to folder: String, item: Int) throws {
        var bytes = Foundation.Data()
        for content in contents {
            bytes.append(contentsOf: content.pixels)
            content.landmarks.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        sha256 = bytes.withUnsafeBytes { SHA256.hash(of: $0) }
        let base = Self.base(folder, item)
        let file = "\(base).faces"
        try AtomicFile.write(to: file) { temporary in
            guard FileManager.default.createFile(atPath: temporary, contents: bytes) else {
                throw StoreError.diskFull(file: file)
            }
        }
        try AtomicFile.write(String(decoding: try JSONEncoder().encode(self), as: UTF8.self), to: "\(base).json")
    }

    /// The shard of an item, if it is there, whole, and made of the same.
    static func read(from folder: String, item: Int, key: String) -> ExtractionShard? {
        let base = base(folder, item)
        guard let text = FileManager.default.contents(atPath: "\(base).json"),
            let shard = try? JSONDecoder().decode(ExtractionShard.self, from: text), shard.key == key
        else { return nil }
        return shard
    }

    /// Reads pixels and landmarks.
    /// - Throws: `StoreError.corrupt` when they are not what was written.
    func contents(from folder: String, item: Int, landmarkCount: Int) throws -> [Content] {
        let file = "\(Self.base(folder, item)).faces"
        let pixels = width * width * 3
        let stride = pixels + landmarkCount * 8
        guard let bytes = FileManager.default.contents(atPath: file), bytes.count == stride * faces.count,
            bytes.withUnsafeBytes({ SHA256.hash(of: $0) }) == sha256
        else {
            throw StoreError.corrupt(
                file: file, object: "the faces of an item", detail: "not what was written; remove the folder \(folder)")
        }
        return faces.indices.map { place in
            let start = bytes.startIndex + place * stride
            let points = bytes[(start + pixels)..<(start + stride)]
            return Content(
                pixels: [UInt8](bytes[start..<(start + pixels)]),
                landmarks: [Float](unsafeUninitializedCapacity: landmarkCount * 2) { buffer, count in
                    _ = points.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
                    count = landmarkCount * 2
                })
        }
    }
}
