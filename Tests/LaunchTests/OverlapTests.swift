// OverlapTests.swift — nothing is in two splits unnoticed: `split --check`, `merge`, `train` and `eval` as a user types
// them.

import Foundation
import Store
import TestSupport
import Testing

/// `split --check` and `merge`.
@Suite struct SplitCheckTests {
    @Test func filesWithoutAnythingInCommonAreApart() throws {
        let files = try ["train", "val", "test-seen", "test-unseen"].map(SmallWorld.file)
        let result = try blendway(["split", "--check"] + files)
        #expect(result.status == 0, "\(result)")
        #expect(result.stdout == "nobody, no video and no frame is in more than one of the 4 files\n")
        let json = try blendway(["split", "--check", "--json"] + files).json()
        #expect(json["is_shared"] as? Bool == false && (json["frames"] as? [Any])?.isEmpty == true)
        #expect((json["unknown"] as? [Any])?.count == 4)
    }

    @Test func aCopyOfUnknownPeopleIsFoundAndTheirPeopleAreCalledUnknown() throws {
        try withTemporaryFolder { folder in
            // As a list without people gives: real videos and fakes of nobody knows whom.
            let (a, b) = ("\(folder)/a.h5", "\(folder)/b.h5")
            try DatasetCopy(people: false).write(SmallWorld.file("val"), to: a)
            try FileManager.default.copyItem(atPath: a, toPath: b)
            let result = try blendway(["split", "--check", a, b])
            #expect(result.status == 65, "\(result)")
            #expect(result.stdout.contains("6 videos are in both \(a) and \(b): original/"), "\(result)")
            #expect(result.stdout.contains("18 frames of \(b) are also in \(a), equal to the pixel: 3 of original/"), "\(result)")
            #expect(result.stdout.contains("people are unknown in 6 of 6 videos of \(a)"), "\(result)")
            let json = try blendway(["split", "--check", a, b, "--json"])
            #expect(json.status == 65)
            let frames = try #require((json.json()["frames"] as? [[String: Any]])?.first)
            #expect(frames["frames"] as? Int == 18 && (frames["videos"] as? [Any])?.count == 6)
            #expect((try json.json()["videos"] as? [Any])?.count == 6)
            #expect((try json.json()["shared"] as? [Any])?.isEmpty == true)

            // Unknown people alone are no finding, but nobody calls them absent.
            let other = "\(folder)/c.h5"
            try DatasetCopy(people: false).write(SmallWorld.file("train"), to: other)
            let apart = try blendway(["split", "--check", a, other])
            #expect(apart.status == 0 && apart.stdout.hasPrefix("nobody who is known, no video and no frame"), "\(apart)")
            #expect(apart.stdout.contains("people are unknown in 6 of 6 videos of \(other)"), "\(apart)")
        }
    }

    @Test func aRenamedCopyWithoutHashesIsFoundAndRefusedByMerge() throws {
        try withTemporaryFolder { folder in
            let (a, b) = (try SmallWorld.file("val"), "\(folder)/b.h5")
            try DatasetCopy(people: false, rename: { "other-\($0)" }).write(a, to: b)
            try DatasetTampering.removeHashes(from: b)
            let result = try blendway(["split", "--check", a, b])
            #expect(result.status == 65 && result.stderr.contains("has no frame hashes"), "\(result)")
            #expect(result.stdout.contains("18 frames of \(b) are also in \(a)"), "\(result)")
            #expect(result.stdout.contains("there original/other-"), "\(result)")
            try blendway(["merge", a, b, "--out", "\(folder)/m.h5"])
                .expectFailure(65, "all frames of 'original/other-", "leave one of the files out")
            try blendway(["merge", a, a, "--out", "\(folder)/m.h5"]).expectFailure(64, "is given twice")
            // A single file gets its hashes.
            let merged = try blendway(["merge", b, "--out", "\(folder)/m.h5"])
            #expect(merged.status == 0, "\(merged)")
            #expect(try DatasetFile("\(folder)/m.h5").frameHashes?.sorted() == DatasetFile(a).frameHashes?.sorted())
        }
    }
}

extension JobTests {
    @Suite struct OverlapTests {
        private let settings = ["train.epochs=1"]

        @Test func trainingRefusesValidationDataWithTrainingFrames() throws {
            try withTemporaryFolder { folder in
                let train = try SmallWorld.file("train")
                let (copy, part) = ("\(folder)/copy.h5", "\(folder)/part.h5")
                // Other names, people and labels of methods; and real videos only.
                try DatasetCopy(people: false, rename: { "x\($0)" }).write(train, to: copy)
                try DatasetCopy(keeps: { !$0.isFake }, rename: { "y\($0)" }).write(train, to: part)
                for (ranks, data, count) in [(0, train, 18), (2, copy, 18), (3, part, 6)] {
                    let run = try TestRun("\(folder)/run", settings + ["data.val=\(data)"])
                    try run.train(ranks: ranks).expectFailure(
                        65, "\(count) of the \(count) frames of the validation data \(data) are in the training data \(train)",
                        "original/", "data.val=null", "data.allow_overlap=true")
                    #expect(!FileManager.default.fileExists(atPath: run.latest), "nothing was trained")
                }
                let run = try TestRun("\(folder)/run", settings + ["data.val=\(copy)", "data.allow_overlap=true"])
                let allowed = try run.finish(ranks: 2)
                #expect(allowed.stderr.contains("allowed by data.allow_overlap"), "\(allowed)")
                #expect(allowed.stderr.contains("validation frame AUC"), "\(allowed)")
            }
        }

