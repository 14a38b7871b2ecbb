import Foundation
import Metrics
import Testing

@Suite struct EvaluationTests {
    static let videos = [
        VideoKey(dataset: "ff", method: "original", name: "000"),
        VideoKey(dataset: "ff", method: "original", name: "001"),
        VideoKey(dataset: "ff", method: "swap", name: "000_003"),
        VideoKey(dataset: "ff", method: "mesh", name: "000_003"),
        VideoKey(dataset: "wild", method: "unknown", name: "a"),
    ]

    static func frames(_ video: Int, fake: Bool, _ scores: [Double]) -> [FrameScore] {
        scores.enumerated().map { FrameScore(score: $1, isFake: fake, video: video, frame: $0) }
    }

    static let frames =
        frames(0, fake: false, [0.1, 0.3, 0.7]) + frames(1, fake: false, [0.2, 0.4])
        + frames(2, fake: true, [0.6, 0.8, 0.9]) + frames(3, fake: true, [0.35, 0.05])
        + frames(4, fake: true, [0.9])

    @Test func sameNameUnderTwoMethodsIsTwoVideos() throws {
        let evaluation = try Evaluation(frames: Self.frames, videos: Self.videos)
        let ff = try #require(evaluation.result.datasets.first)
        #expect(ff.name == "ff" && ff.frames == 10 && ff.videos == 4)
        #expect(ff.methods.map(\.name) == ["swap", "mesh"])
        #expect(ff.methods.map(\.videos) == [1, 1])
        #expect(ff.methods.map(\.frames) == [3, 2])
    }

    @Test func aMethodsFakesAreMeasuredAgainstAllReals() throws {
        let evaluation = try Evaluation(frames: Self.frames, videos: Self.videos)
        let ff = try #require(evaluation.result.datasets.first)
        let real = [0.1, 0.3, 0.7, 0.2, 0.4]
        let swap = try RankedScores(
            scores: real + [0.6, 0.8, 0.9],
            isFake: [Bool](repeating: false, count: 5) + [true, true, true])
        #expect(ff.methods[0].measures.frame == swap.measures)
        // Video means: real 0.367 and 0.3, swap 0.767, mesh 0.2.
        #expect(ff.methods[0].measures.video.auc == 1)
        #expect(ff.methods[1].measures.video.auc == 0)
        #expect(ff.measures.video.auc == 0.5)
    }

    @Test func aVideosScoreIsTheMeanOfItsFrames() throws {
        let evaluation = try Evaluation(frames: Self.frames, videos: Self.videos)
        #expect(evaluation.videoScores.map(\.frames) == [3, 2, 3, 2, 1])
        #expect(evaluation.videoScores[0].score == (0.1 + 0.3 + 0.7) / 3)
        #expect(evaluation.videoScores.map(\.isFake) == [false, false, true, true, true])
    }

    @Test func aDatasetOfOneClassIsUndefinedAndNullInJSON() throws {
        let evaluation = try Evaluation(frames: Self.frames, videos: Self.videos)
        let json = try evaluation.result.json()
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let datasets = try #require(object["datasets"] as? [[String: Any]])
        let wild = datasets[1]
        for level in ["frame", "video"] {
            for measure in ["auc", "eer", "ap", "accuracy"] {
                #expect(wild["\(level)_\(measure)"] is NSNull)
                #expect(datasets[0]["\(level)_\(measure)"] is NSNumber)
            }
        }
        #expect(wild["frames"] as? Int == 1)
        #expect((wild["methods"] as? [[String: Any]])?.first?["frame_auc"] is NSNull)
    }

    @Test func jsonReadsBackToTheSameResult() throws {
        let protocols = ["ff": EvaluationProtocol(contentHash: "ab12", split: "test", frames: 32)]
        let result = try Evaluation(
            frames: Self.frames, videos: Self.videos, protocols: protocols
        ).result
        let json = try result.json()
        #expect(json.contains("\"content_hash\" : \"ab12\""))
        #expect(try JSONDecoder().decode(EvaluationResult.self, from: Data(json.utf8)) == result)
    }

