// NumpyArrayTests.swift — .npy files as NumPy writes them, and everything else refused.

import Data
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct NumpyArrayTests {
    /// Written by NumPy 2.2's `save`, byte for byte: int16 in Fortran order, and big-endian float32.
    @Test func arraysOfNumPyAreRead() throws {
        func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
            var text = Array(header.utf8)
            while (10 + text.count + 1) % 64 != 0 { text.append(0x20) }
            text.append(0x0A)
            return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(text.count), 0] + text + data
        }
        let fortran = file("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", [1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 0xFA, 0xFF])
        #expect(try NumpyArray.parse(fortran) == NumpyArray(shape: [2, 3], values: [1, 2, 3, 4, 5, -6]))
        let big = file("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", [0x3F, 0x80, 0, 0, 0xC0, 0x20, 0, 0])
        #expect(try NumpyArray.parse(big) == NumpyArray(shape: [2], values: [1, -2.5]))
        let half = file("{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }", [0x00, 0x3C, 0x00, 0xC2, 0x01, 0x00])
        #expect(try NumpyArray.parse(half).values == [1, -3, 0x1p-24])
        let single = file("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", [7])
        #expect(try NumpyArray.parse(single) == NumpyArray(shape: [], values: [7]))
    }

    @Test(arguments: [
        ("(999999999999, 2)", "more than"), ("(99999999999999999999, 2)", "header"), ("(3, 2)", "bytes of data"),
        ("(-2, 2)", "header"), ("(2, 2", "header"),
    ])
    func liesAboutTheShapeAreRefused(shape: String, reason: String) {
        let bytes = PublishedLayout.npy([1, 2, 3, 4], shape: shape)
        #expect { try NumpyArray.parse(bytes) } throws: { "\($0)".contains(reason) }
    }

    @Test(arguments: ["|O8", "<c8", "<U2", "f8", "<f16", "<x4", ""])
    func elementsThatAreNoNumbersAreRefused(type: String) {
        #expect(throws: NumpyArray.Problem.self) { try NumpyArray.parse(PublishedLayout.npy([1, 2], type: type)) }
    }

    @Test func landmarksComeBackAsTheyWere() throws {
        try withTemporaryFolder { folder in
            for count in [68, 81] {
                let landmarks = Landmarks(
                    points: (0..<count).map { .init(x: Float($0) * 1.25 - 3, y: 1 / Float($0 + 1)) })
                try Foundation.Data(NumpyArray.encode(landmarks)).write(to: URL(fileURLWithPath: "\(folder)/l.npy"))
                #expect(try NumpyArray.readLandmarks("\(folder)/l.npy") == landmarks)
            }
        }
    }

    @Test func everyFileThatIsCutShortIsRefused() throws {
        let bytes = PublishedLayout.npy([1, 2, 3, 4])
        for length in 0..<bytes.count {
            #expect(throws: NumpyArray.Problem.self) { try NumpyArray.parse(Array(bytes[..<length])) }
        }
        #expect(throws: NumpyArray.Problem.self) { try NumpyArray.parse(bytes + [0]) }
    }

    @Test func landmarksOfThePackedFormAreToldApartByTheirBits() throws {
        let whole = (0..<162).map { Int64($0 % 256) }
        let long = whole.withUnsafeBytes { [UInt8]($0) }
        #expect(try LandmarkValues.points(packed: long) == whole.map(Float.init))
        let short = whole.map(Int32.init).withUnsafeBytes { [UInt8]($0) }
        #expect(try LandmarkValues.points(packed: short) == whole.map(Float.init))
        let reals = (0..<136).map { Float($0) * 1.5 + 0.25 }
        #expect(try LandmarkValues.points(packed: reals.withUnsafeBytes { [UInt8]($0) }) == reals)
        let doubles = reals.map(Double.init)
        #expect(try LandmarkValues.points(packed: doubles.withUnsafeBytes { [UInt8]($0) }) == reals)
        #expect(throws: NumpyArray.Problem.self) { try LandmarkValues.points(packed: Array(long.dropLast())) }
        let wild = [Float](repeating: .infinity, count: 136)
        #expect(throws: NumpyArray.Problem.self) {
            try LandmarkValues.points(packed: wild.withUnsafeBytes { [UInt8]($0) })
        }
    }
}
