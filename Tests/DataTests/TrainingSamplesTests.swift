// TrainingSamplesTests.swift — which frames make a sample, and what a dataset may lack.

import Blend
import Data
import Store
import Tensor
import TestSupport
import Testing

@Suite struct TrainingSamplesTests {
    private func samples(
        _ dataset: LoaderDataset, _ anchors: Quadruple.Anchors, neighbourCount: Int = 3
    ) throws -> TrainingSamples {
        try withTemporaryFolder {
            try TrainingSamples(dataset.open(in: $0), anchors: anchors, neighbourCount: neighbourCount)
        }
    }

    @Test func aFakeGoesWithItsTargetsFrameOfTheSameNumber() throws {
        let samples = try samples(LoaderDataset(), .all)
        #expect(samples.count == 12)
        for sample in 0..<12 {
            let frames = samples.frames(SampleKey(epoch: 0, sample: sample), seed: 1)
            let fake = try #require(frames.fake)
            #expect(fake == sample)
            let file = samples.file
            #expect(file.frameVideos[frames.real] == file.video(of: fake).target)
            // Number 25 has no equal: 20 and 30 are as near, and the earlier one is taken.
            let number = file.frameIndices[fake]
            #expect(file.frameIndices[frames.real] == (number == 25 ? 20 : number))
        }
    }

    @Test func withoutDeepfakesEveryRealFrameIsASample() throws {
        for anchors in [Quadruple.Anchors.selfBlended, .crossBlended, [.selfBlended, .crossBlended], []] {
            let samples = try samples(LoaderDataset(), anchors)
            #expect(samples.count == 12)
            for sample in 0..<12 {
                let frames = samples.frames(SampleKey(epoch: 0, sample: sample), seed: 1)
                #expect(frames.real == LoaderDataset.firstReal + sample && frames.fake == nil)
                #expect((frames.foreground != nil) == anchors.contains(.crossBlended))
            }
        }
    }

    @Test(arguments: [1, 3, 100]) func theForegroundIsOneOfTheNearestAndDrawnAnew(neighbourCount: Int) throws {
        let samples = try samples(LoaderDataset(), .all, neighbourCount: neighbourCount)
        let file = samples.file
        for sample in [0, 5, 11] {
            var drawn: Set<Int> = []
            for epoch in 0..<100 {
                let key = SampleKey(epoch: epoch, sample: sample)
                let frames = samples.frames(key, seed: 1)
                #expect(samples.frames(key, seed: 1) == frames, "the same use has the same frames")
                let foreground = try #require(frames.foreground)
                #expect(file.video(of: foreground).identity != file.video(of: frames.real).identity)
                let nearest = file.neighbours!.neighbours(of: frames.real).prefix(neighbourCount)
                #expect(nearest.contains(Int32(foreground)))
                drawn.insert(foreground)
            }
            #expect(drawn.count == min(neighbourCount, 8), "all of them are drawn at some time")
        }
    }

    @Test func aFrameWithoutNeighboursHasNoForeground() throws {
        let samples = try samples(LoaderDataset(lonely: [13]), .all)
        #expect(samples.frames(SampleKey(epoch: 0, sample: 1), seed: 1).foreground == nil)
        #expect(samples.frames(SampleKey(epoch: 0, sample: 2), seed: 1).foreground != nil)
    }

    // MARK: What may be missing

    private func failure(_ dataset: LoaderDataset, _ anchors: Quadruple.Anchors) -> DataError? {
        do {
            _ = try samples(dataset, anchors)
            return nil
        } catch {
            return error as? DataError
        }
    }

    @Test func noFakesAreAnErrorOnlyWhereTheyAreWanted() {
        let dataset = LoaderDataset(fakes: false)
        guard case .noFakes = failure(dataset, .all) else { Issue.record("no error"); return }
        #expect(failure(dataset, [.selfBlended, .crossBlended]) == nil)
    }

    @Test func noRealVideosAreAnError() {
        let dataset = LoaderDataset(reals: false, targets: false)
        for anchors in [Quadruple.Anchors.all, .selfBlended, .deepfake] {
            guard case .noReals = failure(dataset, anchors) else { Issue.record("no error"); return }
        }
    }

    @Test func noTargetsAtAllAreAnErrorThatNamesAVideo() {
        let dataset = LoaderDataset(targets: false)
        guard case .noTargets(_, let videos, let example) = failure(dataset, .deepfake) else {
            Issue.record("no error")
            return
        }
        #expect(videos == 3 && example == "swap/fake of a")
        #expect(failure(dataset, .selfBlended) == nil)
    }

    @Test func fakesWithoutTheirRealVideoAreCountedAndTheRestIsTrainedOn() throws {
        let samples = try samples(LoaderDataset(orphans: 1), .all)
        #expect(samples.count == 8)
        #expect(samples.leftOut.videos == 1 && samples.leftOut.frames == 4 && samples.leftOut.example == "swap/fake of a")
        for sample in 0..<samples.count {
            let frames = samples.frames(SampleKey(epoch: 0, sample: sample), seed: 1)
            #expect(samples.file.video(of: frames.fake ?? 0).name != "fake of a")
        }
        let sentence = try #require(samples.leftOut.sentence(file: "x.h5", of: 3))
        #expect(sentence.contains("1 of 3 fake videos (4 frames)") && sentence.contains("swap/fake of a"))
        #expect(try self.samples(LoaderDataset(), .all).leftOut.sentence(file: "x.h5", of: 3) == nil)
        // Where no deepfakes are wanted, nothing is missing.
        #expect(try self.samples(LoaderDataset(orphans: 1), .selfBlended).leftOut.videos == 0)
    }

    @Test func fakesWhoseRealVideoHasNoFramesAreLeftOutToo() throws {
        let samples = try samples(LoaderDataset(emptyReals: 2), .deepfake)
        #expect(samples.count == 4 && samples.leftOut.withoutRealFrames == 2 && samples.leftOut.withoutTarget == 0)
    }

    @Test func onePersonAloneIsSaidToBeOne() {
        guard case .onePerson(_, "a", false) = failure(LoaderDataset(fakes: false, people: 1), .crossBlended) else {
            Issue.record("no error")
            return
        }
        guard case .onePerson(_, "a", true) = failure(LoaderDataset(people: 1, neighbours: false), .crossBlended) else {
            Issue.record("no error")
            return
        }
    }

    @Test func noNeighboursAreAnErrorOnlyForCrossBlends() {
        for dataset in [LoaderDataset(neighbours: false), LoaderDataset(lonely: Set(12..<24))] {
            guard case .noNeighbours = failure(dataset, .all) else { Issue.record("no error"); return }
            #expect(failure(dataset, [.selfBlended, .deepfake]) == nil)
        }
    }

    @Test func errorsNameTheFileAndARemedy() throws {
        let errors = [
            failure(LoaderDataset(fakes: false), .all), failure(LoaderDataset(reals: false, targets: false), .all),
            failure(LoaderDataset(targets: false), .all), failure(LoaderDataset(neighbours: false), .all),
        ]
        for error in errors {
            let sentence = try #require(error).description
            #expect(sentence.contains(".h5") && (sentence.contains("make the dataset again") || sentence.contains("give a dataset")))
        }
    }
}
