// HDF5Dataset.swift — an open dataset of numbers: whole reads, rows, appending. Strings stand in
// HDF5Dataset+Strings.swift.

import CHDF5

/// An open dataset; its first dimension is called its rows.
///
/// Reading is safe from any thread. A dataset that is written belongs to one thread.
public final class HDF5Dataset: @unchecked Sendable {
    let handle: HDF5Handle
    let context: HDF5Context
    /// The full path in the file, for errors.
    public let path: String
    /// Rows first; [] is a single value.
    public private(set) var shape: [Int]
    let storedType: HDF5StoredType
    /// Kept for `readRow`, which must not allocate: the file's space and that of one row.
    private var fileSpace: HDF5Handle
    private let rowSpace: HDF5Handle
    private let rowElements: Int

    /// The narrowest type of ours that holds the stored values; nil for a foreign one.
    public var elementType: HDF5ElementType? { storedType.elementType }
    public var count: Int { shape.reduce(1, *) }

    init(handle: HDF5Handle, context: HDF5Context, path: String) throws {
        self.handle = handle
        self.context = context
        self.path = path
        let type = try HDF5Handle(.type, .reading, path, in: context) { H5Dget_type(handle.id) }
        storedType = try HDF5StoredType(type.id, path, in: context)
        let space = try HDF5Handle(.space, .reading, path, in: context) { H5Dget_space(handle.id) }
        fileSpace = space
        let rank = Int(try context.read(path) { H5Sget_simple_extent_ndims(space.id) })
        var dimensions = [hsize_t](repeating: 0, count: rank)
        try context.read(path) { H5Sget_simple_extent_dims(space.id, &dimensions, nil) }
        shape = dimensions.map { Int($0) }
        let rowElements = shape.dropFirst().reduce(1, *)
        self.rowElements = rowElements
        rowSpace = try Self.memorySpace(rows: 1, of: shape, path, in: context)
    }

    /// Rows as they lie in memory. It has the rank and the shape of the selection in the file: for any
    /// other, even of equal size, HDF5 goes element by element, tens of times slower.
    private static func memorySpace(
        rows: Int, of shape: [Int], _ path: String, in context: HDF5Context
    ) throws -> HDF5Handle {
        let dimensions = shape.isEmpty ? [1] : [hsize_t(rows)] + shape.dropFirst().map { hsize_t($0) }
        return try HDF5Handle(.space, .reading, path, in: context) {
            H5Screate_simple(Int32(dimensions.count), dimensions, nil)
        }
    }

    /// Closes now; see `HDF5File.close` for failures that come later.
    public func close() throws { try handle.close() }

    func require(_ type: HDF5ElementType) throws {
        guard storedType.fits(type) else { throw mismatch(type) }
    }

    private func mismatch(_ wanted: HDF5ElementType) -> StoreError {
        .typeMismatch(file: context.file, object: path, expected: wanted.rawValue, found: storedType.description)
    }

    /// Throws `StoreError.shapeMismatch` unless the shape is as expected; nil takes any size.
    public func requireShape(_ expected: [Int?]) throws {
        guard shape.count == expected.count, zip(shape, expected).allSatisfy({ $1 == nil || $0 == $1 }) else {
            let text = expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            throw StoreError.shapeMismatch(
                file: context.file, object: path, expected: "[\(text)]", found: "\(shape)")
        }
    }

    // MARK: Reading

    /// All values, in memory order. Narrower stored types are widened, others refused.
    /// - Throws: `StoreError.typeMismatch`, `.corrupt`.
    public func read<Element: HDF5Element>(as type: Element.Type = Element.self) throws -> [Element] {
        try require(Element.hdf5Type)
        return try readAll()
    }

    /// All values of integers of any width, or of an enumeration such as h5py's truth values.
    /// - Throws: `StoreError.typeMismatch` for what holds no integers, `.invalid` where one needs more bits, `.corrupt`.
    public func readIntegers<Element: HDF5Element & FixedWidthInteger>() throws -> [Element] {
        if storedType.fits(Element.hdf5Type) { return try readAll() }
        guard storedType.isInteger else { throw mismatch(Element.hdf5Type) }
        // Unsigned ones beyond 63 bits HDF5 clips to the largest of 63.
        let wide: [Int64] = try readAll()
        return try wide.enumerated().map { place, value in
            guard let fitting = Element(exactly: value) else {
                throw StoreError.invalid(
                    file: context.file, object: path,
                    problem: "value \(place) is \(value), more than an \(Element.hdf5Type.rawValue) holds")
            }
            return fitting
        }
    }

    /// All values of numbers of any type, rounded to float32.
    /// - Throws: `StoreError.typeMismatch` for what holds no numbers, `.corrupt`.
    public func readReals() throws -> [Float] {
        guard storedType.isNumber else { throw mismatch(.float32) }
        return try readAll()
    }

