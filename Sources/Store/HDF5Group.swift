// HDF5Group.swift — a group: names in it, groups and datasets below it.

import CHDF5

/// What a name in a group refers to.
public enum HDF5ObjectKind: Sendable {
    case group, dataset, other
}

/// An open group. Paths are relative to it, components separated by "/".
public struct HDF5Group: Sendable {
    let handle: HDF5Handle
    let context: HDF5Context
    /// The full path in the file, for errors.
    public let path: String

    func fullPath(_ name: String) -> String { path == "/" ? "/\(name)" : "\(path)/\(name)" }

    // MARK: Reading

    /// The names in this group, in byte order.
    public func names() throws -> [String] {
        var names: [String] = []
        try withUnsafeMutablePointer(to: &names) { pointer in
            _ = try context.read(path) {
                bwh5_each_link(
                    handle.id,
                    { name, context in
                        guard let name, let context else { return }
                        context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
                    }, pointer)
            }
        }
        return names
    }

    /// What `name` (one component or a path) is; nil when it does not exist.
    public func kind(of name: String) throws -> HDF5ObjectKind? {
        // H5Lexists wants every component above the last to exist, so they are asked in turn.
        var prefix = ""
        for component in name.split(separator: "/") {
            prefix += prefix.isEmpty ? String(component) : "/\(component)"
            guard try context.read(fullPath(prefix), .reading, { H5Lexists(handle.id, prefix, 0) }) > 0 else { return nil }
        }
        let object: HDF5Handle
        do {
            object = try HDF5Handle(.object, .opening, fullPath(name), in: context) { H5Oopen(handle.id, name, 0) }
        } catch {
            throw brokenLink(name) ?? error
        }
        return HDF5Library.locked {
            switch H5Iget_type(object.id) {
            case H5I_GROUP: .group
            case H5I_DATASET: .dataset
            default: .other
            }
        }
    }

