// DatasetTampering.swift — dataset files damaged and changed as disks and users' scripts do it.

import Foundation
import Store

public enum DatasetTampering {
    /// Flips a byte of each frame's stored pixels, so that its checksum is wrong. For files without deflate.
    public static func damage(_ frames: [Int], of path: String) throws {
        var bytes = try Data(contentsOf: URL(filePath: path))
        let file = try DatasetFile(path)
        for frame in frames {
            guard let place = bytes.range(of: Data(try file.readImage(frame))) else {
                throw StartFailure(description: "frame \(frame) of \(path) is not stored as it is")
            }
            bytes[place.lowerBound + 100] ^= 0xFF
        }
        try bytes.write(to: URL(filePath: path))
    }

    /// Writes other pixels over frames, with sound checksums, as a script with h5py would.
    public static func repaint(_ frames: [Int], of path: String) throws {
        let file = try HDF5File.change(path, reportedAs: path)
        let images = try file.root.group("frames").dataset("image")
        let bytes = images.shape.dropFirst().reduce(1, *)
        var pixels = try images.read(as: UInt8.self)
        for frame in frames {
            for place in frame * bytes..<(frame + 1) * bytes { pixels[place] ^= 1 }
        }
        try images.write(pixels)
        try file.close()
    }

    /// Makes a file as format 1.1 had it.
    public static func removeHashes(from path: String) throws {
        let file = try HDF5File.change(path, reportedAs: path)
        try file.root.group("frames").remove("hash")
        try file.close()
    }
}
