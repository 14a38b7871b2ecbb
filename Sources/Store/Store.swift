// Store.swift — what this module holds; there is no code in this file.
//
// From the bottom up:
//   HDF5Library, HDF5Handle        the lock, the one place that sees return codes, ownership
//   HDF5File, HDF5Group, HDF5Dataset, HDF5Value
//                                  typed HDF5, with no knowledge of what is stored
//   AtomicFile, FileSystem         files that appear whole or not at all
//   FormatVersion, ContentHash     what both schemas share
//   Checkpoint…                    the checkpoint schema, its folder, the comparison
//   Dataset…                       the dataset schema: writer, reader, validation
//
// Everything throws `StoreError`, whose sentences name the file, the object and a remedy.
