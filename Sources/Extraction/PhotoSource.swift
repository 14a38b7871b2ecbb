// PhotoSource.swift — a photo as a source of one picture.

import Foundation
import Imaging

final class PhotoSource: PictureSource {
    let path: String
    private var isDone = false

    init(_ path: String) { self.path = path }

    /// Whether the first bytes are those of a JPEG or PNG.
    /// - Throws: `ExtractionError.unreadable` for what is no readable file.
    static func isPhoto(_ path: String) throws -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ExtractionError.unreadable(path: path, reason: String(cString: strerror(errno)).lowercased())
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ExtractionError.unreadable(path: path, reason: "it is no file")
        }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ExtractionError.unreadable(path: path, reason: "it can't be opened")
        }
        defer { try? handle.close() }
        let bytes = [UInt8]((try? handle.read(upToCount: 4)) ?? Foundation.Data())
        guard !bytes.isEmpty else { throw ExtractionError.unreadable(path: path, reason: "it is empty") }
        return bytes.starts(with: [0xFF, 0xD8]) || bytes == [0x89, 0x50, 0x4E, 0x47]
    }

    func next() throws -> SourcePicture? {
        if isDone { return nil }
        isDone = true
        do {
            return SourcePicture(image: try Image.read(path), index: 0, seconds: -1)
        } catch {
            throw ExtractionError.unreadable(path: path, reason: "\(error)")
        }
    }
}
