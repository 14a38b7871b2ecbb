// FileKind+Signatures.swift — how files of each kind begin, from the formats' own descriptions. In the order in
// which a mistake would cost most: what stands for other files first, then formats, then texts.

extension FileKind {
    /// - Parameters:
    ///   - head: the first `headSize` bytes, or the whole of a shorter file.
    ///   - size: the file's.
    public init(head: [UInt8], size: Int) {
        let bytes = Head(head)
        self =
            Self.hollow(bytes) ?? Self.pointer(bytes) ?? Self.picture(bytes) ?? Self.film(bytes) ?? Self.data(bytes, size: size)
            ?? Self.archive(bytes) ?? Self.clutter(bytes) ?? Self.text(bytes)
            ?? FileKind(.unknown, "a file of no known kind (it begins with \(bytes.hexadecimal))")
    }

    /// The beginning of a file, asked what is at which place.
    private struct Head {
        let bytes: [UInt8]
        /// Lower-case and without a byte-order mark, for what is written in letters.
        let text: String

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            let marked = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
            text = String(decoding: marked.prefix(2048), as: UTF8.self).lowercased()
        }

        func has(_ signature: [UInt8], at place: Int = 0) -> Bool {
            place + signature.count <= bytes.count && bytes[place..<place + signature.count].elementsEqual(signature)
        }

        func has(_ letters: String, at place: Int = 0) -> Bool { has(Array(letters.utf8), at: place) }

        func letters(_ range: Range<Int>) -> String {
            range.upperBound <= bytes.count ? String(decoding: bytes[range], as: UTF8.self) : ""
        }

        func number(_ place: Int, _ size: Int, bigEndian: Bool = false) -> Int? {
            guard place + size <= bytes.count else { return nil }
            return (0..<size).reduce(0) { $0 << 8 | Int(bytes[place + (bigEndian ? $1 : size - 1 - $1)]) }
        }

