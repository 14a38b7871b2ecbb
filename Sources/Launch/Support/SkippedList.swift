// SkippedList.swift — the list of frames that were left out, one JSON object a line, beside a dataset.

import Data
import Foundation
import Store

enum SkippedList {
    /// "data/train.h5" → "data/train": what names beside a dataset begin with.
    static func base(_ file: String) -> String { file.hasSuffix(".h5") ? String(file.dropLast(3)) : file }

    static func path(beside file: String) -> String { base(file) + ".skipped.jsonl" }

    /// Replaces the list of an earlier run; without entries there is none.
    static func write(_ skipped: [SkippedFrame], beside file: String) throws {
        let path = path(beside: file)
        if skipped.isEmpty {
            unlink(path)
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let lines = try skipped.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
        try AtomicFile.write(lines.joined(), to: path)
    }
}
