// NamedCrops.swift — plain folders of crops whose pictures say which moment they show, under any names: for
// tests of how frames are numbered and paired. The pictures are noise.

import Foundation
import Imaging

/// `real/anna/clip1`, `real/ben/clip2` and the fakes of both, `fake/swap/clip1_ben` and `fake/swap/clip2_anna`.
public struct NamedCrops {
    /// The name of a picture in a video's folder; nil where the video lacks the moment.
    public typealias Naming = (_ video: String, _ moment: Int) -> String?

    public static let videos = [
        "real/anna/clip1", "real/ben/clip2", "fake/swap/clip1_ben", "fake/swap/clip2_anna",
    ]

    public static func write(_ root: String, moments: Int = 12, size: Int = 32, real: Naming, fake: Naming) throws {
        for (number, video) in videos.enumerated() {
            let name = String(video.split(separator: "/").last!)
            for moment in 0..<moments {
                guard let file = video.hasPrefix("real") ? real(name, moment) : fake(name, moment) else { continue }
                try add("\(root)/\(video)/\(file)", moment: moment, video: number, size: size)
            }
        }
    }

    /// One picture with its landmarks beside it.
    public static func add(_ path: String, moment: Int, video: Int, size: Int = 32) throws {
        var picture = PublishedLayout.picture(size, seed: video * 1000 + moment)
        picture.pixels.replaceSubrange(0..<3, with: [UInt8(moment), UInt8(video), 77])
        try PublishedLayout.write(path, PNG.encode(picture))
        let stem = path.lastIndex(of: ".").map { String(path[..<$0]) } ?? path
        try PublishedLayout.write(
            stem + ".npy", PublishedLayout.npy(PublishedLayout.face(68, size: size, turn: Double(moment) / 50)))
    }

    /// The moment that a picture of this layout shows.
    public static func moment(of pixels: [UInt8]) -> Int { Int(pixels[0]) }
}