        var hexadecimal: String {
            bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
        }
    }

    // MARK: No file of its own

    private static func hollow(_ head: Head) -> FileKind? {
        if head.bytes.isEmpty {
            return FileKind(.hollow, "an empty file", remedy: "its copy or download broke off, so fetch it again")
        }
        // What U+FFFD is in UTF-8, where a binary file's first byte should be.
        if head.has([0xEF, 0xBF, 0xBD]) {
            return FileKind(
                .hollow, "a binary file that was saved as text, which lost most of its bytes",
                remedy: "fetch it again, as binary")
        }
        if head.has([0x89, 0x50, 0x4E, 0x47, 0x0A]) || head.has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0D, 0x0A]) {
            return FileKind(.hollow, "a PNG whose line ends were changed on the way", remedy: "fetch it again, as binary")
        }
        return nil
    }

    private static func pointer(_ head: Head) -> FileKind? {
        if head.has("version https://git-lfs.github.com/") || head.has("version https://hawser.github.com/") {
            let size = head.text.split(separator: "\n").first { $0.hasPrefix("size ") }.flatMap { Int($0.dropFirst(5)) }
            return FileKind(
                .pointer, "a Git LFS pointer" + (size.map { " to \(grouped($0)) bytes" } ?? "") + ", not the file itself",
                remedy: "fetch it with `git lfs pull`")
        }
        if head.bytes.count < 1024, head.text.contains("/annex/objects/") {
            return FileKind(.pointer, "a git-annex pointer, not the file itself", remedy: "fetch it with `git annex get`")
        }
        if head.has("[InternetShortcut]") || head.has([0x4C, 0, 0, 0, 1, 0x14, 2, 0]) {
            return FileKind(.pointer, "a shortcut, not the file itself", remedy: "give the file that it leads to")
        }
        return nil
    }

    private static func grouped(_ number: Int) -> String {
        var text = ""
        for (place, digit) in String(number).reversed().enumerated() {
            if place > 0, place % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    // MARK: Pictures

    private static func picture(_ head: Head) -> FileKind? {
        func read(_ format: PictureFormat) -> FileKind {
            FileKind(.picture, "\(article(format.rawValue)) \(format.rawValue) picture", format: format)
        }
        func other(_ format: String) -> FileKind {
            FileKind(
                .otherPicture, "\(article(format)) \(format) picture", remedy: "that format is not read here, so convert it to PNG")
        }
        if head.has([0xFF, 0xD8, 0xFF, 0xF7]) { return other("JPEG-LS") }
        if head.has([0xFF, 0xD8, 0xFF]) { return read(.jpeg) }
        if head.has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return read(.png) }
        if head.has("GIF87a") || head.has("GIF89a") { return read(.gif) }
        if head.has("RIFF"), head.has("WEBP", at: 8) { return read(.webp) }
        if head.has("BM"), let size = head.number(14, 4), [12, 16, 40, 52, 56, 64, 108, 124].contains(size) { return read(.bmp) }
        if head.has([0x49, 0x49, 0x2A, 0, 0x10, 0, 0, 0, 0x43, 0x52]) { return other("Canon raw") }
        if head.has([0x49, 0x49, 0x2A, 0]) || head.has([0x4D, 0x4D, 0, 0x2A]) || head.has([0x49, 0x49, 0x2B, 0])
            || head.has([0x4D, 0x4D, 0, 0x2B])
        {
            return read(.tiff)
        }
        if head.has([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20]) || head.has([0xFF, 0x4F, 0xFF, 0x51]) { return read(.jpeg2000) }
        if head.has("ftyp", at: 4) {
            // The brand, then a version, then brands that it is compatible with.
            let end = min(head.number(0, 4, bigEndian: true) ?? 0, head.bytes.count)
            let brands = [head.letters(8..<12)] + stride(from: 16, to: max(16, end - 3), by: 4).map { head.letters($0..<$0 + 4) }
            let still: Set = ["avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "mif2", "jpeg", "jpgs", "avci", "j2ki"]
            if still.contains(brands[0]) {
                return brands.contains("avif") || brands.contains("avis") ? read(.avif) : read(.heic)
            }
            if brands[0] == "crx " { return other("Canon raw") }
            if brands[0] == "jxl " { return other("JPEG XL") }
        }
        let others: [(String, [UInt8])] = [
            ("JPEG XL", [0xFF, 0x0A]), ("JPEG XL", [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20]), ("Photoshop", Array("8BPS".utf8)),
            ("OpenEXR", [0x76, 0x2F, 0x31, 0x01]), ("Radiance HDR", Array("#?RADIANCE".utf8)), ("Radiance HDR", Array("#?RGBE".utf8)),
            ("DDS", Array("DDS |".utf8)), ("QOI", Array("qoif".utf8)), ("farbfeld", Array("farbfeld".utf8)),
            ("GIMP", Array("gimp xcf".utf8)), ("JPEG XR", [0x49, 0x49, 0xBC]), ("BPG", [0x42, 0x50, 0x47, 0xFB]),
            ("FLIF", Array("FLIF".utf8)), ("icon", Array("icns".utf8)),
            ("Sun raster", [0x59, 0xA6, 0x6A, 0x95]), ("SGI", [0x01, 0xDA, 0, 1]), ("SGI", [0x01, 0xDA, 1, 1]),
            ("PCX", [0x0A, 0x05, 0x01]), ("FITS", Array("SIMPLE  =".utf8)),
            ("Fujifilm raw", Array("FUJIFILMCCD-RAW".utf8)), ("Olympus raw", Array("IIRO".utf8)), ("Panasonic raw", [0x49, 0x49, 0x55, 0]),
        ]
        if let found = others.first(where: { head.has($0.1) }) { return other(found.0) }
        if let pictures = head.number(4, 2), (1...256).contains(pictures) {
            if head.has([0, 0, 1, 0]) { return other("icon") }
            if head.has([0, 0, 2, 0]) { return other("cursor") }
        }
        if isTarga(head) { return other("Targa") }
        if head.has("DICM", at: 128) { return other("DICOM") }
        if head.bytes.count > 2, head.bytes[0] == 0x50, (0x31...0x37).contains(head.bytes[1]), [0x20, 0x0A, 0x0D, 0x09, 0x23].contains(head.bytes[2]) {
            return other("Netpbm (PPM, PGM, PBM, PAM)")
        }
        if head.text.contains("<svg") { return other("SVG") }
        return nil
    }

    /// Targa has no signature: a header of 18 bytes in which everything is possible.
    private static func isTarga(_ head: Head) -> Bool {
        guard let map = head.number(1, 1), let kind = head.number(2, 1), let bits = head.number(16, 1), let width = head.number(12, 2),
            let height = head.number(14, 2), map <= 1, width > 0, height > 0
        else { return false }
        // Either colours with a map, or a header that has zeros in their place.
        let isMapped = [1, 9].contains(kind)
        return [1, 2, 3, 9, 10, 11].contains(kind) && [8, 15, 16, 24, 32].contains(bits) && (map == 1 || !isMapped && head.number(3, 5) == 0)
            && (!isMapped || [15, 16, 24, 32].contains(head.number(7, 1) ?? 0))
    }

    /// As the name is spoken: letter by letter where no small one follows the first, but for those read as words.
    private static func article(_ name: String) -> String {
        let isSpelled = name.dropFirst().first?.isLowercase != true && !["HEIC", "FITS", "FLIF"].contains(name)
        return (isSpelled ? "AEFHILMNORSX" : "AEIOaeio").contains(name.first!) ? "an" : "a"
    }

    // MARK: Films and sound

    private static func film(_ head: Head) -> FileKind? {
        func film(_ format: String) -> FileKind { FileKind(.film, "\(article(format)) \(format) film") }
        func sound(_ format: String) -> FileKind { FileKind(.sound, "sound (\(format)) without pictures") }
        if head.has("ftyp", at: 4) {
            let brand = head.letters(8..<12)
            if brand.hasPrefix("M4A") || brand.hasPrefix("M4B") { return sound("M4A") }
            return film(brand.hasPrefix("3g") ? "3GP" : brand == "qt  " ? "QuickTime" : "MP4")
        }
        if ["moov", "mdat", "wide", "free", "skip", "pnot"].contains(head.letters(4..<8)) { return film("QuickTime") }
        if head.has([0x1A, 0x45, 0xDF, 0xA3]) { return film(head.text.contains("webm") ? "WebM" : "Matroska") }
        if head.has("RIFF") {
            if head.has("AVI ", at: 8) { return film("AVI") }
            if head.has("WAVE", at: 8) { return sound("WAV") }
        }
        let films: [(String, [UInt8])] = [
            ("Windows Media", [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]), ("Flash", [0x46, 0x4C, 0x56, 0x01]),
            ("Ogg", Array("OggS".utf8)), ("MXF", [0x06, 0x0E, 0x2B, 0x34]), ("RealMedia", Array(".RMF".utf8)), ("IVF", Array("DKIF".utf8)),
            ("YUV4MPEG", Array("YUV4MPEG2".utf8)), ("MPEG", [0, 0, 1, 0xBA]), ("MPEG", [0, 0, 1, 0xB3]), ("MPEG-4", [0, 0, 1, 0xB0]),
            ("H.264", [0, 0, 0, 1, 0x67]), ("H.264", [0, 0, 0, 1, 0x27]), ("H.264", [0, 0, 0, 1, 0x09]), ("H.264", [0, 0, 1, 0x67]),
            ("HEVC", [0, 0, 0, 1, 0x40, 0x01]), ("HEVC", [0, 0, 0, 1, 0x46, 0x01]), ("HEVC", [0, 0, 1, 0x40, 0x01]),
        ]
        if let found = films.first(where: { head.has($0.1) }) { return film(found.0) }
        if head.has([0x47]), head.has([0x47], at: 188), head.has([0x47], at: 376) { return film("MPEG transport stream") }
        if head.has([0x47], at: 4), head.has([0x47], at: 196), head.has([0x47], at: 388) { return film("MPEG transport stream") }
        if head.has("ID3") || head.has([0xFF, 0xFB]) || head.has([0xFF, 0xF3]) { return sound("MP3") }
        if head.has("fLaC") { return sound("FLAC") }
        return nil
    }

    // MARK: Data

    private static func data(_ head: Head, size: Int) -> FileKind? {
        let hdf5: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        // Behind a user's own block of 512 bytes or a power of two more.
        if [0, 512, 1024, 2048, 4096].contains(where: { head.has(hdf5, at: $0) }) { return FileKind(.hdf5, "an HDF5 file") }
        if head.has([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) { return FileKind(.array, "a NumPy array (.npy)") }
        if let length = head.number(0, 8), length > 1, length <= size - 8, head.has([0x7B], at: 8) {
            return FileKind(.weights, "a safetensors file")
        }
        if head.has("PK\u{3}\u{4}"), let length = head.number(26, 2), 30 + length <= head.bytes.count {
            let entry = head.letters(30..<30 + length)
            if entry.hasSuffix("/data.pkl") || entry.hasSuffix("/.format_version") || entry.hasSuffix("/byteorder") {
                return FileKind(
                    .weights, "a PyTorch file (.pth)", remedy: "convert it with tools/pth_to_safetensors.py")
            }
            if entry.hasSuffix(".npy") {
                return FileKind(.archive, "a NumPy archive (.npz)", remedy: "save its arrays one by one as .npy")
            }
        }
        if head.has([0x80]), let version = head.number(1, 1), (2...5).contains(version) {
            if head.has([0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20], at: 2) {
                return FileKind(.weights, "an old PyTorch file (.pth)", remedy: "convert it with tools/pth_to_safetensors.py")
            }
            return FileKind(
                .weights, "a Python pickle", remedy: "pickles run code when they are read, so save the data as .npy or safetensors")
        }
        if head.has([0xDE, 0xC0, 0xEF, 0xBE], at: 16) {
            return FileKind(.database, "an LMDB's data.mdb", remedy: "give its folder with --lmdb")
        }
        if head.has("SQLite format 3") { return FileKind(.database, "an SQLite database") }
        if head.has("PAR1") { return FileKind(.database, "a Parquet table") }
        if head.has("MATLAB 5.0 MAT") { return FileKind(.database, "a MATLAB file", remedy: "save its arrays as .npy") }
        // A field for the version, then one for the producer or the graph.
        if head.has([0x08]), let version = head.number(1, 1), (3...20).contains(version), head.has([0x12], at: 2) || head.has([0x3A], at: 2) {
            return FileKind(.weights, "an ONNX model", remedy: "weights are read from safetensors")
        }
        return nil
    }

    private static func archive(_ head: Head) -> FileKind? {
        let archives: [(String, [UInt8], Int)] = [
            ("a zip archive", [0x50, 0x4B, 3, 4], 0), ("an empty zip archive", [0x50, 0x4B, 5, 6], 0), ("a gzip archive", [0x1F, 0x8B], 0),
            ("a bzip2 archive", Array("BZh".utf8), 0), ("an xz archive", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], 0),
            ("a zstd archive", [0x28, 0xB5, 0x2F, 0xFD], 0), ("an lz4 archive", [0x04, 0x22, 0x4D, 0x18], 0),
            ("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], 0), ("a rar archive", [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07], 0),
            ("a tar archive", Array("ustar".utf8), 257), ("a cabinet archive", Array("MSCF".utf8), 0),
            ("an ar archive", Array("!<arch>".utf8), 0),
        ]
        return archives.first { head.has($0.1, at: $0.2) }.map { FileKind(.archive, $0.0, remedy: "unpack it first") }
    }

    private static func clutter(_ head: Head) -> FileKind? {
        if head.has([0, 5, 0x16, 7]) { return FileKind(.clutter, "macOS's own notes about a file (._…)") }
        if head.has([0, 0, 0, 1, 0x42, 0x75, 0x64, 0x31]) { return FileKind(.clutter, "macOS's .DS_Store") }
        if head.has([0x7F, 0x45, 0x4C, 0x46]) { return FileKind(.clutter, "a program or library") }
        if head.has("MZ"), head.text.contains("this program") { return FileKind(.clutter, "a Windows program") }
        if head.has([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) { return FileKind(.clutter, "an old Office document or Thumbs.db") }
        if head.has("%PDF") { return FileKind(.otherPicture, "a PDF document") }
        if head.has("%!PS") || head.has([0xC5, 0xD0, 0xD3, 0xC6]) { return FileKind(.otherPicture, "a PostScript document") }
        return nil
    }

    // MARK: Texts

    private static func text(_ head: Head) -> FileKind? {
        let isWide = head.has([0xFF, 0xFE]) || head.has([0xFE, 0xFF])
        guard isWide || isText(head.bytes) else { return nil }
        let start = head.text.drop { $0.isWhitespace }
        let again = "the download was answered with it, so fetch the file again, logged in if that is needed"
        if ["<!doctype html", "<html", "<head", "<body", "<script"].contains(where: start.hasPrefix) || start.contains("<html") {
            return FileKind(.page, "a web page", remedy: again)
        }
        if start.hasPrefix("<?xml") || start.hasPrefix("<error") {
            return start.contains("<error")
                ? FileKind(.page, "a server's error message", remedy: again) : FileKind(.text, "an XML text")
        }
        if start.hasPrefix("{") || start.hasPrefix("[") { return FileKind(.json, "a JSON text") }
        return FileKind(.text, "a text")
    }

    /// UTF-8 or another extension of ASCII without control characters.
    private static func isText(_ bytes: [UInt8]) -> Bool {
        let controls = bytes.count { $0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains($0) || $0 == 0x7F }
        guard controls == 0 else { return false }
        // A few letters of an old code page in an otherwise plain text.
        if bytes.count(where: { $0 >= 0x80 }) * 4 < bytes.count { return true }
        // A longer file is cut here, perhaps within a letter.
        return (0...(bytes.count == FileKind.headSize ? 3 : 0)).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
    }
}
