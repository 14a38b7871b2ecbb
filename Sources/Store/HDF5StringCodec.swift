// HDF5StringCodec.swift — Swift strings to and from HDF5's two string types, for datasets and
// attributes alike.

import CHDF5

import Glibc

/// Converts the strings of one object.
struct HDF5StringCodec {
    let object: String
    let context: HDF5Context

    /// - Parameter transfer: H5Dread or H5Aread of the whole object, given the memory type.
    func read(
        _ stored: HDF5StoredType, count: Int,
        transfer: (_ memoryType: hid_t, _ base: UnsafeMutableRawPointer) -> herr_t
    ) throws -> [String] {
        switch stored.kind {
        case .variableString:
            if count == 0 { return [] }
            let type = try memoryType(bytes: nil, stored.characters, .reading)
            var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
            try pointers.withUnsafeMutableBytes { buffer in
                let base = buffer.baseAddress!
                _ = try context.read(object) { transfer(type.id, base) }
            }
            // HDF5 allocates with malloc unless told otherwise, and nobody tells it here.
            defer { pointers.forEach { free($0) } }
            return try pointers.map { pointer in
                guard let pointer else { return "" }
                return try string(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
            }
        case .string(let bytes):
            if count == 0 { return [] }
            let type = try memoryType(bytes: bytes, stored.characters, .reading)
            var flat = [UInt8](repeating: 0, count: count * bytes)
            try flat.withUnsafeMutableBytes { buffer in
                let base = buffer.baseAddress!
                _ = try context.read(object) { transfer(type.id, base) }
            }
            return try flat.withUnsafeBytes { buffer in
                try (0..<count).map { index in
                    let cell = UnsafeRawBufferPointer(rebasing: buffer[index * bytes..<(index + 1) * bytes])
                    let length = cell.firstIndex(of: 0) ?? bytes
                    return try string(UnsafeRawBufferPointer(rebasing: cell[..<length]))
                }
            }
        default:
            throw StoreError.typeMismatch(
                file: context.file, object: object, expected: "string", found: stored.description)
        }
    }

    private func string(_ bytes: UnsafeRawBufferPointer) throws -> String {
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw StoreError.corrupt(file: context.file, object: object, detail: "a string is not UTF-8")
        }
        return string
    }

    /// The type that holds all of `strings`.
    func makeType(for strings: [String], isVariable: Bool) throws -> HDF5Handle {
        if let bad = strings.first(where: { $0.utf8.contains(0) }) {
            throw StoreError.invalid(
                file: context.file, object: object,
                problem: "the string '\(bad.filter { $0 != "\0" })' has a NUL character in it; remove it")
        }
        // HDF5 knows no strings of 0 bytes.
        return try memoryType(
            bytes: isVariable ? nil : strings.reduce(1) { max($0, $1.utf8.count) }, H5T_CSET_UTF8, .creating)
    }

    /// - Parameter transfer: H5Dwrite or H5Awrite of the whole object.
    func write(
        _ strings: [String], _ type: HDF5Handle, transfer: (_ base: UnsafeRawPointer) -> herr_t
    ) throws {
        let stored = try HDF5StoredType(type.id, object, in: context)
        if case .string(let bytes) = stored.kind {
            var flat = [UInt8](repeating: 0, count: strings.count * bytes)
            for (index, string) in strings.enumerated() {
                flat.replaceSubrange(index * bytes..<index * bytes + string.utf8.count, with: string.utf8)
            }
            try flat.withUnsafeBytes { buffer in
                let base = buffer.baseAddress!
                _ = try context.write(.writing, object) { transfer(base) }
            }
        } else {
            let pointers = strings.map { strdup($0) }
            defer { pointers.forEach { free($0) } }
            try pointers.withUnsafeBytes { buffer in
                let base = buffer.baseAddress!
                _ = try context.write(.writing, object) { transfer(base) }
            }
        }
    }

    /// A type of `bytes` bytes with NUL padding, or of variable length.
    private func memoryType(
        bytes: Int?, _ characters: H5T_cset_t, _ operation: HDF5Operation
    ) throws -> HDF5Handle {
        let type = try HDF5Handle(.type, operation, object, in: context) { H5Tcopy(bwh5_c_string()) }
        try context.read(object) { H5Tset_size(type.id, bytes ?? bwh5_variable_length()) }
        try context.read(object) { H5Tset_cset(type.id, characters) }
        if bytes != nil { try context.read(object) { H5Tset_strpad(type.id, H5T_STR_NULLPAD) } }
        return type
    }
}
