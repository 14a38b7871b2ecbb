// SafetensorsTests.swift — files that are sound, and files that lie.

import Foundation
import Interchange
import Store
import TestSupport
import Testing

/// A safetensors file from a header as text and the bytes behind it.
func safetensors(_ header: String, data: [UInt8], length: UInt64? = nil) -> [UInt8] {
    let head = Array(header.utf8)
    return withUnsafeBytes(of: (length ?? UInt64(head.count)).littleEndian) { Array($0) } + head + data
}

func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

@Suite struct SafetensorsTests {
    @Test func whatIsWrittenIsReadBitForBit() throws {
        try withTemporaryFolder { folder in
            let values: [Float] = [0, -0.0, 1.5, .leastNonzeroMagnitude, -.greatestFiniteMagnitude, 0.1]
            var writer = SafetensorsWriter()
            writer.metadata = ["made \"by\"": "a\\b\nc"]
            writer.add("b.weight", shape: [2, 3]) { values }
            writer.add("a/é", shape: [0, 4]) { [] }
            writer.add("scalar", shape: []) { [7] }
            writer.add("counter", -3)
            try writer.write(to: "\(folder)/w")
            let file = try SafetensorsFile("\(folder)/w")
            #expect(file.names == ["a/é", "b.weight", "counter", "scalar"])
            #expect(file.metadata == writer.metadata)
            #expect(file.shape(of: "b.weight") == [2, 3] && file.shape(of: "scalar") == [])
            #expect(try file.floats("b.weight").map(\.bitPattern) == values.map(\.bitPattern))
            #expect(try file.floats("a/é").isEmpty && file.floats("scalar") == [7])
            #expect(try file.integers("counter") == [-3])
            #expect(!file.isFloat("counter") && file.isFloat("scalar"))
            #expect(throws: InterchangeError.self) { try file.floats("counter") }
            #expect(throws: InterchangeError.missingTensor(file: file.path, name: "x")) { try file.floats("x") }
            // The same tensors, the same bytes.
            try writer.write(to: "\(folder)/again")
            #expect(FileManager.default.contentsEqual(atPath: "\(folder)/w", andPath: "\(folder)/again"))
        }
    }

    @Test func halvesAndDoublesBecomeFloats() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/w"
            // 1, −2, 2⁻²⁴, 65504, ∞ in half precision; 1.5 as bfloat16; 0.1 in double precision.
            let data: [UInt8] = [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0xFF, 0x7B, 0x00, 0x7C, 0xC0, 0x3F]
                + withUnsafeBytes(of: (0.1).bitPattern.littleEndian) { Array($0) }
            try write(
                safetensors(
                    """
                    {"h":{"dtype":"F16","shape":[5],"data_offsets":[0,10]}, "b":{"shape":[1],"dtype":"BF16",
                    "data_offsets":[10,12]},"d":{"dtype":"F64","shape":[],"data_offsets":[12,20]}}   
                    """, data: data), path)
            let file = try SafetensorsFile(path)
            #expect(try file.floats("h") == [1, -2, 0x1p-24, 65504, .infinity])
            #expect(try file.floats("b") == [1.5] && file.floats("d") == [Float(0.1)])
        }
    }

    static let lies: [(what: String, bytes: [UInt8])] = {
        let eight = [UInt8](repeating: 0, count: 8)
        func one(_ entry: String, _ data: [UInt8] = eight) -> [UInt8] { safetensors("{\"a\":{\(entry)}}", data: data) }
        let sound = "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"
        return [
            ("nothing", []), ("seven bytes", [1, 2, 3, 4, 5, 6, 7]),
            ("a header longer than the file", safetensors("{}", data: [], length: 3)),
            ("an absurd length", safetensors("{}", data: [], length: .max)),
            ("a length below the sign", safetensors("{}", data: [], length: 1 << 63)),
            ("no JSON", safetensors("hello", data: [])), ("an empty header", safetensors("", data: [])),
            ("a list", safetensors("[]", data: [])), ("text behind the end", safetensors("{} x", data: [])),
            ("no end", safetensors("{\"a\":{\(sound)}", data: eight)),
            ("half a string", safetensors("{\"a", data: [])), ("half a character", safetensors("{\"\\ud800\":1}", data: [])),
            ("a string that is no UTF-8", [3, 0, 0, 0, 0, 0, 0, 0] + [0x7B, 0x22, 0xFF]),
            ("the same name twice", safetensors("{\"a\":{\(sound)},\"a\":{\(sound)}}", data: eight)),
            ("the same key twice", one(sound + ",\"dtype\":\"F32\"")),
            ("an unknown key", one(sound + ",\"offset\":[0]")), ("no dtype", one("\"shape\":[2],\"data_offsets\":[0,8]")),
            ("an unknown dtype", one("\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]")),
            ("a size that is not the shape's", one("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]")),
            ("a negative size", one("\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]")),
            ("a fraction", one("\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]")),
            ("a shape that overflows", one("\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]")),
            ("a number that overflows", one("\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]")),
            ("offsets backwards", one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]")),
            ("offsets beyond the file", one("\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]")),
            ("three offsets", one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]")),
            ("bytes of nobody at the end", one(sound, eight + eight)),
            ("bytes of nobody before", one("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]")),
            ("tensors that overlap", safetensors(
                "{\"a\":{\(sound)},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", data: eight)),
            ("metadata of numbers", safetensors("{\"__metadata__\":{\"a\":1}}", data: [])),
        ]
    }()

    @Test(arguments: lies) func aFileThatLiesIsRefusedWithASentence(what: String, bytes: [UInt8]) throws {
        try withTemporaryFolder { folder in
            try write(bytes, "\(folder)/w.safetensors")
            let error = #expect(throws: InterchangeError.self, "\(what)") { try SafetensorsFile("\(folder)/w.safetensors") }
            let sentence = "\(error!)"
            #expect(sentence.contains("w.safetensors") && sentence.hasSuffix("."), "\(what): \(sentence)")
        }
    }

    @Test func whatIsNoFileIsRefused() throws {
        try withTemporaryFolder { folder in
            #expect(throws: StoreError.missing(file: "\(folder)/none")) { try SafetensorsFile("\(folder)/none") }
            #expect(throws: StoreError.notAFile(file: folder, kind: "a folder")) { try SafetensorsFile(folder) }
            #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
            #expect(throws: StoreError.notAFile(file: "\(folder)/pipe", kind: "a device or pipe")) {
                try SafetensorsFile("\(folder)/pipe")
            }
        }
    }
}
