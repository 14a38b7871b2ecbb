// HDF5Attributes.swift — attributes of groups and datasets.

import CHDF5

/// The attributes of one object.
public struct HDF5Attributes {
    let handle: HDF5Handle
    let context: HDF5Context
    let path: String

    /// "/frames@shape": how errors name an attribute.
    private func object(_ name: String) -> String { "\(path)@\(name)" }

    // MARK: Reading

    /// The names, in byte order.
    public func names() throws -> [String] {
        var names: [String] = []
        try withUnsafeMutablePointer(to: &names) { pointer in
            _ = try context.read(path) {
                bwh5_each_attribute(
                    handle.id,
                    { name, context in
                        guard let name, let context else { return }
                        context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
                    }, pointer)
            }
        }
        return names
    }

    /// The value; nil when there is no such attribute.
    /// - Throws: `StoreError.typeMismatch` for types that Store does not use.
    public func value(_ name: String) throws -> HDF5Value? {
        let object = object(name)
        guard try context.read(object, .reading, { H5Aexists(handle.id, name) }) > 0 else { return nil }
        let attribute = try HDF5Handle(.attribute, .reading, object, in: context) { H5Aopen(handle.id, name, 0) }
        let space = try HDF5Handle(.space, .reading, object, in: context) { H5Aget_space(attribute.id) }
        let type = try HDF5Handle(.type, .reading, object, in: context) { H5Aget_type(attribute.id) }
        let stored = try HDF5StoredType(type.id, object, in: context)
        let count = Int(try context.read(object) { H5Sget_simple_extent_npoints(space.id) })
        let extent = HDF5Library.locked { H5Sget_simple_extent_type(space.id) }
        let isSingle = extent == H5S_SCALAR

        switch stored.elementType {
        // Other writers' empty string: it has a type and no value.
        case .string where extent == H5S_NULL: return .string("")
        case .string:
            let strings = try HDF5StringCodec(object: object, context: context).read(stored, count: count) {
                H5Aread(attribute.id, $0, $1)
            }
            return isSingle ? .string(strings[0]) : .strings(strings)
        case .uint8, .int32, .int64:
            let integers: [Int64] = try read(attribute, object, count)
            return isSingle ? .integer(integers[0]) : .integers(integers)
        case .float32, .float64:
            let reals: [Double] = try read(attribute, object, count)
            return isSingle ? .real(reals[0]) : .reals(reals)
        case nil:
            throw StoreError.typeMismatch(
                file: context.file, object: object, expected: "string, integer or real",
                found: stored.description)
        }
    }

    private func read<Element: HDF5Element>(
        _ attribute: HDF5Handle, _ object: String, _ count: Int
    ) throws -> [Element] {
        if count == 0 { return [] }
        return try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            let base = buffer.baseAddress!
            try context.read(object) { H5Aread(attribute.id, Element.hdf5Type.memoryType, base) }
            initialized = count
        }
    }

    /// A string attribute that must exist.
    /// - Throws: `StoreError.missingObject`, `.typeMismatch`.
    public func string(_ name: String) throws -> String {
        guard case .string(let string) = try required(name, "a string") else { preconditionFailure() }
        return string
    }

    /// An integer attribute that must exist.
    /// - Throws: `StoreError.missingObject`, `.typeMismatch`.
    public func integer(_ name: String) throws -> Int64 {
        guard case .integer(let integer) = try required(name, "an integer") else { preconditionFailure() }
        return integer
    }

    private func required(_ name: String, _ expected: String) throws -> HDF5Value {
        guard let value = try value(name)?.single else {
            throw StoreError.missingObject(file: context.file, object: object(name))
        }
        guard value.typeName == expected else {
            throw StoreError.typeMismatch(
                file: context.file, object: object(name), expected: expected, found: value.typeName)
        }
        return value
    }

    // MARK: Writing

    // Note [Why attribute strings have a fixed length]
    // Strings of variable length lie in HDF5's global heap, the one part of its metadata without
    // a checksum; the library (1.10) trusts the sizes there and crashes on a flipped bit. Of fixed
    // length they are part of the object header, which has a checksum: damage is an error. The
    // price: h5py gives bytes, `file.attrs["format"].decode()`.

    /// Removes an attribute that is there.
    func remove(_ name: String) throws {
        try context.write(.writing, object(name)) { H5Adelete(handle.id, name) }
    }

    /// Adds an attribute; one of that name must not exist. Strings become UTF-8 of fixed length.
    public func set(_ name: String, _ value: HDF5Value) throws {
        switch value {
        case .string(let string): try write([string], name, shape: [])
        case .strings(let strings): try write(strings, name, shape: [strings.count])
        case .integer(let integer): try write([integer], name, shape: [])
        case .integers(let integers): try write(integers, name, shape: [integers.count])
        case .real(let real): try write([real], name, shape: [])
        case .reals(let reals): try write(reals, name, shape: [reals.count])
        }
    }

    private func write<Element: HDF5Element>(_ values: [Element], _ name: String, shape: [Int]) throws {
        let attribute = try make(name, shape: shape) { Element.hdf5Type.fileType }
        if !values.isEmpty {
            try values.withUnsafeBytes { buffer in
                _ = try context.write(.writing, object(name)) {
                    H5Awrite(attribute.id, Element.hdf5Type.memoryType, buffer.baseAddress)
                }
            }
        }
        try attribute.close()
    }

    private func write(_ strings: [String], _ name: String, shape: [Int]) throws {
        let codec = HDF5StringCodec(object: object(name), context: context)
        let type = try codec.makeType(for: strings, isVariable: false)
        let attribute = try make(name, shape: shape) { type.id }
        if !strings.isEmpty { try codec.write(strings, type) { H5Awrite(attribute.id, type.id, $0) } }
        try attribute.close()
    }

    private func make(_ name: String, shape: [Int], type: () -> hid_t) throws -> HDF5Handle {
        let space = try HDF5Handle(.space, .creating, object(name), in: context) {
            shape.isEmpty
                ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil)
        }
        return try HDF5Handle(.attribute, .creating, object(name), in: context) {
            H5Acreate2(handle.id, name, type(), space.id, 0, 0)
        }
    }
}

extension HDF5Group {
    public var attributes: HDF5Attributes { HDF5Attributes(handle: handle, context: context, path: path) }
}

extension HDF5Dataset {
    public var attributes: HDF5Attributes { HDF5Attributes(handle: handle, context: context, path: path) }
}