    @Test func aWholeEvaluationReadsBackForALaterReport() throws {
        let evaluation = try Evaluation(frames: Self.frames, videos: Self.videos)
        let back = try JSONDecoder().decode(
            Evaluation.self, from: JSONEncoder().encode(evaluation))
        #expect(back.result == evaluation.result && back.curves == evaluation.curves)
        #expect(back.videoScores == evaluation.videoScores)
        #expect(back.perClassCounts == evaluation.perClassCounts)
        #expect(back.curves[0].points.first?.threshold == nil && back.curves[1].points.isEmpty)
    }

    @Test func framesFromAnyRankInAnyOrderGiveTheSameBytes() throws {
        var random = TestRandom(state: 11)
        var frames: [FrameScore] = []
        for video in 0..<40 {
            for frame in 0..<Int.random(in: 1...9, using: &random) {
                frames.append(
                    FrameScore(
                        score: Double.random(in: 0...1, using: &random), isFake: video % 3 == 0,
                        video: video, frame: frame))
            }
        }
        let videos = (0..<40).map {
            VideoKey(dataset: "d\($0 % 2)", method: "m\($0 % 3)", name: "v\($0)")
        }
        let reference = try Evaluation(frames: frames, videos: videos)
        for _ in 0..<4 {
            let mixed = try Evaluation(frames: frames.shuffled(using: &random), videos: videos)
            #expect(try mixed.result.json() == reference.result.json())
            #expect(mixed.videoScores == reference.videoScores)
            #expect(mixed.curves == reference.curves)
        }
    }

    @Test func tableEntriesWithEqualKeysAreOneVideo() throws {
        let key = VideoKey(dataset: "d", method: "m", name: "v")
        let evaluation = try Evaluation(
            frames: Self.frames(0, fake: true, [0.5]) + Self.frames(1, fake: true, [0.25]),
            videos: [key, key])
        #expect(evaluation.videoScores.count == 1)
        #expect(evaluation.videoScores[0].score == 0.375)
    }

    @Test func classesAreCountedPerMethod() throws {
        let evaluation = try Evaluation(frames: Self.frames, videos: Self.videos)
        let rows = evaluation.perClassCounts.map {
            "\($0.dataset) \($0.method) \($0.isFake ? "fake" : "real") \($0.frames) \($0.videos)"
        }
        #expect(
            rows == [
                "ff original real 5 2", "ff swap fake 3 1", "ff mesh fake 2 1",
                "wild unknown fake 1 1",
            ])
    }

    @Test func brokenInputIsNamed() {
        let table = Self.videos
        #expect(throws: MetricsError.unknownVideo(frame: 0, video: 9, tableCount: 5)) {
            try Evaluation(frames: Self.frames(9, fake: true, [0.5]), videos: table)
        }
        #expect(
            throws: MetricsError.conflictingLabels(dataset: "ff", method: "swap", video: "000_003")
        ) {
            try Evaluation(
                frames: Self.frames(2, fake: true, [0.5]) + Self.frames(2, fake: false, [0.5]),
                videos: table)
        }
        #expect(throws: MetricsError.nonFiniteScore(index: 1, score: "nan")) {
            try Evaluation(frames: Self.frames(0, fake: false, [0.5, .nan]), videos: table)
        }
    }

    @Test func videoCSVQuotesWhatNeedsIt() throws {
        let evaluation = try Evaluation(
            frames: Self.frames(0, fake: true, [0.5, 1]),
            videos: [VideoKey(dataset: "a,b", method: "m", name: "say \"x\"")])
        #expect(
            evaluation.videoCSV()
                == "dataset,method,video,label,frames,score\n\"a,b\",m,\"say \"\"x\"\"\",1,2,0.75\n"
        )
    }
}
