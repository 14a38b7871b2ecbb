import Metrics
import Report
import Testing

@Suite struct ResultTableTests {
    static let undefined = LevelMeasures(auc: nil, eer: nil, averagePrecision: nil, accuracy: nil)
    static let result = EvaluationResult(datasets: [
        DatasetResult(
            name: "ff", frames: 64, videos: 4,
            measures: Measures(
                frame: LevelMeasures(auc: 0.91, eer: 0.1, averagePrecision: 0.95, accuracy: 0.875),
                video: LevelMeasures(auc: 1, eer: 0, averagePrecision: 1, accuracy: 0.75)),
            methods: [
                MethodResult(
                    name: "a|b", frames: 32, videos: 2,
                    measures: Measures(frame: undefined, video: undefined))
            ],
            evaluationProtocol: EvaluationProtocol(contentHash: "ab12", split: "test", frames: 16))
    ])

    @Test func theTerminalTableIsAlignedAndSaysUndefined() {
        let expected = """
            dataset  method  frames  videos  frame AUC        EER         AP       acc.  video AUC        EER         AP       acc.
            ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
            ff       all         64       4     0.9100     0.1000     0.9500     0.8750     1.0000     0.0000     1.0000     0.7500
            ff       a|b         32       2  undefined  undefined  undefined  undefined  undefined  undefined  undefined  undefined
            ff: split test, 16 frames a video at most, content ab12

            """
        #expect(ResultTable(Self.result).text() == expected)
    }

    @Test func markdownEscapesWhatWouldBreakARow() {
        let lines = ResultTable(Self.result).markdown().split(separator: "\n")
        #expect(lines[0].hasPrefix("| dataset | method | frames | videos | frame AUC |"))
        #expect(lines[1].hasPrefix("| :-- | :-- | --: |"))
        #expect(lines[2].hasPrefix("| ff | all | 64 | 4 | 0.9100 | 0.1000 |"))
        #expect(lines[3].hasPrefix("| ff | a\\|b | 32 | 2 | undefined |"))
        #expect(lines[4] == "- ff: split test, 16 frames a video at most, content ab12")
    }
}
