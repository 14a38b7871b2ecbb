// HDF5Element.swift — which Swift types datasets hold, and what a file's own types are.

import CHDF5

/// The element types that Store reads and writes.
public enum HDF5ElementType: String, Sendable {
    case uint8, int32, int64, float32, float64, string
}

/// A number type that HDF5 and Swift lay out alike.
public protocol HDF5Element: BitwiseCopyable, Sendable {
    static var hdf5Type: HDF5ElementType { get }
}

extension UInt8: HDF5Element { public static var hdf5Type: HDF5ElementType { .uint8 } }
extension Int32: HDF5Element { public static var hdf5Type: HDF5ElementType { .int32 } }
extension Int64: HDF5Element { public static var hdf5Type: HDF5ElementType { .int64 } }
extension Float: HDF5Element { public static var hdf5Type: HDF5ElementType { .float32 } }
extension Double: HDF5Element { public static var hdf5Type: HDF5ElementType { .float64 } }

extension HDF5ElementType {
    /// HDF5's type for this machine's memory; owned by the library. Inside the lock only.
    var memoryType: hid_t {
        switch self {
        case .uint8: bwh5_native_uint8()
        case .int32: bwh5_native_int32()
        case .int64: bwh5_native_int64()
        case .float32: bwh5_native_float()
        case .float64: bwh5_native_double()
        case .string: preconditionFailure("HDF5ElementType: strings have no fixed memory type")
        }
    }

    /// HDF5's type for new files; owned by the library. Inside the lock only.
    var fileType: hid_t {
        switch self {
        case .uint8: bwh5_file_uint8()
        case .int32: bwh5_file_int32()
        case .int64: bwh5_file_int64()
        case .float32: bwh5_file_float()
        case .float64: bwh5_file_double()
        case .string: preconditionFailure("HDF5ElementType: strings have no fixed file type")
        }
    }
}

/// What a file says about the type of a dataset or attribute.
struct HDF5StoredType: Equatable, CustomStringConvertible {
    enum Kind: Equatable {
        case integer(bytes: Int, signed: Bool)
        case real(bytes: Int)
        case string(bytes: Int)
        case variableString
        case other
    }
    let kind: Kind
    /// Of strings. HDF5 converts between no two sets, not even from ASCII to UTF-8.
    let characters: H5T_cset_t

    /// Looks at an open datatype.
    init(_ type: hid_t, _ object: String, in context: HDF5Context) throws {
        (kind, characters) = try HDF5Library.locked {
            let kind = H5Tget_class(type)
            let bytes = H5Tget_size(type)
            if kind == H5T_ENUM {
                // h5py's truth values among others: their numbers are integers.
                let base = try HDF5Handle(.type, .reading, object, in: context) { H5Tget_super(type) }
                return (try HDF5StoredType(base.id, object, in: context).kind, H5T_CSET_ASCII)
            }
            if kind == H5T_INTEGER {
                return (.integer(bytes: bytes, signed: H5Tget_sign(type) == H5T_SGN_2), H5T_CSET_ASCII)
            }
            if kind == H5T_FLOAT { return (.real(bytes: bytes), H5T_CSET_ASCII) }
            guard kind == H5T_STRING else { return (.other, H5T_CSET_ASCII) }
            let variable = try context.read(object) { H5Tis_variable_str(type) } > 0
            return (variable ? .variableString : .string(bytes: bytes), H5Tget_cset(type))
        }
    }

    var isInteger: Bool { if case .integer = kind { true } else { false } }

    var isNumber: Bool { if case .real = kind { true } else { isInteger } }

    var isString: Bool {
        switch kind {
        case .string, .variableString: true
        default: false
        }
    }

    /// The type of ours that holds every value of this one; nil when there is none.
    var elementType: HDF5ElementType? {
        switch kind {
        case .integer(1, signed: false): .uint8
        case .integer(let bytes, _) where bytes < 4: .int32
        case .integer(4, signed: true): .int32
        case .integer(let bytes, let signed) where bytes < 8 || bytes == 8 && signed: .int64
        case .real(let bytes) where bytes <= 4: .float32
        case .real(8): .float64
        case .string, .variableString: .string
        default: nil
        }
    }

    /// True when each value of this type is exactly one of `wanted`: widening only, since HDF5
    /// itself would clip integers and round reals without a word.
    func fits(_ wanted: HDF5ElementType) -> Bool {
        guard let elementType else { return false }
        switch wanted {
        case .uint8: return elementType == .uint8
        case .int32: return elementType == .uint8 || elementType == .int32
        case .int64: return elementType == .uint8 || elementType == .int32 || elementType == .int64
        case .float32: return elementType == .float32
        case .float64: return elementType == .float32 || elementType == .float64
        case .string: return elementType == .string
        }
    }

    var description: String {
        switch kind {
        case .integer(let bytes, let signed): "\(signed ? "int" : "uint")\(bytes * 8)"
        case .real(let bytes): "float\(bytes * 8)"
        case .string(let bytes): "string of \(bytes) bytes"
        case .variableString: "string"
        case .other: "a type that Blendway does not use"
        }
    }
}
