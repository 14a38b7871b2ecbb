// FileKind.swift — what a file really is, by its contents: the one answer that the errors of every reader of
// foreign files use. The signatures are in FileKind+Signatures.swift; nothing is decoded here.

import Glibc

/// What a file is, whatever its name says.
///
///     FileKind.of("weights.safetensors").sentence
///     // "it is a Git LFS pointer to 16,543,200 bytes, not the file itself: fetch it with `git lfs pull`"
public struct FileKind: Equatable, Sendable {
    /// What a kind is good for. A reader knows by it whether a file is for another reader or for none.
    public enum Group: Sendable {
        /// A picture in a format that Blendway reads, where its libraries are built in.
        case picture
        /// A picture in a format that it doesn't read.
        case otherPicture
        /// A container or stream of moving pictures; FFmpeg says whether it can be decoded.
        case film
        case sound
        /// Datasets and checkpoints are this; so are many others' files.
        case hdf5
        /// An array of NumPy's (.npy).
        case array
        /// Weights of a network: safetensors, PyTorch, ONNX.
        case weights
        case database
        case archive
        /// A few bytes that stand for a file that is elsewhere.
        case pointer
        /// A web page or a server's message, where a download went wrong.
        case page
        case json
        case text
        /// No content at all: empty, or zeros only.
        case hollow
        case folder
        /// Nothing that can be opened and read.
        case unreadable
        /// A file of a system or editor, no data of anybody's.
        case clutter
        case unknown
    }

    public let group: Group
    /// Of a picture that is read here.
    public let format: PictureFormat?
    /// With its article: "a JPEG picture", "a web page".
    public let name: String
    /// What helps, as an imperative; nil where nothing can be said in general.
    public let remedy: String?

    init(_ group: Group, _ name: String, format: PictureFormat? = nil, remedy: String? = nil) {
        (self.group, self.name, self.format, self.remedy) = (group, name, format, remedy)
    }

    /// What a sound file of weights is; the other kinds of `weights` have to be converted first.
    public static let safetensors = FileKind(.weights, "a safetensors file")

    /// "it is a web page: download the file again …". Without a full stop, to be built into a sentence.
    public var sentence: String { "it is \(name)" + (remedy.map { ": \($0)" } ?? "") }

    /// What a reader should say of a file that it could not read: nil if the file is of a kind that it reads,
    /// or of one that isn't known, so that the reader's own reason is the better one.
    public func unlessIn(_ groups: Group...) -> FileKind? { groups.contains(group) || group == .unknown ? nil : self }

    /// Bytes at a file's beginning that are enough to tell.
    public static let headSize = 8192

    /// Looks at a file: at its first 8 KB, and where these are zeros, at the rest. Follows links. Never waits
    /// for a pipe, never throws.
    public static func of(_ path: String) -> FileKind {
        var status = stat()
        guard stat(path, &status) == 0 else { return cannotBeRead(path, errno) }
        if status.st_mode & S_IFMT == S_IFDIR { return FileKind(.folder, "a folder", remedy: "name a file in it") }
        guard status.st_mode & S_IFMT == S_IFREG else { return FileKind(.unreadable, "no regular file but a device, pipe or socket") }
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return cannotBeRead(path, errno) }
        defer { close(file) }
        let size = Int(status.st_size)
        guard let head = block(file, at: 0, headSize) else { return cannotBeRead(path, errno) }
        if !head.isEmpty, isZero(head) { return ofZeros(size) { block(file, at: $0, headSize) } }
        return FileKind(head: head, size: size)
    }

    /// Looks at a file's whole content.
    public static func of(bytes: [UInt8]) -> FileKind {
        if !bytes.isEmpty, isZero(Array(bytes.prefix(headSize))) {
            return ofZeros(bytes.count) { place in Array(bytes[place..<min(bytes.count, place + headSize)]) }
        }
        return FileKind(head: Array(bytes.prefix(headSize)), size: bytes.count)
    }

    // MARK: Reading

    private static func cannotBeRead(_ path: String, _ code: Int32) -> FileKind {
        var status = stat()
        if code == ENOENT, lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
            return FileKind(.unreadable, "a link to nothing", remedy: "what it points to is missing or not mounted here")
        }
        switch code {
        case ENOENT, ENOTDIR: return FileKind(.unreadable, "not there", remedy: "check the path and that this host mounts the folder")
        case EACCES, EPERM: return FileKind(.unreadable, "not readable by this user", remedy: "check its permissions")
        case ELOOP: return FileKind(.unreadable, "a link in a circle")
        default: return FileKind(.unreadable, "not readable (\(String(cString: strerror(code)).lowercased()))")
        }
    }

    private static func block(_ file: Int32, at place: Int, _ size: Int) -> [UInt8]? {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = 0
            while count < size {
                let got = pread(file, buffer.baseAddress! + count, size - count, off_t(place + count))
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                if got <= 0 { break }
                count += got
            }
        }
        return failed ? nil : bytes
    }

    static func isZero(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 == 0 } }

    /// Zeros at the beginning: all through, as a broken copy leaves them, or a damaged beginning. Looks at 256
    /// places, of small files that is everything.
    private static func ofZeros(_ size: Int, block: (Int) -> [UInt8]?) -> FileKind {
        let step = max(headSize, size / 256)
        var place = headSize
        while place < size {
            guard let bytes = block(place), !bytes.isEmpty else { break }
            guard isZero(bytes) else { return FileKind(.unknown, "a file that begins with \(headSize) zeros") }
            place += step
        }
        return FileKind(
            .hollow, "a file of \(size) bytes that are all zero",
            remedy: "its copy or download broke off, so fetch it again")
    }
}
