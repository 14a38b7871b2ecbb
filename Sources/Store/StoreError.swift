// StoreError.swift — everything that can go wrong with a file, in one list, as sentences for users.

/// What went wrong with a file. `description` is one sentence: object, cause, remedy.
public enum StoreError: Error, Equatable, Sendable {
    // Opening.
    case missing(file: String)
    case notAFile(file: String, kind: String)
    case notPermitted(file: String, action: String)
    case foreign(file: String, detail: String)
    case truncated(file: String, detail: String)
    case locked(file: String, detail: String)
    case wrongFormat(file: String, expected: String, found: String?)
    case newerVersion(file: String, format: String, found: String, supported: String)
    /// Written by an HDF5 library of a later format, or damaged where it says its version.
    case newerHDF5(file: String, detail: String)
    /// Its writer has not closed it, and may never do so.
    case unclosed(file: String)

    // Contents.
    case missingObject(file: String, object: String)
    case typeMismatch(file: String, object: String, expected: String, found: String)
    case shapeMismatch(file: String, object: String, expected: String, found: String)
    case corrupt(file: String, object: String, detail: String)
    case hashMismatch(file: String, stored: String, computed: String)
    /// The file is sound, but what it says breaks its schema.
    case invalid(file: String, object: String, problem: String)
    /// Values packed by a filter that this HDF5 library lacks.
    case filter(file: String, object: String, name: String, number: Int)
    /// Values that are not in the file.
    case elsewhere(file: String, object: String, how: String)
    case brokenLink(file: String, object: String, target: String)

    // Writing.
    case missingFolder(file: String, folder: String)
    case diskFull(file: String)
    case tooLarge(file: String)

    // Neither of these.
    case system(file: String, operation: String, errno: Int32, reason: String)
    case library(file: String, object: String, operation: String, detail: String)

    /// True when the file itself is broken, so that an older one should take its place. False
    /// when trying again or repairing the surroundings may help (permissions, locks, releases).
    public var meansBrokenFile: Bool {
        switch self {
        case .foreign, .truncated, .wrongFormat, .missingObject, .typeMismatch, .shapeMismatch,
            .corrupt, .hashMismatch, .invalid, .notAFile, .newerHDF5, .unclosed, .brokenLink:
            true
        case .missing, .notPermitted, .locked, .newerVersion, .filter, .elsewhere, .missingFolder, .diskFull, .tooLarge,
            .system, .library:
            false
        }
    }
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let file):
            "\(file): there is no such file; check the path and that this host mounts the folder."
        case .notAFile(let file, let kind):
            "\(file): this is \(kind), not a file; give the path of an HDF5 file."
        case .notPermitted(let file, let action):
            "\(file): no permission to \(action); change the permissions or use another folder."
        case .foreign(let file, let detail):
            "\(file): this is not an HDF5 file (\(detail)); give the path of a file that Blendway wrote."
        case .truncated(let file, let detail):
            "\(file): the file is incomplete (\(detail)): its writer or a copy was cut short; copy or make it again."
        case .locked(let file, let detail):
            "\(file): the file could not be locked (\(detail)); wait for the program that writes it, or, where "
                + "the file system has no working locks (NFS, Lustre), set HDF5_USE_FILE_LOCKING=FALSE."
        case .wrongFormat(let file, let expected, let found):
            "\(file): expected a \(expected) file, but its attribute 'format' "
                + (found.map { "says '\($0)'" } ?? "is missing") + "; give a \(expected) file."
        case .newerVersion(let file, let format, let found, let supported):
            "\(file): its \(format) version \(found) is newer than \(supported), the newest that this release "
                + "reads; use the Blendway release that wrote it or a later one."
        case .newerHDF5(let file, let detail):
            "\(file): this HDF5 library can't read the file's format (\(detail)): it is newer, or the file is damaged; write it "
                + "again for HDF5 1.10 (in h5py: h5py.File(name, 'w', libver=('earliest', 'v110'))), or restore it from a copy."
        case .unclosed(let file):
            "\(file): the program that writes the file has not closed it; wait until it has, or, if it has ended, make the file "
                + "again (`h5clear -s FILE` opens what is there)."
        case .filter(let file, let object, let name, let number):
            "\(file): \(object) is packed with the filter \(name) (number \(number)), which this HDF5 library does not have; write "
                + "the file again with gzip (`h5repack -f GZIP=4`, or in h5py compression='gzip'), or set HDF5_PLUGIN_PATH to "
                + "the folder of the filter's plug-in."
        case .elsewhere(let file, let object, let how):
            "\(file): \(object) is \(how): its values lie in other files, and read as zeros where those are missing; copy them "
                + "into one file (in h5py: new['name'] = old['name'][...])."
        case .brokenLink(let file, let object, let target):
            "\(file): \(object) is a link to \(target), which isn't there or can't be read; put it back, or make the file again."
        case .missingObject(let file, let object):
            "\(file): \(object) is missing; the file is incomplete or of another kind, make it again."
        case .typeMismatch(let file, let object, let expected, let found):
            "\(file): \(object) holds \(found) where \(expected) is needed; make the file again or convert it."
        case .shapeMismatch(let file, let object, let expected, let found):
            "\(file): \(object) has shape \(found) where \(expected) is needed; make the file again."
        case .corrupt(let file, let object, let detail):
            "\(file): \(object) is damaged (\(detail)); restore the file from a copy or make it again."
        case .hashMismatch(let file, let stored, let computed):
            "\(file): the contents have SHA-256 \(computed), but the file says \(stored): it was changed or "
                + "damaged after it was written; restore it from a copy."
        case .invalid(let file, let object, let problem):
            "\(file): \(object): \(problem)."
        case .missingFolder(let file, let folder):
            "\(file): the folder \(folder) does not exist; make it first or correct the path."
        case .diskFull(let file):
            "\(file): the disk or the quota is full, nothing was replaced; free space or use another folder."
        case .tooLarge(let file):
            "\(file): the file would exceed the size limit, nothing was replaced; raise `ulimit -f` or write "
                + "to a file system that takes larger files."
        case .system(let file, let operation, let errno, let reason):
            "\(file): \(operation) failed: \(reason) (errno \(errno)); check the file system and try again."
        case .library(let file, let object, let operation, let detail):
            "\(file): HDF5 failed \(operation) \(object): \(detail); check the file with h5ls, or report this."
        }
    }
}
