// HDF5Handle.swift — owns one HDF5 identifier and closes it by its kind.

import CHDF5

/// What an open file and all objects in it share: its name for errors, and its first failed write.
///
/// A write can fail late: when a dataset's cache is flushed because its handle goes away. That
/// must not vanish in a deinit, so it is kept here and thrown by `HDF5File.close`.
final class HDF5Context: @unchecked Sendable {
    /// The file as the user named it (not the temporary that is being written).
    let file: String
    /// Used inside `HDF5Library.locked` only, as all of this.
    private var firstFailure: StoreError?
    /// True once the file has closed all its groups and datasets; their handles have no more to do.
    private(set) var hasClosedObjects = false

    init(file: String) { self.file = file }

    func note(_ error: StoreError) {
        HDF5Library.locked { if firstFailure == nil { firstFailure = error } }
    }

    // Note [Why a failed file is abandoned]
    // HDF5 cannot close a file whose data it cannot write (a size limit; some full disks): the
    // close fails half-way, and what it leaves in the library's tables confuses or crashes the
    // next file's close. So after a failed write nothing of that file is touched again. It costs
    // one descriptor and the caches; `AtomicFile.discard` gives the disk space back.
    fileprivate var isAbandoned: Bool { firstFailure != nil }

    func objectsAreClosed() { HDF5Library.locked { hasClosedObjects = true } }

    func throwFailure() throws {
        if let error = HDF5Library.locked({ firstFailure }) { throw error }
    }

    /// Runs a writing call; a failure stays noted even if the caller drops it.
    @discardableResult
    func write<Code: SignedInteger>(
        _ operation: HDF5Operation, _ object: String, _ call: () -> Code
    ) throws -> Code {
        do {
            return try HDF5Library.check(operation, HDF5Location(file: file, object: object), call)
        } catch {
            if let error = error as? StoreError { note(error) }
            throw error
        }
    }

    @discardableResult
    func read<Code: SignedInteger>(
        _ object: String, _ operation: HDF5Operation = .reading, _ call: () -> Code
    ) throws -> Code {
        try HDF5Library.check(operation, HDF5Location(file: file, object: object), call)
    }
}

/// The owner of one HDF5 identifier. All use of `id` is inside `HDF5Library.check`.
final class HDF5Handle: @unchecked Sendable {
    enum Kind { case file, group, dataset, attribute, space, type, propertyList, object }

    let id: hid_t
    private let kind: Kind
    private let object: String
    private let context: HDF5Context
    private var isOpen = true

    /// Takes over what `open` returns, which is called under the lock.
    init(
        _ kind: Kind, _ operation: HDF5Operation, _ object: String, in context: HDF5Context,
        open: () -> hid_t
    ) throws {
        self.kind = kind
        self.object = object
        self.context = context
        id =
            switch operation {
            case .opening, .reading: try context.read(object, operation, open)
            case .creating, .writing, .closing: try context.write(operation, object, open)
            }
    }

    /// Closes now, so that the caller sees a failure. Later calls and the deinit do nothing.
    func close() throws {
        try HDF5Library.locked {
            guard isOpen else { return }
            isOpen = false
            switch kind {
            case .file, .attribute, .object:
                if context.isAbandoned { return }
            case .group, .dataset:
                if context.isAbandoned || context.hasClosedObjects { return }
            case .space, .type, .propertyList: break
            }
            let id = id
            try context.write(.closing, object) {
                switch kind {
                case .file: H5Fclose(id)
                case .group: H5Gclose(id)
                case .dataset: H5Dclose(id)
                case .attribute: H5Aclose(id)
                case .space: H5Sclose(id)
                case .type: H5Tclose(id)
                case .propertyList: H5Pclose(id)
                case .object: H5Oclose(id)
                }
            }
        }
    }

    deinit { try? close() }  // A failure is noted in the context: see HDF5Context.
}
