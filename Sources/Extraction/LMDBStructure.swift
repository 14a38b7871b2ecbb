// LMDBStructure.swift — whether the pages of an LMDB hang together, before liblmdb is let at them. No value is
// read, and what stands in the values is not looked at.

#if BLENDWAY_EXTRACT
import Foundation

/// One walk through the tree of an LMDB (format 1, little-endian, no named databases in it).
///
/// Note [Why an LMDB is walked before it is opened]
/// liblmdb follows the page numbers, offsets and sizes that stand in its file without holding them against
/// the page's or the file's end, and some nonsense ends the process by an assertion. One changed byte would
/// crash an import. What a look-up follows is therefore checked once, here, and liblmdb opens only what
/// passed. A file that somebody changes afterwards, while it is open, isn't covered.
///
/// Facts that a database of deleted and replaced values taught: the file may end before the last page that the
/// meta page counts, when nothing lies on it, and a large value may have more pages than it needs. So neither
/// is held against a file.
struct LMDBStructure {
    private static let headerSize = 16
    private static let (branch, leaf, meta) = (UInt16(1), UInt16(2), UInt16(8))
    /// A node's value is on pages of its own.
    private static let isLarge = UInt16(1)
    private static let noPage = UInt64.max

    private let descriptor: Int32
    private let path: String
    private let pageSize: Int
    /// Pages that are in the file and counted by its meta page.
    private let pages: UInt64
    private let root: UInt64
    private let depth: Int
    private var seen: Set<UInt64> = []
    /// What the next key has to come after; a branch's key may come again as the first one below it.
    private var bound: (key: ArraySlice<UInt8>, mayRepeat: Bool)?

