// ContactSheet.swift — training samples side by side in one picture, to look at before a long run.
// Samples and draws are those of training with all that the file has; pictures have the file's size,
// not data.size. Where things stand is ContactSheetLayout's matter.

import Blend
import Imaging
import Store
import Tensor

/// A contact sheet: a header, and a row for each training sample.
public struct ContactSheet {
    public let image: Image
    /// What could not be shown and why, a sentence each.
    public let notes: [String]
    /// Rows that hold a sample; fewer than asked for when the dataset has fewer.
    public let rows: Int

    /// As many rows as one sheet may have: its height stays below what picture viewers take.
    public static let rowLimit = 48

    /// Makes a sheet from samples spread evenly over the dataset.
    ///
    /// Without fakes or neighbours their columns are left out and a note says so.
    /// Cost: reading three frames and one blend of each kind a row.
    /// - Parameters:
    ///   - rows: 1 ... `rowLimit`.
    ///   - seed, epoch: of the run whose samples are to be seen.
    /// - Throws: `DataError` if the dataset has nothing to train on, `StoreError` for unreadable
    ///   frames. A sample that cannot be blended is shown with the reason.
    public init(_ file: DatasetFile, rows: Int, seed: UInt64, epoch: Int) throws {
        precondition((1...Self.rowLimit).contains(rows), "ContactSheet: \(rows) rows")
        var notes: [String] = []
        let anchors = TrainingSamples.possibleAnchors(file, &notes)
        let samples = try TrainingSamples(file, anchors: anchors)
        let fakes = file.videos.count(where: \.isFake)
        if samples.leftOut.videos > 0 {
            notes.append("\(samples.leftOut.videos) of \(fakes) fake videos are left out: their real video is not there.")
        }
        let keys = Self.choose(min(rows, samples.count), of: samples, seed: seed, epoch: epoch)
        if keys.count < rows { notes.append("The dataset has \(keys.count) samples, fewer than the rows asked for.") }

        let side = min(256, max(file.width, file.height))
        let description = file.description
        let header = [
            "seed \(seed), epoch \(epoch): \(keys.count) of \(samples.count) samples with training's draws, "
                + "augmentation included; \(side) pixels; landmarks in green",
            "content hash \(file.contentHash)",
        ] + notes
        let layout = ContactSheetLayout(
            anchors: anchors, side: side, title: "\(description.dataset), \(description.split)", header: header)
        var sheet = layout.sheet(rows: keys.count)
        let scratch = BlendWorkspace()
        for (row, key) in keys.enumerated() {
            let frames = samples.frames(key, seed: seed)
            do {
                let cells = try Self.cells(
                    frames, key, of: samples, side: side, seed: seed, scratch: scratch)
                layout.draw(cells, row: row, on: &sheet)
            } catch let error as BlendError {
                let video = file.video(of: frames.fake ?? frames.real)
                let name = "\(video.name) (\(video.method))"
                notes.append("Sample \(key.sample), \(name), cannot be used: \(error).")
                layout.drawFailure("\(name): \(error)", row: row, on: &sheet)
            }
        }
        image = sheet
        self.notes = notes
        self.rows = keys.count
    }

    /// One sample from each of `count` equal parts of the dataset, so that all methods appear.
    private static func choose(
        _ count: Int, of samples: TrainingSamples, seed: UInt64, epoch: Int
    ) -> [SampleKey] {
        var random = Philox(seed: seed, stream: .shuffle, epoch: epoch, sample: 1)
        return (0..<count).map { part in
            let range = samples.count * part / count..<samples.count * (part + 1) / count
            return SampleKey(epoch: epoch, sample: range.lowerBound + random.integer(below: range.count))
        }
    }

    private static func cells(
        _ frames: TrainingSamples.Frames, _ key: SampleKey, of samples: TrainingSamples, side: Int,
        seed: UInt64, scratch: BlendWorkspace
    ) throws -> [ContactSheetColumn: ContactSheetCell] {
        let file = samples.file
        func read(_ frame: Int) throws -> (image: Image, landmarks: Landmarks) {
            try FrameReader.read(frame, of: file, size: side)
        }
        let real = try read(frames.real)
        var anchors = samples.anchors
        // A few real frames may lack neighbours that the others have.
        if frames.foreground == nil { anchors.remove(.crossBlended) }
        let quadruple = try Quadruple.make(
            real: real.image, realLandmarks: real.landmarks, fake: frames.fake.map { try read($0).image },
            foreground: frames.foreground.map { try read($0).image }, anchors: anchors, seed: seed,
            epoch: key.epoch, sample: key.sample, scratch: scratch)
        return ContactSheetCell.row(quadruple, frames: frames, file: file)
    }
}
