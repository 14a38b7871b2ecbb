// CRC32C.swift — the checksum of TensorBoard's record files, Castagnoli's polynomial.
//
// By table, a byte at a time: a run writes kilobytes of records, not gigabytes.

/// CRC-32C as in RFC 3720, appendix B.4.
package enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }

    /// As TFRecord stores it: turned by 15 bits and moved by a constant, so that a checksum over bytes
    /// that hold checksums stays a good one.
    package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let crc = checksum(bytes)
        return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    }
}