    /// Cost: reads each page of the tree once, which is all of the file but the large values, that is the
    /// pictures; memory is that of a page for each level.
    /// - Parameter path: how the user named the database, for the error.
    /// - Throws: `ExtractionError.badDatabase`.
    static func check(file: String, path: String) throws {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            let reason = String(cString: strerror(errno)).lowercased()
            if descriptor >= 0 { close(descriptor) }
            throw ExtractionError.badDatabase(path: path, reason: reason)
        }
        defer { close(descriptor) }
        var structure = try LMDBStructure(descriptor, size: Int(status.st_size), path: path)
        if structure.root != noPage { try structure.visit(structure.root, level: 1) }
    }

    /// Reads the two meta pages, of which the one with the larger transaction counts.
    private init(_ descriptor: Int32, size: Int, path: String) throws {
        (self.descriptor, self.path) = (descriptor, path)
        func broken(_ reason: String) -> ExtractionError { .badDatabase(path: path, reason: reason) }
        let length = 152
        guard size >= length else { throw broken("it has \(size) bytes") }
        var metas = [try Self.read(length, at: 0, descriptor, path)]
        let pageSize = Int(metas[0].number(at: 40, as: UInt32.self))
        guard (512...32768).contains(pageSize), pageSize & (pageSize - 1) == 0, size >= 2 * pageSize else {
            throw broken("page 0 says that pages have \(pageSize) bytes, in a file of \(size)")
        }
        metas.append(try Self.read(length, at: pageSize, descriptor, path))
        for (page, meta) in metas.enumerated() {
            guard meta.number(at: 0, as: UInt64.self) == page, meta.number(at: 10, as: UInt16.self) == Self.meta,
                meta.number(at: 16, as: UInt32.self) == 0xBEEF_C0DE, meta.number(at: 20, as: UInt32.self) == 1,
                meta.number(at: 40, as: UInt32.self) == pageSize
            else { throw broken("page \(page) isn't the head of one in the format 1") }
        }
        let transactions = metas.map { $0.number(at: 144, as: UInt64.self) }
        let page = transactions[1] > transactions[0] ? 1 : 0
        let newest = metas[page]
        let flags = newest.number(at: 92, as: UInt16.self)
        // Others say that keys are numbers or have several values, which liblmdb would then take for granted.
        guard flags == 0 else { throw broken("page \(page) says that its keys are of a special kind (\(flags))") }
        self.pageSize = pageSize
        depth = Int(newest.number(at: 94, as: UInt16.self))
        root = newest.number(at: 128, as: UInt64.self)
        // liblmdb goes down 32 levels at most.
        guard depth <= 32, (depth == 0) == (root == Self.noPage) else {
            throw broken("page \(page) says that the tree has \(depth) levels, from page \(root) on")
        }
        let last = newest.number(at: 136, as: UInt64.self)
        pages = min(UInt64(size / pageSize), last == .max ? last : last + 1)
    }

    private mutating func visit(_ page: UInt64, level: Int) throws {
        guard page < pages else {
            throw ExtractionError.badDatabase(
                path: path, reason: "page \(page) is asked for and it has \(pages), so it is damaged or cut short")
        }
        guard seen.insert(page).inserted else { throw broken(page, "is reached in two ways") }
        let bytes = try Self.read(pageSize, at: Int(page) * pageSize, descriptor, path)
        let number = bytes.number(at: 0, as: UInt64.self)
        guard number == page else { throw broken(page, "says that it is page \(number)") }
        let isLeaf = level == depth
        let flags = bytes.number(at: 10, as: UInt16.self)
        guard flags == (isLeaf ? Self.leaf : Self.branch) else {
            throw broken(page, "on level \(level) of \(depth) is of the kind \(flags)")
        }
        let (lower, upper) = (bytes.size(at: 12), bytes.size(at: 14))
        guard lower >= Self.headerSize, lower % 2 == 0, lower <= upper, upper <= pageSize else {
            throw broken(page, "has its free space from \(lower) to \(upper)")
        }
        let count = (lower - Self.headerSize) / 2
        guard count >= (isLeaf ? 1 : 2) else { throw broken(page, "has \(count) keys") }
        for index in 0..<count {
            let node = bytes.size(at: Self.headerSize + 2 * index)
            guard node >= upper, node % 2 == 0, node + 8 <= pageSize else {
                throw broken(page, "has key \(index) at byte \(node)")
            }
            let end = node + 8 + bytes.size(at: node + 6)
            guard end <= pageSize else { throw broken(page, "has a key \(index) that goes beyond it") }
            // The first key of a branch stands for "everything before the second".
            if isLeaf || index > 0 {
                guard follows(bytes[node + 8..<end], isLeaf: isLeaf) else {
                    throw broken(page, "has key \(index) out of order")
                }
            }
            let flags = bytes.number(at: node + 4, as: UInt16.self)
            let size = bytes.size(at: node) | bytes.size(at: node + 2) << 16
            if isLeaf {
                try checkValue(of: bytes, from: end, size: size, flags: flags, page, index)
            } else {
                try visit(UInt64(size) | UInt64(flags) << 32, level: level + 1)
            }
        }
    }

    /// A value that lies within its page, or on pages of its own within the file.
    private func checkValue(
        of bytes: [UInt8], from start: Int, size: Int, flags: UInt16, _ page: UInt64, _ index: Int
    ) throws {
        switch flags {
        case 0:
            guard start + size <= pageSize else { throw broken(page, "has a value \(index) that goes beyond it") }
        case Self.isLarge:
            guard start + 8 <= pageSize else { throw broken(page, "has a key \(index) that goes beyond it") }
            let first = bytes.number(at: start, as: UInt64.self)
            let needed = UInt64((Self.headerSize + size + pageSize - 1) / pageSize)
            guard first < pages, needed <= pages - first else {
                throw broken(page, "has a value \(index) of \(size) bytes on page \(first) of \(pages)")
            }
        default:
            throw broken(page, "has a value \(index) of the kind \(flags), a database within the database")
        }
    }

    private mutating func follows(_ key: ArraySlice<UInt8>, isLeaf: Bool) -> Bool {
        defer { bound = (key, !isLeaf) }
        guard let bound else { return true }
        return bound.key.lexicographicallyPrecedes(key) || bound.mayRepeat && bound.key == key
    }

    private func broken(_ page: UInt64, _ reason: String) -> ExtractionError {
        .badDatabase(path: path, reason: "page \(page) \(reason)")
    }

    /// With `pread` rather than mapped: a file that is cut short meanwhile is an error, not a signal.
    private static func read(_ count: Int, at offset: Int, _ descriptor: Int32, _ path: String) throws -> [UInt8] {
        var got = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            got = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            filled = max(got, 0)
        }
        guard got == count else {
            let reason = got < 0 ? String(cString: strerror(errno)).lowercased() : "it is cut short"
            throw ExtractionError.badDatabase(path: path, reason: reason)
        }
        return bytes
    }
}

extension [UInt8] {
    /// A little-endian number; the caller knows that it lies within.
    fileprivate func number<T: FixedWidthInteger>(at offset: Int, as type: T.Type) -> T {
        precondition(offset + MemoryLayout<T>.size <= count, "LMDBStructure: byte \(offset) of \(count)")
        return T(littleEndian: withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) })
    }

    /// A number of 16 bits.
    fileprivate func size(at offset: Int) -> Int { Int(number(at: offset, as: UInt16.self)) }
}
#endif
