// HDF5Tests.swift — typed HDF5: what is written is read, whole, by rows and by others.

import Foundation
import Store
import Testing

@Suite struct HDF5Tests {
    let folder = TemporaryFolder()

    private func create(_ body: (HDF5Group) throws -> Void) throws -> String {
        let path = folder.file("\(UUID().uuidString).h5")
        let file = try HDF5File.create(path)
        try body(file.root)
        try file.close()
        return path
    }

    private func roundTrip<Element: HDF5Element & Equatable>(_ values: [Element], layout: HDF5Layout) throws {
        let path = try create { try $0.write(values, to: "x", shape: [values.count / 2, 2], layout: layout) }
        let dataset = try HDF5File.open(path).root.dataset("x")
        #expect(dataset.shape == [values.count / 2, 2])
        #expect(dataset.elementType == Element.hdf5Type)
        #expect(try dataset.read(as: Element.self) == values)
        #expect(try dataset.readRows(1..<3, as: Element.self) == Array(values[2..<6]))
        var row = [values[0], values[0]]
        try row.withUnsafeMutableBufferPointer { try dataset.readRow(2, into: $0) }
        #expect(row == Array(values[4..<6]))
    }

    @Test(arguments: [
        HDF5Layout(),
        HDF5Layout(chunk: [2, 2]),
        HDF5Layout(chunk: [3, 1], deflate: 6, shuffle: true, fletcher32: true),
    ])
    func everyNumberTypeComesBackWholeAndByRows(layout: HDF5Layout) throws {
        try roundTrip([UInt8](0..<8) + [255, 254], layout: layout)
        try roundTrip([Int32.min, .max, -1, 0, 1, 2, 3, 4], layout: layout)
        try roundTrip([Int64.min, .max, -1, 0, 1, 2, 3, 4], layout: layout)
        try roundTrip([Float.infinity, -0.1, .leastNonzeroMagnitude, 0, 1, 2, 3, 4], layout: layout)
        try roundTrip([Double.infinity, -0.1, .leastNonzeroMagnitude, 0, 1, 2, 3, 4], layout: layout)
    }

    @Test(arguments: [false, true])
    func stringsOfAnyLengthAndScriptComeBack(isVariable: Bool) throws {
        let strings = ["", "a", "Größe", "测试 🙂", String(repeating: "x", count: 1000)]
        let path = try create {
            try $0.writeStrings(strings, to: "s", isVariable: isVariable)
            try $0.writeStrings(["one"], to: "single", shape: [], isVariable: isVariable)
        }
        let root = try HDF5File.open(path).root
        #expect(try root.dataset("s").readStrings() == strings)
        #expect(try root.dataset("single").readStrings() == ["one"])
        #expect(try root.dataset("single").shape == [])
    }

    @Test func aStringWithANulIsRefused() {
        let error = storeError { _ = try create { try $0.writeStrings(["a\0b"], to: "s") } }
        #expect("\(error!)".contains("NUL"))
    }

