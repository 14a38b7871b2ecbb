// GeneratorWeights.swift — the trained generators as one small file that is shipped with the program.
//
// `blendway train-generators` writes it. Little-endian: "BWGEN001", then half-precision numbers: the
// networks' weights in the order of `GeneratorShape.Upsampling.allCases`, then the face space's mean
// and components.

import Foundation

/// All generators of the built-in world.
package struct GeneratorWeights: Sendable {
    package let networks: [GeneratorShape.Upsampling: GeneratorNetwork]
    package let faceSpace: FaceSpace

    private static let magic = Array("BWGEN001".utf8)
    package static let fileName = "generators.bin"

    private static var count: Int {
        GeneratorShape.Upsampling.allCases.reduce(0) { $0 + GeneratorShape($1).weightCount }
            + FaceSpace.dimension * (1 + FaceSpace.components)
    }

    /// The file's bytes for these values; they are rounded to half precision.
    package static func bytes(
        networks: [GeneratorShape.Upsampling: [Float]], mean: [Float], basis: [Float]
    ) -> [UInt8] {
        var bytes = magic
        func append(_ values: [Float]) {
            for value in values {
                let bits = Float16(value).bitPattern
                bytes.append(UInt8(bits & 0xFF))
                bytes.append(UInt8(bits >> 8))
            }
        }
        for upsampling in GeneratorShape.Upsampling.allCases { append(networks[upsampling]!) }
        append(mean)
        append(basis)
        return bytes
    }

    /// Throws `generators` for bytes that `bytes(…)` did not make.
    package init(_ bytes: [UInt8], file: String) throws(SynthesisError) {
        let length = Self.magic.count + 2 * Self.count
        guard bytes.starts(with: Self.magic), bytes.count == length else {
            throw .generators(file: file, reason: "has \(bytes.count) bytes, but this release's has \(length) and begins with BWGEN001")
        }
        var offset = Self.magic.count
        func next(_ count: Int) -> [Float] {
            defer { offset += 2 * count }
            return (0..<count).map {
                Float(Float16(bitPattern: UInt16(bytes[offset + 2 * $0]) | UInt16(bytes[offset + 2 * $0 + 1]) << 8))
            }
        }
        var networks: [GeneratorShape.Upsampling: GeneratorNetwork] = [:]
        for upsampling in GeneratorShape.Upsampling.allCases {
            let shape = GeneratorShape(upsampling)
            networks[upsampling] = GeneratorNetwork(shape, weights: next(shape.weightCount))
        }
        self.networks = networks
        let mean = next(FaceSpace.dimension)
        faceSpace = FaceSpace(mean: mean, basis: next(FaceSpace.components * FaceSpace.dimension))
    }

    /// Those shipped with the program, read once.
    package static func shipped() throws(SynthesisError) -> GeneratorWeights { try loaded.get() }

    private static let loaded: Result<GeneratorWeights, SynthesisError> = {
        // Beside the program, where the package manager puts it; `Bundle.module` would end the process.
        let file = Bundle.main.bundleURL.appendingPathComponent("blendway_Synthesis.resources/\(fileName)")
        guard let data = try? Data(contentsOf: file) else {
            return .failure(.generators(file: file.path, reason: "can't be read"))
        }
        return Result { () throws(SynthesisError) in try GeneratorWeights([UInt8](data), file: file.path) }
    }()
}
