// NPYTests.swift — landmarks from .npy files, and what is no such file.

import Foundation
import Imaging
import Testing

@Suite struct NPYTests {
    /// A file as NumPy writes it.
    private func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
        let text = Array(header.utf8)
        let length = version == 1 ? [UInt8(text.count & 255), UInt8(text.count >> 8)] : [UInt8(text.count & 255), UInt8(text.count >> 8), 0, 0]
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + data
    }

    private func header(_ type: String, _ shape: String, fortran: Bool = false) -> String {
        "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
    }

    @Test func landmarksComeBackAsTheyWere() throws {
        for count in [68, 81] {
            let landmarks = Landmarks(points: (0..<count).map { .init(x: Float($0) * 1.25 - 3, y: 1 / Float($0 + 1)) })
            let bytes = NPY.encode(landmarks)
            #expect((10 + Int(bytes[8]) + Int(bytes[9]) << 8) % 64 == 0)
            let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).npy").path
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            #expect(try NPY.readLandmarks(path) == landmarks)
        }
    }

    @Test func everyPlainTypeIsRead() throws {
        func values(_ type: String, _ data: [UInt8], version: UInt8 = 1) throws -> [Double] {
            try NPY(file(header(type, "(2,)"), data, version: version)).values
        }
        #expect(try values("<f4", [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC1]) == [1, -10])
        #expect(try values(">f8", [0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0xC0, 0x24, 0, 0, 0, 0, 0, 0]) == [1, -10])
        #expect(try values("<i2", [1, 0, 0xFE, 0xFF], version: 2) == [1, -2])
        #expect(try values(">i4", [0, 0, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF], version: 3) == [256, -1])
        #expect(try values("<i8", [7, 0, 0, 0, 0, 0, 0, 0] + Array(repeating: 0xFF, count: 8)) == [7, -1])
        #expect(try values("|u1", [200, 3]) == [200, 3])
    }

    @Test func fortransOrderIsTurned() throws {
        let array = try NPY(file(header("|i1", "(3, 2)", fortran: true), [1, 2, 3, 4, 5, 6]))
        #expect(array.shape == [3, 2] && array.values == [1, 4, 2, 5, 3, 6])
    }

    @Test(arguments: [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 3, "3 bytes of data"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 5, "5 bytes of data"),
        ("{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", 4, "'<f2'"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 4, "'|O'"),
        ("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4, "structures"),
        ("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }", 4, "header"),
        ("{'descr': '<f4', 'shape': (1,), }", 4, "header"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4, "header"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 4, "header"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 4, "no landmarks"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 2}", 4, "header"),
        ("nonsense", 4, "header"), ("", 0, "header"), ("{", 0, "header"),
    ])
    func whatIsNoPlainArrayIsRefusedWithTheReason(header: String, bytes: Int, part: String) {
        let error = #expect(throws: ImagingError.self) { try NPY(file(header, Array(repeating: 0, count: bytes))) }
        #expect(error?.description.contains(part) == true && error?.description.contains("numpy.save") == true, "\(error as Any)")
    }

    @Test func aFileCutAnywhereIsRefused() {
        let bytes = NPY.encode(Landmarks(points: Array(repeating: .init(x: 1, y: 2), count: 68)))
        for length in 0..<bytes.count {
            #expect(throws: ImagingError.self) { try NPY(Array(bytes[..<length])) }
        }
        var flipped = bytes
        // Any header that is damaged throws or is read; nothing crashes.
        for place in 0..<128 {
            for bit in 0..<8 {
                flipped[place] ^= 1 << bit
                _ = try? NPY(flipped)
                flipped[place] ^= 1 << bit
            }
        }
    }

    @Test func otherShapesThanLandmarksAreNamed() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).npy").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (shape, count) in [("(67, 2)", 134), ("(1, 68, 2)", 136), ("(68, 3)", 204), ("(136,)", 136), ("()", 1)] {
            try Data(file(header("<f4", shape), Array(repeating: 0, count: 4 * count))).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: ImagingError.self) { try NPY.readLandmarks(path) }
            #expect(error?.description.contains(path) == true && error?.description.contains("its shape is [") == true)
        }
        #expect(throws: ImagingError.self) { try NPY.readLandmarks(path + ".missing") }
    }
}
