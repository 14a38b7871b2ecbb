// HDF5Filters.swift — whether a dataset's values can be read at all: how they are packed, and where they lie.
//
// HDF5 looks at that with the first value only, and then names neither filter nor remedy.

import CHDF5

enum HDF5Filters {
    /// - Throws: `StoreError.filter` for a filter that this library and its plug-ins lack; `.elsewhere` for values in other
    ///   files, which HDF5 reads as zeros where these are missing.
    static func requireReadable(_ dataset: HDF5Handle, _ path: String, in context: HDF5Context) throws {
        let properties = try HDF5Handle(.propertyList, .reading, path, in: context) { H5Dget_create_plist(dataset.id) }
        switch HDF5Library.locked({ H5Pget_layout(properties.id) }) {
        case H5D_VIRTUAL: throw StoreError.elsewhere(file: context.file, object: path, how: "a virtual dataset")
        case H5D_CONTIGUOUS where HDF5Library.locked({ H5Pget_external_count(properties.id) }) > 0:
            throw StoreError.elsewhere(file: context.file, object: path, how: "stored outside the HDF5 file")
        default: break
        }
        let count = try context.read(path) { H5Pget_nfilters(properties.id) }
        for index in 0..<max(0, count) {
            var name = [CChar](repeating: 0, count: 64)
            var (flags, values) = (UInt32(0), 0)
            let filter = try context.read(path) {
                H5Pget_filter2(properties.id, UInt32(index), &flags, &values, nil, name.count, &name, nil)
            }
            if try context.read(path, .reading, { H5Zfilter_avail(filter) }) > 0 { continue }
            let own = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw StoreError.filter(
                file: context.file, object: path, name: known[filter] ?? (own.isEmpty ? "unknown" : own), number: Int(filter))
        }
    }

    /// Those that users meet, by the numbers that the HDF Group has given them.
    private static let known: [H5Z_filter_t: String] = [
        1: "deflate (gzip)", 2: "shuffle", 3: "fletcher32", 4: "szip", 5: "nbit", 6: "scale-offset", 305: "LZO",
        307: "bzip2", 32000: "LZF", 32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle", 32013: "ZFP", 32015: "Zstandard",
        32017: "SZ", 32018: "FCIDECOMP", 32026: "Blosc2",
    ]
}
