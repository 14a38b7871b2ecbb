// LMDBStructureTests.swift — databases of every shape that liblmdb writes pass, and whatever would lead a
// look-up astray is refused by the page that is broken.

#if BLENDWAY_EXTRACT
import Data
import Extraction
import Foundation
import TestSupport
import Testing

@Suite struct LMDBStructureTests {
    private static func path(_ number: Int, length: Int) throws -> FramePath {
        let name = String(repeating: "k", count: max(0, length - 10))
        return try FramePath(listed: "D\\x\(name)\\\(String(format: "%05d", number))", root: "/mine")
    }

    private static func value(_ number: Int, size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number) }
    }

    private static func entries(_ paths: [FramePath], size: (Int) -> Int) -> [(key: [UInt8], value: [UInt8])] {
        paths.enumerated().map { (Array($1.parts.joined(separator: "\\").utf8), value($0, size: size($0))) }
    }

    @Test(arguments: [
        (0, 20, 10, 0), (1, 20, 0, 1), (3, 20, 20_000, 1), (40, 300, 10, 2), (90, 40, 1300, 2), (400, 300, 1300, 4),
        (300, 80, 6000, 2),
    ])
    func soundDatabasesPass(count: Int, length: Int, size: Int, depth: Int) throws {
        try withTemporaryFolder { folder in
            let paths = try (0..<count).map { try Self.path($0, length: length) }
            let written = try LMDBFiles.write(Self.entries(paths) { _ in size }, to: "\(folder)/x")
            #expect(written == depth)
            let frames = try LMDBFrames("\(folder)/x")
            for (number, path) in paths.enumerated() {
                #expect(try frames.picture(path) == Self.value(number, size: size))
            }
            #expect(throws: ImportError.self) { try frames.picture(Self.path(count, length: length)) }
        }
    }

    /// Pages that were given back: the tree has holes, and the file may end before what its head counts.
    @Test(arguments: [2, 5, 400]) func databasesOfWhichMuchWasRemovedPass(keepsEach: Int) throws {
        try withTemporaryFolder { folder in
            let paths = try (0..<400).map { try Self.path($0, length: 200) }
            let entries = Self.entries(paths) { [0, 100, 1300, 9000][$0 % 4] }
            let removed = entries.indices.filter { $0 % keepsEach != keepsEach - 1 || keepsEach == 400 }.map { entries[$0].key }
            try LMDBFiles.write(entries, removed: removed, to: "\(folder)/x")
            let frames = try LMDBFrames("\(folder)/x")
            for (number, path) in paths.enumerated() {
                let value = try? frames.picture(path)
                #expect(value == (removed.contains(entries[number].key) ? nil : entries[number].value), "\(number)")
            }
        }
    }

    /// A change to a database of two levels, whose leaves hold short values (even) and large ones (odd), and the
    /// page that the error has to name.
    struct Damage: Sendable, CustomTestStringConvertible {
        var what: String
        var change: @Sendable (inout LMDBBytes) -> Int
        var testDescription: String { what }
        init(_ what: String, _ change: @escaping @Sendable (inout LMDBBytes) -> Int) { (self.what, self.change) = (what, change) }

        /// A number of a leaf.
        static func leaf(_ what: String, _ size: Int, _ value: Int, _ place: @escaping @Sendable (LMDBBytes, Int) -> Int) -> Damage {
            Damage(what) { file in
                let leaf = file.leaf
                file.set(place(file, leaf), size, value)
                return leaf
            }
        }

        /// A number of the root.
        static func root(_ what: String, _ size: Int, _ value: Int, _ place: @escaping @Sendable (LMDBBytes, Int) -> Int) -> Damage {
            Damage(what) { file in
                let root = file.root
                file.set(place(file, root), size, value)
                return root
            }
        }

        /// A number of the newer meta page.
        static func meta(_ what: String, _ size: Int, _ value: Int, at offset: Int) -> Damage {
            Damage(what) { file in
                let meta = file.meta
                file.set(meta + offset, size, value)
                return meta / file.pageSize
            }
        }
    }

    static let damages: [Damage] = [
        .leaf("another number of its own", 8, 77) { $0.start($1) },
        .leaf("a leaf of keys only", 2, 0x22) { $0.start($1) + 10 },
        .leaf("a leaf that says it is a branch", 2, 1) { $0.start($1) + 10 },
        .leaf("a leaf that says it is no page at all", 2, 0) { $0.start($1) + 10 },
        .root("a branch that says it is a leaf", 2, 2) { $0.start($1) + 10 },
        .leaf("no room for the header", 2, 0) { $0.start($1) + 12 },
        .leaf("half a key", 2, 19) { $0.start($1) + 12 },
        .leaf("no keys", 2, 16) { $0.start($1) + 12 },
        .leaf("keys that run into the values", 2, 4096) { $0.start($1) + 12 },
        .leaf("values beyond the page", 2, 0xFFFF) { $0.start($1) + 14 },
        .root("a branch of one key", 2, 18) { $0.start($1) + 12 },
        .leaf("a node in the header", 2, 4) { $0.pointer($1, 0) },
        .leaf("a node at the page's last bytes", 2, 4094) { $0.pointer($1, 1) },
        .leaf("a node beyond the page", 2, 0xFFFE) { $0.pointer($1, 1) },
        .leaf("a node between two bytes", 2, 4001) { $0.pointer($1, 0) },
        .leaf("a key beyond the page", 2, 0xFFFF) { $0.node($1, 0) + 6 },
        .leaf("a value beyond the page", 2, 0xFFF0) { $0.node($1, 0) },
        .leaf("a value of four gigabytes", 4, 0xFFFF_FFFF) { $0.node($1, 0) },
        .leaf("a large value of four gigabytes", 4, 0xFFFF_FFFF) { $0.node($1, 1) },
        .leaf("a large value beyond the file", 8, 1 << 40) { $0.value($1, 1) },
        .leaf("a large value beyond all files", 8, -1) { $0.value($1, 1) },
        .leaf("a database in a value", 2, 2) { $0.node($1, 0) + 4 },
        .leaf("several values of a key", 2, 4) { $0.node($1, 0) + 4 },
        .leaf("a kind of value that isn't known", 2, 0x8001) { $0.node($1, 1) + 4 },
        .root("a branch's key beyond the page", 2, 0x0FFF) { $0.node($1, 1) + 6 },
        Damage("large values that begin on the last page") { file in
            let leaf = file.leaf
            file.set(file.value(leaf, 1), 8, file.pages - 1)
            return leaf
        },
        Damage("a child beyond the file") { file in
            let (root, pages) = (file.root, file.pages)
            file.set(file.node(root, 1), 4, pages)
            return pages
        },
        Damage("a child beyond all files") { file in
            let root = file.root
            file.set(file.node(root, 1), 6, -1)
            return 0xFFFF_FFFF_FFFF
        },
        Damage("a tree that bites its tail") { file in
            let root = file.root
            file.set(file.node(root, 1), 4, root)
            return root
        },
        Damage("a child of two places") { file in
            let root = file.root
            let first = file.child(root, 0)
            file.set(file.node(root, 1), 4, first)
            return first
        },
        Damage("keys out of order") { file in
            let leaf = file.leaf
            let (a, b) = (file.number(file.pointer(leaf, 0), 2), file.number(file.pointer(leaf, 2), 2))
            file.set(file.pointer(leaf, 0), 2, b)
            file.set(file.pointer(leaf, 2), 2, a)
            return leaf
        },
        Damage("leaves out of order") { file in
            let root = file.root
            let (a, b) = (file.child(root, 1), file.child(root, 2))
            file.set(file.node(root, 1), 4, b)
            file.set(file.node(root, 2), 4, a)
            return root
        },
        .meta("a root beyond the file", 8, 99_999, at: 128),
        .meta("a root that is a meta page", 8, 0, at: 128),
        .meta("no root", 8, -1, at: 128),
        .meta("too few levels", 2, 1, at: 94), .meta("too many levels", 2, 3, at: 94),
        .meta("levels without end", 2, 60_000, at: 94), .meta("no levels", 2, 0, at: 94),
        .meta("fewer pages than it has", 8, 3, at: 136),
        .meta("keys that are numbers", 2, 0x08, at: 92), .meta("keys of several values", 2, 0x14, at: 92),
        .meta("another magic number", 4, 0xBEEF, at: 16), .meta("another format", 4, 2, at: 20),
        .meta("another kind of head", 2, 2, at: 10), .meta("another number of the head", 8, 5, at: 0),
        .meta("pages of another size than the other head's", 4, 8192, at: 40),
    ] + [0, 3000, 1 << 30].map { size in
        Damage("pages of \(size) bytes") { file in
            file.set(40, 4, size)
            return 0
        }
    }

    @Test(arguments: damages) func damageIsRefusedByItsPage(damage: Damage) throws {
        try withTemporaryFolder { folder in
            let paths = try (0..<60).map { try Self.path($0, length: 300) }
            let path = "\(folder)/x"
            let depth = try LMDBFiles.write(Self.entries(paths) { $0 % 2 == 0 ? 20 : 5000 }, to: path)
            #expect(depth == 2)
            let sound = LMDBBytes([UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(path)/data.mdb"))))
            #expect(sound.keys(sound.root) >= 3 && sound.number(sound.node(sound.leaf, 1) + 4, 2) == 1)
            var broken = sound
            let page = damage.change(&broken)
            try PublishedLayout.write("\(path)/data.mdb", broken.bytes)
            let error = #expect(throws: ExtractionError.self) { try LMDBFrames(path) }
            guard case .badDatabase(let named, let reason) = error else {
                Issue.record("\(damage.what): \(String(describing: error))")
                return
            }
            // A tree that leads to another page may be named by that one.
            let isOfTheTree = damage.what.contains("root") || damage.what.contains("levels") || damage.what.contains("fewer")
            #expect(named == path && reason.contains("page "), "\(reason)")
            #expect(reason.contains("page \(page) ") || isOfTheTree, "\(damage.what): \(reason)")
        }
    }
}
#endif
