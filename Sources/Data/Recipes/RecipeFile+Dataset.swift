// RecipeFile+Dataset.swift — the recipe of a training sample, and the frames that it is applied to.

import Blend
import Imaging
import Store
import Tensor

extension RecipeFile {
    /// The pictures that a recipe is applied to.
    public struct Pictures: Sendable {
        public var real: Image
        public var landmarks: Landmarks
        public var fake: Image?
        public var foreground: Image?

        public init(real: Image, landmarks: Landmarks, fake: Image?, foreground: Image?) {
            self.real = real
            self.landmarks = landmarks
            self.fake = fake
            self.foreground = foreground
        }
    }

    /// The recipe that training with all that the file has draws for one sample.
    /// - Parameters:
    ///   - size: pixels a side, as data.size.
    ///   - neighbourCount: as data.neighbours.
    /// - Throws: `DataError` if there is no such sample, or nothing to train on.
    public init(
        _ file: DatasetFile, sample: Int, epoch: Int, seed: UInt64, size: Int, neighbourCount: Int = 3
    ) throws {
        var notes: [String] = []
        let samples = try TrainingSamples(
            file, anchors: TrainingSamples.possibleAnchors(file, &notes), neighbourCount: neighbourCount)
        guard (0..<samples.count).contains(sample) else {
            throw DataError.noSample(file: file.path, sample: sample, count: samples.count)
        }
        let frames = samples.frames(SampleKey(epoch: epoch, sample: sample), seed: seed)
        self.init(
            QuadrupleRecipe.draw(seed: seed, epoch: epoch, sample: sample),
            sample: Sample(
                contentHash: file.contentHash, size: size, sample: sample, epoch: epoch, seed: seed,
                real: frames.real, fake: frames.fake, foreground: frames.foreground))
    }

    /// Reads the frames that the recipe names.
    /// - Throws: `DataError` if it was printed for another dataset; `StoreError`.
    public func pictures(from file: DatasetFile, name: String) throws -> Pictures {
        guard let sample else {
            throw DataError.badRecipe(file: name, problem: "it does not say which sample of the dataset it is for")
        }
        guard sample.contentHash == file.contentHash else {
            throw DataError.otherDataset(recipe: name, file: file.path)
        }
        guard (16...4096).contains(sample.size) else {
            throw DataError.badRecipe(file: name, problem: "sample.size is \(sample.size), not 16 to 4096")
        }
        func read(_ frame: Int) throws -> (image: Image, landmarks: Landmarks) {
            guard (0..<file.frameCount).contains(frame) else {
                throw DataError.noFrame(recipe: name, frame: frame, count: file.frameCount)
            }
            return try FrameReader.read(frame, of: file, size: sample.size)
        }
        let real = try read(sample.real)
        return Pictures(
            real: real.image, landmarks: real.landmarks, fake: try sample.fake.map { try read($0).image },
            foreground: try sample.foreground.map { try read($0).image })
    }
}
