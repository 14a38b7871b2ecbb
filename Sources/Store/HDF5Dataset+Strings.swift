// HDF5Dataset+Strings.swift — strings in datasets: UTF-8, of fixed or variable length.

import CHDF5

extension HDF5Dataset {
    /// All strings, of either kind; fixed ones lose their padding.
    /// - Throws: `StoreError.typeMismatch`, or `.corrupt` where the bytes are no UTF-8.
    public func readStrings() throws -> [String] {
        try HDF5StringCodec(object: path, context: context).read(storedType, count: count) { memory, base in
            H5Dread(self.handle.id, memory, 0, 0, 0, base)
        }
    }
}

extension HDF5Group {
    /// Makes a dataset of strings.
    /// - Parameters:
    ///   - name: one component; the group must exist.
    ///   - shape: nil for one dimension, [] for a single string.
    ///   - isVariable: variable length, each string in the file's heap; otherwise all take the
    ///     longest one's bytes, padded with NULs, and filters such as fletcher32 cover them.
    /// - Throws: `StoreError.invalid` for a string with a NUL in it, which HDF5 cannot hold.
    public func writeStrings(
        _ strings: [String], to name: String, shape: [Int]? = nil, isVariable: Bool = false,
        layout: HDF5Layout = HDF5Layout()
    ) throws {
        let codec = HDF5StringCodec(object: fullPath(name), context: context)
        let type = try codec.makeType(for: strings, isVariable: isVariable)
        let shape = shape ?? [strings.count]
        precondition(
            shape.reduce(1, *) == strings.count,
            "HDF5Group: \(strings.count) strings for \(fullPath(name)) of shape \(shape)")
        let dataset = try makeDataset(name, shape: shape, layout: layout) { type.id }
        if !strings.isEmpty {
            try codec.write(strings, type) { H5Dwrite(dataset.id, type.id, 0, 0, 0, $0) }
        }
        try dataset.close()
    }
}
