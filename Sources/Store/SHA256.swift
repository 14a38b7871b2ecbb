// SHA256.swift — SHA-256 as the system's libcrypto computes it, with the processor's instructions where it has them.

import CCrypto

/// A SHA-256 (FIPS 180-4) of bytes that come in pieces. For one thread at a time.
package final class SHA256 {
    private let context: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            fatalError("libcrypto gives no SHA-256; is its configuration (openssl.cnf) sound?")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    package func update(_ bytes: UnsafeRawBufferPointer) {
        let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(status == 1, "SHA-256 of \(bytes.count) more bytes failed")
    }

    /// The UTF-8 bytes of a text.
    package func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// A string of a list: its bytes and a 0.
    func updateListed(_ text: String) { update(text + "\0") }

    /// The hash of all bytes so far, 64 lower case hexadecimal digits. No bytes may follow.
    package func finish() -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The first 8 bytes of the hash of all bytes so far, as a big-endian number. No bytes may follow.
    func finishShort() -> UInt64 { digest().prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    private func digest() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let status = EVP_DigestFinal_ex(context, &digest, nil)
        precondition(status == 1, "SHA-256 was asked for twice")
        return digest
    }

    /// The hash of bytes that are all there.
    package static func hash(of bytes: UnsafeRawBufferPointer) -> String {
        let hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    package static func hash(of bytes: [UInt8]) -> String { bytes.withUnsafeBytes { hash(of: $0) } }
}
