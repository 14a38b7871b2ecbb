// SafetensorsFuzzTests.swift — mutated safetensors files: each is read to its end or refused.

import Foundation
import Interchange
import Store
import TestSupport
import Testing

@Suite struct SafetensorsFuzzTests {
    /// What JSON is made of.
    private static let marks = Array("{}[]\",:0159-\\ue".utf8)

    /// What is read has the sizes that the file says.
    @Test func mutatedFilesAreReadOrRefused() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/w"
            var writer = SafetensorsWriter()
            writer.metadata = ["k": "v"]
            writer.add("features.0.0.weight", shape: [2, 3]) { [1, 2, 3, 4, 5, 6] }
            writer.add("n", 5)
            writer.add("z", shape: [1]) { [1] }
            try writer.write(to: path)
            let sound = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let outcome = try Fuzzing.search(0) { random in
                try write(Fuzzing.mutated(sound, &random, marks: Self.marks), path)
                do {
                    let file = try SafetensorsFile(path)
                    for name in file.names where file.isFloat(name) {
                        #expect(try file.floats(name).count == file.shape(of: name)!.reduce(1, *))
                    }
                    return false
                } catch is InterchangeError {
                    return true
                } catch is StoreError {
                    return true
                }
            }
            #expect(outcome.reachesBoth, "\(outcome)")
        }
    }
}
