// FilmFrames.swift — what a film gives, frame by frame, for tests.

import Extraction
import Foundation
import Imaging

/// Pictures by number, and the reasons of those that were lost.
struct FilmFrames {
    var pictures: [Int: Image] = [:]
    var lost: [Int: String] = [:]
    /// Numbers in the order in which they came.
    var order: [Int] = []

    /// - Throws: `ExtractionError.unreadable`.
    init(_ path: String, _ choice: FrameChoice = .all) throws {
        let source = try PictureSources.open(path, choosing: choice)
        while true {
            do {
                guard let picture = try source.next() else { return }
                pictures[picture.index] = picture.image
                order.append(picture.index)
            } catch ExtractionError.badFrame(_, let number, let reason) {
                lost[number] = reason
            }
        }
    }

    /// Frames that aren't what another reading of the film gave.
    func differing(from sound: FilmFrames) -> [Int] {
        pictures.filter { $0.value.pixels != sound.pictures[$0.key]?.pixels }.keys.sorted()
    }
}
