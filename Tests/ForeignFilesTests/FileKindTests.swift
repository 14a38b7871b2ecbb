// FileKindTests.swift — each kind by a beginning that is made here, and what is said of it.

import ForeignFiles
import Foundation
import Testing
import TestSupport

@Suite struct FileKindTests {
    fileprivate static let samples: [(bytes: [UInt8], group: FileKind.Group, name: String)] = [
        ([], .hollow, "empty"),
        ([UInt8](repeating: 0, count: 100_000), .hollow, "all zero"),
        (Array("version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 16543200\n".utf8), .pointer, "16,543,200"),
        (Array("/annex/objects/MD5E-s12--abc.jpg\n".utf8), .pointer, "git-annex"),
        (Array("\n<!DOCTYPE html><html><body>404</body>".utf8), .page, "web page"),
        ([0xEF, 0xBB, 0xBF] + Array("<html lang=\"en\">".utf8), .page, "web page"),
        (Array("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>".utf8), .page, "error message"),
        (Array("{\"FF-DF\": {}}".utf8), .json, "JSON"),
        (Array("name,label\nümlaut,1\n".utf8), .text, "a text"),
        (Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 60), .archive, "zip"),
        ([0x1F, 0x8B, 8, 0], .archive, "gzip"), (Array("BZh91AY".utf8), .archive, "bzip2"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4], .archive, "7z"), (Array("Rar!\u{1A}\u{7}\u{1}".utf8), .archive, "rar"),
        ([UInt8](repeating: 0x61, count: 257) + Array("ustar\u{0}00".utf8), .archive, "tar"),
        ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0], .hdf5, "HDF5"),
        ([UInt8](repeating: 1, count: 512) + [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], .hdf5, "HDF5"),
        ([0x93] + Array("NUMPY".utf8) + [1, 0], .array, "NumPy"),
        ([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), .weights, "safetensors"),
        (zip("archive/data.pkl"), .weights, "PyTorch"), (zip("arr_0.npy"), .archive, "npz"),
        ([0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A], .weights, "old PyTorch"),
        ([0x80, 4, 0x95, 0, 0], .weights, "pickle"),
        ([0xFF, 0xD8, 0xFF, 0xE0], .picture, "a JPEG"), (Array("GIF89a".utf8), .picture, "a GIF"),
        (Array("RIFF....WEBPVP8 ".utf8), .picture, "a WebP"), ([0x49, 0x49, 0x2A, 0, 8, 0, 0, 0], .picture, "a TIFF"),
        (brand("avif", "mif1"), .picture, "an AVIF"), (brand("mif1", "avif"), .picture, "an AVIF"),
        (brand("heic", "mif1"), .picture, "a HEIC picture"), (brand("mif1", "heic"), .picture, "HEIC picture"),
        (brand("isom", "mp41"), .film, "an MP4"), (brand("qt  ", "qt  "), .film, "QuickTime"), (brand("3gp4", "3gp4"), .film, "3GP"),
        (brand("M4A ", "M4A "), .sound, "sound"), ([0x1A, 0x45, 0xDF, 0xA3] + Array("....webm".utf8), .film, "a WebM"),
        (Array("RIFF....AVI LIST".utf8), .film, "an AVI"), ([0, 0, 0, 1, 0x67, 0x42], .film, "an H.264 film"),
        (Array("8BPS".utf8), .otherPicture, "Photoshop"), (Array("<svg xmlns='x'/>".utf8), .otherPicture, "an SVG"),
        (Array("P6 2 2 255\n".utf8), .otherPicture, "Netpbm"), ([0, 0, 1, 0, 1, 0, 16, 16], .otherPicture, "an icon"),
        ([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 8, 0, 24, 0], .otherPicture, "Targa"), ([0, 5, 0x16, 7], .clutter, "macOS"),
        ([0xEF, 0xBF, 0xBD, 0xEF, 0xBF, 0xBD], .hollow, "saved as text"),
        ([1, 2, 3], .unknown, "01 02 03"), (Array("BM but a text".utf8), .text, "a text"),
    ]

    private static func zip(_ entry: String) -> [UInt8] {
        Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 22) + [UInt8(entry.utf8.count), 0, 0, 0] + Array(entry.utf8)
    }

    private static func brand(_ major: String, _ compatible: String) -> [UInt8] {
        [0, 0, 0, 20] + Array("ftyp\(major)".utf8) + [0, 0, 0, 0] + Array(compatible.utf8)
    }

    @Test func everyKindIsToldByItsContents() throws {
        try withTemporaryFolder { folder in
            for (number, sample) in Self.samples.enumerated() {
                let kind = FileKind.of(bytes: sample.bytes)
                #expect(kind.group == sample.group && kind.name.contains(sample.name), "\(kind) instead of \(sample.name)")
                // A file's name plays no part.
                let path = "\(folder)/\(number).png"
                try Foundation.Data(sample.bytes).write(to: URL(fileURLWithPath: path))
                #expect(FileKind.of(path) == kind)
            }
        }
    }

    @Test func whatIsNoFileIsSaid() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/dangling", withDestinationPath: "nowhere")
            #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
            #expect(FileKind.of(folder).group == .folder)
            #expect(FileKind.of("\(folder)/dangling").name == "a link to nothing")
            #expect(FileKind.of("\(folder)/none").name == "not there")
            // Must not wait for a writer.
            #expect(FileKind.of("\(folder)/pipe").group == .unreadable)
        }
    }

    @Test func sentencesNameTheRemedy() {
        let page = FileKind.of(bytes: Array("<html></html>".utf8))
        #expect(page.sentence.hasPrefix("it is a web page: ") && page.sentence.contains("fetch the file again"))
        #expect(page.unlessIn(.picture) == page && FileKind.of(bytes: Array("GIF89a".utf8)).unlessIn(.picture) == nil)
        #expect(FileKind.of(bytes: [1, 2, 3]).unlessIn(.picture) == nil)
    }

    /// Zeros at the beginning only are no hollow file.
    @Test func zerosBeforeDataAreNotCalledHollow() {
        #expect(FileKind.of(bytes: [UInt8](repeating: 0, count: 50_000) + [1]).group == .unknown)
    }
}

@Suite struct FileKindFuzzTests {
    /// Any bytes get an answer.
    @Test func anyBytesHaveAKind() {
        let outcome = Fuzzing.search(60) { random in
            let sample = FileKindTests.samples[random.integer(below: FileKindTests.samples.count)].bytes
            let kind = FileKind.of(bytes: Fuzzing.mutated(sample.isEmpty ? [0] : sample, &random))
            #expect(!kind.name.isEmpty)
            return kind.group == .unknown
        }
        #expect(outcome.reachesBoth, "\(outcome)")
    }
}
