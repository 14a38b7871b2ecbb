// StepBatch.swift — the tensors that `blendway verify-step` is given, read and checked.
//
// B quadruples of the whole batch, H×H pixels, h×h the features' map, D their channels.

import Foundation
import Store

/// One rank's share of a batch for a step that draws nothing at random.
struct StepBatch {
    static let pairs = ["rs", "sc", "cf"]
    /// Names of loss weights that a batch file may give as attributes.
    static let weights = ["final", "attributes", "blending", "identity", "generation", "transition", "orientation"]

    private let file: HDF5File
    /// Pixels a side.
    let size: Int
    /// Images of the whole batch.
    let count: Int

    /// Opens a batch file and looks at its images' shape.
    /// - Throws: `StoreError`.
    init(_ path: String) throws {
        file = try HDF5File.open(path)
        let images = try file.root.dataset("images")
        try images.requireShape([nil, nil, nil, 3])
        guard images.shape[1] == images.shape[2], images.shape[0] > 0 else {
            throw StoreError.shapeMismatch(
                file: path, object: "/images", expected: "[count, side, side, 3]", found: "\(images.shape)")
        }
        size = images.shape[1]
        count = images.shape[0]
    }

    /// The loss weights that the file gives, as settings `losses.x=…`; attributes of the root named as the
    /// setting, or with "weight_" in front.
    func lossSettings() throws -> [String] {
        let attributes = file.root.attributes
        for name in try attributes.names() where name.hasPrefix("weight_") {
            guard Self.weights.contains(String(name.dropFirst("weight_".count))) else {
                throw StoreError.invalid(
                    file: file.path, object: "/@\(name)",
                    problem: "there is no such loss weight; known are \(Self.weights.joined(separator: ", "))")
            }
        }
        return try Self.weights.compactMap { name in
            switch try attributes.value(name) ?? attributes.value("weight_" + name) {
            case nil: nil
            case .integer(let value): "losses.\(name)=\(value)"
            case .real(let value): "losses.\(name)=\(value)"
            case .integers(let values) where values.count == 1: "losses.\(name)=\(values[0])"
            case .reals(let values) where values.count == 1: "losses.\(name)=\(values[0])"
            default:
                throw StoreError.invalid(
                    file: file.path, object: "/@\(name)", problem: "a loss weight is one number")
            }
        }
    }

    /// Rows of an array as float32; all have to be finite.
    func rows(_ name: String, _ rows: Range<Int>, shape: [Int?]) throws -> [Float] {
        let dataset = try file.root.dataset(name)
        try dataset.requireShape(shape)
        let values = dataset.elementType == .float64
            ? try dataset.readRows(rows, as: Double.self).map(Float.init) : try dataset.readRows(rows, as: Float.self)
        guard values.allSatisfy(\.isFinite) else {
            throw StoreError.invalid(file: file.path, object: "/\(name)", problem: "it holds values that are not finite")
        }
        return values
    }

    func images(_ range: Range<Int>) throws -> [Float] {
        try rows("images", range, shape: [count, size, size, 3])
    }

    /// λ of each pair in the order of `pairs`.
    func lambdas(_ range: Range<Int>, quadruples: Int) throws -> [[Float]] {
        try Self.pairs.map { pair in
            let values = try rows("lambda_" + pair, range, shape: [quadruples])
            guard values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
                throw StoreError.invalid(file: file.path, object: "/lambda_\(pair)", problem: "λ is from 0 to 1")
            }
            return values
        }
    }

    /// Noise of each pair, `[n, h, h, D]` each.
    func noise(_ range: Range<Int>, quadruples: Int, mapSize: Int, channels: Int) throws -> [[Float]] {
        try Self.pairs.map { try rows("noise_" + $0, range, shape: [quadruples, mapSize, mapSize, channels]) }
    }

}
