// FeatureTable.swift — pooled features of frames and blendfakes as a file: HDF5 or CSV.

import Foundation
import Store

/// Rows of features with what they are of.
public struct FeatureTable: Sendable {
    public struct Row: Sendable {
        public var dataset: String
        public var method: String
        public var video: String
        /// Number of the frame in its video.
        public var frame: Int
        public var anchor: Character
        /// False for the dataset's frames; true for anchors made from the real frame named here.
        public var isMade: Bool
        public var score: Double
    }

    /// D.
    public let dimension: Int
    public private(set) var rows: [Row] = []
    /// [rows, D].
    public private(set) var features: [Float] = []

    public init(dimension: Int) {
        self.dimension = dimension
    }

    mutating func add(
        _ frames: [Int], anchors: [Character], _ judged: Evaluator.Judged, of file: DatasetFile, named dataset: String,
        isMade: Bool
    ) {
        for place in judged.kept {
            let frame = frames[place]
            let video = file.video(of: frame)
            rows.append(
                Row(
                    dataset: dataset, method: video.method, video: video.name,
                    frame: Int(file.frameIndices[frame]), anchor: anchors[place], isMade: isMade,
                    score: judged.scores[place]))
            features += judged.features[place * dimension..<(place + 1) * dimension]
        }
    }

    /// Writes by the name's end: `.h5` or `.csv`. The old file is replaced whole or not at all.
    /// - Throws: `TrainingError.featureFile` for another name, `StoreError`.
    public func write(to path: String) throws {
        try Self.check(path)
        if path.hasSuffix(".csv") { return try AtomicFile.write(csv(), to: path) }
        try AtomicFile.write(to: path) { temporary in
            let file = try HDF5File.create(temporary, reportedAs: path)
            let root = file.root
            try file.setFormat("blendway-features", FormatVersion(major: 1, minor: 0))
            for (name, column) in [
                ("dataset", rows.map(\.dataset)), ("method", rows.map(\.method)), ("video", rows.map(\.video)),
                ("anchor", rows.map { String($0.anchor) }),
            ] {
                try root.writeStrings(column, to: name)
            }
            try root.write(rows.map { Int32($0.frame) }, to: "frame")
            try root.write(rows.map { UInt8($0.isMade ? 1 : 0) }, to: "made")
            try root.write(rows.map(\.score), to: "score")
            let shape = [rows.count, dimension]
            try root.write(
                features, to: "features", shape: shape,
                layout: .checksummed(shape: shape, elementBytes: MemoryLayout<Float>.size))
            try file.close()
        }
    }

    /// Throws `TrainingError.featureFile` for a name that is neither .h5 nor .csv.
    public static func check(_ path: String) throws {
        guard path.hasSuffix(".h5") || path.hasSuffix(".csv") else { throw TrainingError.featureFile(path: path) }
    }

    private func csv() -> String {
        func quoted(_ field: String) -> String {
            field.contains { ",\"\n".contains($0) } ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
        }
        var csv = "dataset,method,video,frame,anchor,made,score"
        for d in 0..<dimension { csv += ",z\(d)" }
        csv += "\n"
        for (place, row) in rows.enumerated() {
            let names: [String] = [
                quoted(row.dataset), quoted(row.method), quoted(row.video), "\(row.frame)", "\(row.anchor)",
                row.isMade ? "1" : "0", "\(row.score)",
            ]
            csv += names.joined(separator: ",")
            for value in features[place * dimension..<(place + 1) * dimension] { csv += ",\(value)" }
            csv += "\n"
        }
        return csv
    }
}