        @Test func theSameVideosAndPeopleWithOtherFramesAreSaid() throws {
            try withTemporaryFolder { folder in
                let other = "\(folder)/other.h5"
                try DatasetCopy(pixels: { $0 ^ 1 }).write(SmallWorld.file("train"), to: other)
                let run = try TestRun("\(folder)/run", settings + ["data.val=\(other)"])
                let result = try run.finish()
                #expect(result.stderr.contains("6 videos of the validation data are in the training data too"), "\(result)")
                #expect(result.stderr.contains("2 people of the validation data are in the training data too"), "\(result)")
                let apart = try TestRun("\(folder)/apart", settings + ["data.val=\(try SmallWorld.file("val"))"]).finish()
                #expect(!apart.stderr.contains("in the training data too"), "\(apart)")
            }
        }

        private func evaluated(_ checkpoint: String, _ data: String) throws -> (overlap: [String: Any], text: String) {
            let json = try blendway(["eval", "--checkpoint", checkpoint, "--data", data, "--json"])
            let dataset = try #require((json.json()["datasets"] as? [[String: Any]])?.first, "\(json)")
            let text = try blendway(["eval", "--checkpoint", checkpoint, "--data", data])
            return (try #require(dataset["trained_on"] as? [String: Any]), text.stdout)
        }

        @Test func evaluationSaysWhatTheCheckpointWasTrainedOn() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run", settings + ["data.val=\(try SmallWorld.file("val"))"])
                try run.finish(ranks: 2)
                let train = try SmallWorld.file("train")

                let itself = try evaluated(run.latest, train)
                #expect(itself.overlap["is_training_data"] as? Bool == true && itself.overlap["frames"] as? Int == 18)
                #expect(itself.text.contains("this is the data that the checkpoint was trained on"), "\(itself.text)")

                let copy = "\(folder)/copy.h5"
                try DatasetCopy(keeps: { !$0.isFake }, people: false, rename: { "x\($0)" }).write(train, to: copy)
                let part = try evaluated(run.latest, copy)
                #expect(part.overlap["is_training_data"] as? Bool == false && part.overlap["is_known"] as? Bool == true)
                #expect(part.overlap["frames"] as? Int == 6 && (part.overlap["videos"] as? [String])?.count == 2)
                #expect(part.text.contains("was trained on 6 of 6 frames, 2 videos (original/x"), "\(part.text)")
                let page = try String(contentsOfFile: "\(run.folder)/report/index.html", encoding: .utf8)
                #expect(page.contains("was trained on 6 of 6 frames"))

                let chosen = try evaluated(run.latest, try SmallWorld.file("val"))
                #expect(chosen.overlap["is_validation_data"] as? Bool == true && chosen.overlap["frames"] as? Int == 0)
                #expect(chosen.text.contains("the best checkpoint was chosen by its score on this data"), "\(chosen.text)")
                let apart = try evaluated(run.latest, try SmallWorld.file("test-seen"))
                #expect(apart.text.contains("was not trained on any of its videos or frames\n"), "\(apart.text)")

                // A file of an earlier release is read for its frames.
                try DatasetTampering.removeHashes(from: copy)
                #expect(try evaluated(run.latest, copy).overlap["frames"] as? Int == 6)
            }
        }

        @Test func firstWeightsBringTheirRecordAndOldOnesCannotTell() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/first", settings)
                try run.finish()
                let train = try SmallWorld.file("train")

                // A run that begins with these weights and trains on something else; also after a resume.
                let val = try SmallWorld.file("val")
                let next = try TestRun(
                    "\(folder)/next", ["data.train=\(val)", "model.weights=\(run.latest)", "data.global_batch=6"])
                try next.finish(["--steps", "1"])
                try next.finish(ranks: 2, ["--steps", "2"])
                for data in [train, val] {
                    let found = try evaluated(next.latest, data).overlap
                    #expect(found["frames"] as? Int == 18 && found["is_complete"] as? Bool == true, "\(found)")
                }

                var contents = try Checkpoint.read(run.latest)
                contents.trainedOn = nil
                let old = "\(folder)/old.h5"
                try Checkpoint.write(contents, to: old)
                let unknown = try evaluated(old, val)
                #expect(unknown.overlap["is_known"] as? Bool == false)
                #expect(unknown.text.contains("can't be told"), "\(unknown.text)")
                #expect(try evaluated(old, train).text.contains("this is the data that the checkpoint was trained on"))
                let after = try TestRun("\(folder)/after", ["data.train=\(val)", "model.weights=\(old)"])
                try after.finish(["--steps", "1"])
                let partly = try evaluated(after.latest, train)
                #expect(partly.overlap["is_complete"] as? Bool == false, "\(partly.overlap)")
                #expect(partly.text.contains("not everything that it was trained on is recorded"), "\(partly.text)")
            }
        }
    }
}
