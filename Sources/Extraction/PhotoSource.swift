// PhotoSource.swift — a photo as a source of one picture.

import Imaging

final class PhotoSource: PictureSource {
    let path: String
    private var isDone = false

    init(_ path: String) { self.path = path }

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