    /// The error for a name whose link leads nowhere; nil when it isn't a link.
    private func brokenLink(_ name: String) -> StoreError? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { target in
            let kind = HDF5Library.locked { bwh5_link_target(handle.id, name, target.baseAddress!, target.count) }
            guard kind > 0 else { return nil }
            let leads = String(cString: target.baseAddress!)
            return .brokenLink(
                file: context.file, object: fullPath(name), target: kind == 2 ? "the file \(leads)" : leads)
        }
    }

    /// Opens a group below this one.
    /// - Throws: `StoreError.missingObject`, or `.typeMismatch` for something else of that name.
    public func group(_ name: String) throws -> HDF5Group {
        try require(name, .group, "a group")
        let group = try HDF5Handle(.group, .opening, fullPath(name), in: context) {
            H5Gopen2(handle.id, name, 0)
        }
        return HDF5Group(handle: group, context: context, path: fullPath(name))
    }

    /// Opens a dataset below this group.
    /// - Throws: `StoreError.missingObject`; `.typeMismatch` for something else of that name; `.filter`, `.elsewhere`
    ///   for one whose values can't be had, `.brokenLink`.
    public func dataset(_ name: String) throws -> HDF5Dataset {
        try require(name, .dataset, "a dataset")
        let dataset = try HDF5Handle(.dataset, .opening, fullPath(name), in: context) {
            H5Dopen2(handle.id, name, 0)
        }
        try HDF5Filters.requireReadable(dataset, fullPath(name), in: context)
        return try HDF5Dataset(handle: dataset, context: context, path: fullPath(name))
    }

    private func require(_ name: String, _ wanted: HDF5ObjectKind, _ expected: String) throws {
        guard let kind = try kind(of: name) else {
            throw StoreError.missingObject(file: context.file, object: fullPath(name))
        }
        guard kind == wanted else {
            throw StoreError.typeMismatch(
                file: context.file, object: fullPath(name), expected: expected, found: "another object")
        }
    }

    // MARK: Writing

    /// Makes a group, with those above it where they are missing; an existing one is opened.
    @discardableResult
    public func makeGroup(_ name: String) throws -> HDF5Group {
        let properties = try HDF5Handle(.propertyList, .creating, path, in: context) {
            H5Pcreate(bwh5_class_group_create())
        }
        try context.write(.creating, path) { H5Pset_obj_track_times(properties.id, false) }
        var group = self
        for component in name.split(separator: "/") {
            let component = String(component)
            if try group.kind(of: component) != nil {
                group = try group.group(component)
                continue
            }
            let above = group
            let made = try HDF5Handle(.group, .creating, above.fullPath(component), in: context) {
                H5Gcreate2(above.handle.id, component, 0, properties.id, 0)
            }
            group = HDF5Group(handle: made, context: context, path: above.fullPath(component))
        }
        return group
    }

    /// Removes a group or dataset of this group, if it is there. Its room in the file stays used.
    package func remove(_ name: String) throws {
        guard try kind(of: name) != nil else { return }
        try context.write(.writing, fullPath(name)) { H5Ldelete(handle.id, name, 0) }
    }

    /// Makes a dataset of numbers, empty or to be filled by `HDF5Dataset.write`/`append`.
    /// - Parameters:
    ///   - name: one component; the group must exist.
    ///   - shape: rows first; [] for a single value. With `layout.isExtendible` the first is 0.
    public func makeDataset(
        _ name: String, _ type: HDF5ElementType, shape: [Int], layout: HDF5Layout = HDF5Layout()
    ) throws -> HDF5Dataset {
        let dataset = try makeDataset(name, shape: shape, layout: layout) { type.fileType }
        return try HDF5Dataset(handle: dataset, context: context, path: fullPath(name))
    }

    /// Makes a dataset and fills it with `values`, row by row in memory order.
    public func write<Element: HDF5Element>(
        _ values: [Element], to name: String, shape: [Int]? = nil, layout: HDF5Layout = HDF5Layout()
    ) throws {
        let dataset = try makeDataset(name, Element.hdf5Type, shape: shape ?? [values.count], layout: layout)
        try dataset.write(values)
        try dataset.close()
    }

    func makeDataset(
        _ name: String, shape: [Int], layout: HDF5Layout, type: () -> hid_t
    ) throws -> HDF5Handle {
        let object = fullPath(name)
        let dimensions = shape.map { hsize_t($0) }
        var limits = dimensions
        if layout.isExtendible { limits[0] = bwh5_unlimited() }
        let space = try HDF5Handle(.space, .creating, object, in: context) {
            shape.isEmpty
                ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), dimensions, limits)
        }
        let properties = try HDF5Handle(.propertyList, .creating, object, in: context) {
            H5Pcreate(bwh5_class_dataset_create())
        }
        try context.write(.creating, object) { H5Pset_obj_track_times(properties.id, false) }
        if let chunk = layout.chunk {
            precondition(
                chunk.count == shape.count && chunk.allSatisfy { $0 > 0 },
                "HDF5Group: chunk \(chunk) for \(object) of shape \(shape)")
            try context.write(.creating, object) {
                H5Pset_chunk(properties.id, Int32(chunk.count), chunk.map { hsize_t($0) })
            }
            if layout.shuffle { try context.write(.creating, object) { H5Pset_shuffle(properties.id) } }
            if let level = layout.deflate {
                try context.write(.creating, object) { H5Pset_deflate(properties.id, UInt32(level)) }
            }
            if layout.fletcher32 { try context.write(.creating, object) { H5Pset_fletcher32(properties.id) } }
        } else {
            precondition(
                layout.deflate == nil && !layout.shuffle && !layout.fletcher32 && !layout.isExtendible,
                "HDF5Group: the filters of \(object) need chunks")
        }
        return try HDF5Handle(.dataset, .creating, object, in: context) {
            H5Dcreate2(handle.id, name, type(), space.id, 0, properties.id, 0)
        }
    }
}
