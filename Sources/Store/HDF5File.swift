// HDF5File.swift — an open HDF5 file: read-only, new, or a copy that is changed. Files that have their
// name already are never changed in place.

import CHDF5

/// An open HDF5 file.
///
/// Closes when the last reference to it and to its objects goes; whoever writes must call
/// `close()`, which throws if anything, at any time, did not reach the file.
/// All members may be used from any thread; HDF5 itself runs one call at a time.
public final class HDF5File: Sendable {
    /// The root group, "/".
    public let root: HDF5Group
    /// As named by the user; stands in every error.
    public var path: String { context.file }

    private let handle: HDF5Handle
    private let context: HDF5Context

    private init(handle: HDF5Handle, context: HDF5Context) throws {
        self.handle = handle
        self.context = context
        let id = handle.id
        let group = try HDF5Handle(.group, .opening, "/", in: context) { H5Gopen2(id, "/", 0) }
        root = HDF5Group(handle: group, context: context, path: "/")
    }

    /// Opens an existing file for reading.
    ///
    /// Takes HDF5's shared lock at most, never the exclusive one, and goes on without where the
    /// file system has locking switched off; `HDF5_USE_FILE_LOCKING=FALSE` is respected.
    /// - Throws: `StoreError` `.missing`, `.notAFile`, `.notPermitted`, `.foreign`, `.truncated`, `.locked`.
    public static func open(_ path: String) throws -> HDF5File {
        try FileSystem.requireReadableFile(path)
        return try opened(path, reportedAs: path, bwh5_read_only())
    }

    /// Opens a copy of a file for changing: an `AtomicFile`'s temporary.
    /// - Parameter name: what errors call it.
    package static func change(_ path: String, reportedAs name: String) throws -> HDF5File {
        try opened(path, reportedAs: name, bwh5_read_write())
    }

    private static func opened(_ path: String, reportedAs name: String, _ flags: UInt32) throws -> HDF5File {
        let context = HDF5Context(file: name)
        let access = try HDF5Handle(.propertyList, .opening, "/", in: context) {
            H5Pcreate(bwh5_class_file_access())
        }
        try context.read("/") { bwh5_forgive_disabled_locks(access.id) }
        let handle = try HDF5Handle(.file, .opening, "/", in: context) {
            H5Fopen(path, flags, access.id)
        }
        return try HDF5File(handle: handle, context: context)
    }

    /// Makes a new file; one of that name must not exist yet. Use `AtomicFile` to replace one.
    ///
    /// The format is HDF5 1.10's on every version of the library: its metadata has checksums, and
    /// h5py, h5ls and PyTables of this decade read it. Objects carry no times, so that the same
    /// calls give the same bytes.
    /// - Parameter name: what errors call the file, when not by `path`.
    /// - Throws: `StoreError` `.notPermitted`, `.diskFull`, `.missing` (folder), `.system`.
    public static func create(_ path: String, reportedAs name: String? = nil) throws -> HDF5File {
        let context = HDF5Context(file: name ?? path)
        let access = try HDF5Handle(.propertyList, .creating, "/", in: context) {
            H5Pcreate(bwh5_class_file_access())
        }
        try context.write(.creating, "/") { bwh5_forgive_disabled_locks(access.id) }
        try context.write(.creating, "/") { bwh5_format_1_10(access.id) }
        let properties = try HDF5Handle(.propertyList, .creating, "/", in: context) {
            H5Pcreate(bwh5_class_file_create())
        }
        try context.write(.creating, "/") { H5Pset_obj_track_times(properties.id, false) }
        let handle = try HDF5Handle(.file, .creating, "/", in: context) {
            H5Fcreate(path, bwh5_create_new(), properties.id, access.id)
        }
        return try HDF5File(handle: handle, context: context)
    }

    /// Flushes and closes. Objects of a created file are dead afterwards.
    /// - Throws: the first failure of any write since the file was created, even one that the
    ///   caller swallowed: then the file must not be used.
    public func close() throws {
        try HDF5Library.locked {
            // A noted failure comes first: HDF5 forgets its own, and the file's close would succeed.
            try context.throwFailure()
            try context.write(.writing, "/") { H5Fflush(handle.id, H5F_SCOPE_GLOBAL) }
            try closeObjects()
            try handle.close()
            try context.throwFailure()
        }
    }

    // Note [Why objects are closed one by one]
    // A file is closed for good only when its last object is, whoever still holds it. HDF5 can do
    // that by itself (H5F_CLOSE_STRONG), but after a failed write it then leaves objects behind
    // whose own close crashes.
    private func closeObjects() throws {
        let kinds = UInt32(H5F_OBJ_DATASET | H5F_OBJ_GROUP | H5F_OBJ_LOCAL)
        let count = try context.write(.closing, "/") { H5Fget_obj_count(handle.id, kinds) }
        var objects = [hid_t](repeating: 0, count: count)
        try context.write(.closing, "/") { H5Fget_obj_ids(handle.id, kinds, count, &objects) }
        for object in objects { try context.write(.closing, "/") { H5Oclose(object) } }
        context.objectsAreClosed()
    }
}