    @Test func attributesOfEveryKindComeBack() throws {
        let values: [String: HDF5Value] = [
            "string": .string("Größe"), "empty": .string(""), "integer": .integer(.min), "real": .real(0.1),
            "strings": .strings(["a", "", "测试"]), "integers": .integers([1, -2, .max]), "reals": .reals([1.5, -.infinity]),
            "none": .integers([]), "large": .string(String(repeating: "y", count: 200_000)),
        ]
        let path = try create { root in
            for (name, value) in values { try root.attributes.set(name, value) }
            try root.makeGroup("a/b").attributes.set("deep", .integer(1))
        }
        let root = try HDF5File.open(path).root
        #expect(try root.attributes.names() == values.keys.sorted())
        for (name, value) in values { #expect(try root.attributes.value(name) == value) }
        #expect(try root.group("a").group("b").attributes.integer("deep") == 1)
        #expect(try root.attributes.value("absent") == nil)
    }

    @Test func rowsAreAppended() throws {
        let path = try create { root in
            let dataset = try root.makeDataset(
                "x", .int32, shape: [0, 3], layout: HDF5Layout(chunk: [2, 3], fletcher32: true, isExtendible: true))
            for row in 0..<5 { try dataset.append([Int32](repeating: Int32(row), count: 3)) }
            try dataset.append([Int32](repeating: 9, count: 6))
        }
        let dataset = try HDF5File.open(path).root.dataset("x")
        #expect(dataset.shape == [7, 3])
        #expect(try dataset.read(as: Int32.self) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 9, 9, 9, 9, 9, 9])
    }

    @Test func groupsListTheirNamesAndKinds() throws {
        let path = try create { root in
            try root.makeGroup("b/c")
            try root.write([Float(1)], to: "a")
        }
        let root = try HDF5File.open(path).root
        #expect(try root.names() == ["a", "b"])
        #expect(try root.kind(of: "a") == .dataset)
        #expect(try root.kind(of: "b/c") == .group)
        #expect(try root.kind(of: "b/x/y") == nil)
    }

    @Test func narrowTypesWidenAndWideOnesAreRefused() throws {
        let path = try create { root in
            try root.write([UInt8(200), 1], to: "bytes")
            try root.write([Int64.max], to: "wide")
            try root.write([0.1], to: "double")
        }
        let root = try HDF5File.open(path).root
        #expect(try root.dataset("bytes").read(as: Int64.self) == [200, 1])
        #expect(
            storeError { _ = try root.dataset("wide").read(as: Int32.self) }
                == .typeMismatch(file: path, object: "/wide", expected: "int32", found: "int64"))
        #expect(
            storeError { _ = try root.dataset("double").read(as: Float.self) }
                == .typeMismatch(file: path, object: "/double", expected: "float32", found: "float64"))
        #expect(
            storeError { _ = try root.dataset("double").readStrings() }
                == .typeMismatch(file: path, object: "/double", expected: "string", found: "float64"))
    }

    @Test func missingAndWrongObjectsAreNamed() throws {
        let path = try create { try $0.write([Float(1)], to: "a") }
        let root = try HDF5File.open(path).root
        #expect(storeError { _ = try root.dataset("x/y") } == .missingObject(file: path, object: "/x/y"))
        #expect(
            storeError { _ = try root.group("a") }
                == .typeMismatch(file: path, object: "/a", expected: "a group", found: "another object"))
        #expect(storeError { _ = try root.attributes.string("t") } == .missingObject(file: path, object: "/@t"))
        #expect(
            storeError { try root.dataset("a").requireShape([2]) }
                == .shapeMismatch(file: path, object: "/a", expected: "[2]", found: "[1]"))
    }

    @Test func threadsShareOneOpenFile() async throws {
        let rows = 64
        let values = (0..<rows * 100).map { Int32($0) }
        let path = try create {
            try $0.write(values, to: "x", shape: [rows, 100], layout: HDF5Layout(chunk: [1, 100], deflate: 1))
        }
        let dataset = try HDF5File.open(path).root.dataset("x")
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<4 {
                group.addTask {
                    var row = [Int32](repeating: 0, count: 100)
                    for step in 0..<200 {
                        let wanted = (step * 7 + task * 13) % rows
                        try row.withUnsafeMutableBufferPointer { try dataset.readRow(wanted, into: $0) }
                        if row != Array(values[wanted * 100..<(wanted + 1) * 100]) { return false }
                        // Errors of one thread must not reach another's.
                        if step % 20 == task { _ = try? HDF5File.open(path).root.dataset("absent") }
                    }
                    return true
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test(.enabled(if: Tool.find("h5dump") != nil, "h5dump (hdf5-tools) is not installed"))
    func h5dumpReadsNumbersStringsAndAttributes() throws {
        let path = try create { root in
            try root.write([Int32(11), -12], to: "numbers", layout: HDF5Layout(chunk: [2], deflate: 4, fletcher32: true))
            try root.writeStrings(["alpha", "b"], to: "fixed")
            try root.writeStrings(["gamma"], to: "variable", isVariable: true)
            try root.attributes.set("title", .string("hello"))
        }
        let (status, output) = Tool.run(Tool.find("h5dump")!, [path])
        #expect(status == 0)
        for text in ["11, -12", "\"alpha", "\"gamma\"", "\"hello\"", "H5T_CSET_UTF8"] {
            #expect(output.contains(text), "h5dump does not show \(text)")
        }
    }
}