    /// Converts as HDF5 does, which may lose something: callers have looked at the stored type.
    private func readAll<Element: HDF5Element>() throws -> [Element] {
        if count == 0 { return [] }
        return try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            let base = buffer.baseAddress!
            try context.read(path) { H5Dread(handle.id, Element.hdf5Type.memoryType, 0, 0, 0, base) }
            initialized = count
        }
    }

    /// The rows of a range, in memory order.
    /// - Throws: `StoreError.typeMismatch`, `.corrupt`.
    public func readRows<Element: HDF5Element>(
        _ rows: Range<Int>, as type: Element.Type = Element.self
    ) throws -> [Element] {
        try require(Element.hdf5Type)
        precondition(
            !shape.isEmpty && rows.lowerBound >= 0 && rows.upperBound <= shape[0],
            "HDF5Dataset: rows \(rows) of \(path) with shape \(shape)")
        let total = rows.count * rowElements
        if total == 0 { return [] }
        return try [Element](unsafeUninitializedCapacity: total) { buffer, initialized in
            let base = UnsafeMutableRawPointer(buffer.baseAddress!)
            let memory = try Self.memorySpace(rows: rows.count, of: shape, path, in: context)
            try transfer(rows, memory: memory, Element.hdf5Type, read: base)
            initialized = total
        }
    }

    /// One row into the caller's memory; nothing is allocated on this side of HDF5.
    /// - Parameter buffer: exactly one row of `Element`.
    /// - Throws: `StoreError.typeMismatch`, `.corrupt`.
    public func readRow<Element: HDF5Element>(
        _ row: Int, into buffer: UnsafeMutableBufferPointer<Element>
    ) throws {
        try require(Element.hdf5Type)
        precondition(
            !shape.isEmpty && row >= 0 && row < shape[0] && buffer.count == rowElements,
            "HDF5Dataset: row \(row) of \(path) with shape \(shape) into \(buffer.count) elements")
        guard let base = buffer.baseAddress, rowElements > 0 else { return }
        try transfer(row..<row + 1, memory: rowSpace, Element.hdf5Type, read: UnsafeMutableRawPointer(base))
    }

    // MARK: Writing

    /// Fills the whole dataset.
    public func write<Element: HDF5Element>(_ values: [Element]) throws {
        precondition(
            values.count == count && storedType.elementType == Element.hdf5Type,
            "HDF5Dataset: \(values.count) values of \(Element.self) for \(path) with shape \(shape)")
        if values.isEmpty { return }
        try values.withUnsafeBufferPointer { buffer in
            _ = try context.write(.writing, path) {
                H5Dwrite(handle.id, Element.hdf5Type.memoryType, 0, 0, 0, buffer.baseAddress)
            }
        }
    }

    /// Adds whole rows at the end of an extendible dataset.
    public func append<Element: HDF5Element>(_ values: UnsafeBufferPointer<Element>) throws {
        precondition(
            rowElements > 0 && values.count % rowElements == 0 && storedType.elementType == Element.hdf5Type,
            "HDF5Dataset: appending \(values.count) values of \(Element.self) to \(path) with shape \(shape)")
        if values.isEmpty { return }
        let old = shape[0]
        let new = old + values.count / rowElements
        var extent = shape.map { hsize_t($0) }
        extent[0] = hsize_t(new)
        try context.write(.writing, path) { H5Dset_extent(handle.id, extent) }
        shape[0] = new
        fileSpace = try HDF5Handle(.space, .writing, path, in: context) { H5Dget_space(handle.id) }
        let memory = try Self.memorySpace(rows: new - old, of: shape, path, in: context)
        try transfer(old..<new, memory: memory, Element.hdf5Type, write: UnsafeRawPointer(values.baseAddress!))
    }

    /// Adds whole rows at the end of an extendible dataset.
    public func append<Element: HDF5Element>(_ values: [Element]) throws {
        try values.withUnsafeBufferPointer { try append($0) }
    }

    /// Selects `rows` in the file and moves them from or to memory, as one use of the lock: the
    /// selection is state of the shared `fileSpace`.
    private func transfer(
        _ rows: Range<Int>, memory: HDF5Handle, _ type: HDF5ElementType,
        read target: UnsafeMutableRawPointer? = nil, write source: UnsafeRawPointer? = nil
    ) throws {
        try HDF5Library.locked {
            try withUnsafeTemporaryAllocation(of: hsize_t.self, capacity: 2 * shape.count) { numbers in
                for axis in shape.indices {
                    numbers[axis] = axis == 0 ? hsize_t(rows.lowerBound) : 0
                    numbers[shape.count + axis] = hsize_t(axis == 0 ? rows.count : shape[axis])
                }
                let start = numbers.baseAddress!
                let space = fileSpace.id
                _ = try context.read(path) {
                    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nil, start + shape.count, nil)
                }
                if let target {
                    _ = try context.read(path) {
                        H5Dread(handle.id, type.memoryType, memory.id, space, 0, target)
                    }
                } else {
                    _ = try context.write(.writing, path) {
                        H5Dwrite(handle.id, type.memoryType, memory.id, space, 0, source)
                    }
                }
            }
        }
    }
}
