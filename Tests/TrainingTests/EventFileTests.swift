// EventFileTests.swift — framing, checksums and names of TensorBoard's files. What its own reader makes of a
// run's files is tested in LaunchTests.

import Foundation
import Testing
import Training

@Suite struct EventFileTests {
    /// RFC 3720, B.4, and the usual check value.
    @Test func checksumsAreThoseOfTheStandard() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(CRC32C.checksum([]) == 0)
        let crc: UInt32 = 0xE306_9283
        #expect(CRC32C.masked(Array("123456789".utf8)) == (crc >> 15 | crc << 17) &+ 0xA282_EAD8)
    }

    @Test func aRecordIsFramedByLengthAndChecksums() {
        let framed = [UInt8](EventFile.framed(Data("abc".utf8)))
        #expect(framed.count == 8 + 4 + 3 + 4)
        #expect(Array(framed[0..<8]) == [3, 0, 0, 0, 0, 0, 0, 0] && Array(framed[12..<15]) == Array("abc".utf8))
        func word(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(framed[at + $1]) << (8 * UInt32($1)) } }
        #expect(word(8) == CRC32C.masked(framed[0..<8]) && word(15) == CRC32C.masked(framed[12..<15]))
    }

    @Test func namesFollowEachOtherWhateverTheClocksSay() {
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        #expect(EventFile.number(after: [], now) == "1700000000")
        #expect(EventFile.number(after: ["events.out.tfevents.1700000000.a.1.0"], now) == "1700000001")
        #expect(EventFile.number(after: ["events.out.tfevents.1700009999.b.7.0", "metrics.jsonl"], now) == "1700010000")
        #expect(EventFile.number(after: [], Date(timeIntervalSince1970: 5)) == "0000000005")
    }

    @Test func aFolderThatCannotBeWrittenIsSaidOnceAndNotFatal() {
        var warnings: [String] = []
        let log = TensorBoardLog(folder: "/nowhere/at/all", resumedStep: nil, warn: { warnings.append($0) })
        log.append(["a": 1], step: 1)
        #expect(warnings.count == 1 && warnings[0].contains("/nowhere/at/all/events.out.tfevents."))
    }
}
