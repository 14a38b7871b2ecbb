// NumpyArray+Landmarks.swift — one face's landmarks from and to a .npy file.

import Imaging

extension NumpyArray {
    /// Reads a file of 68 or 81 landmarks, x and y in pixels.
    /// - Throws: `ImportError.unreadable` with what is wrong with the file, the shape or a number.
    public static func readLandmarks(_ path: String) throws -> Landmarks {
        let array = try read(path)
        do {
            let values = try LandmarkValues.points(array)
            return Landmarks(
                points: stride(from: 0, to: values.count, by: 2).map { .init(x: values[$0], y: values[$0 + 1]) })
        } catch let problem as Problem {
            throw ImportError.unreadable(path: path, reason: problem.text)
        }
    }

    /// Landmarks as the bytes of a .npy file, float32 [L, 2].
    public static func encode(_ landmarks: Landmarks) -> [UInt8] {
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(landmarks.points.count), 2), }"
        // Data begin at a multiple of 64.
        while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
        header += "\n"
        let length = header.utf8.count
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
        bytes += Array(header.utf8)
        for point in landmarks.points {
            for value in [point.x, point.y] {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
            }
        }
        return bytes
    }
}
