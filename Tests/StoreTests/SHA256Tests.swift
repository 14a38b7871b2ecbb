// SHA256Tests.swift — SHA-256 against the examples of FIPS 180-4's companion documents.

import Store
import Testing

@Suite struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func publishedExamples(text: String, expected: String) {
        #expect(SHA256.hash(of: Array(text.utf8)) == expected)
        let inPieces = SHA256()
        for byte in text.utf8 { withUnsafeBytes(of: byte) { inPieces.update($0) } }
        #expect(inPieces.finish() == expected)
    }

    @Test func aMillionLetters() {
        let hash = SHA256()
        for _ in 0..<1000 { hash.update(String(repeating: "a", count: 1000)) }
        #expect(hash.finish() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }
}
