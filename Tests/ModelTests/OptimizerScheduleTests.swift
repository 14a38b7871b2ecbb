// OptimizerScheduleTests.swift — learning-rate curves against values computed by hand.

import Model
import Testing

@Suite struct OptimizerScheduleTests {
    private func rates(_ schedule: LearningRateSchedule, _ steps: [Int]) -> [Double] {
        // 10 epochs of 4 steps.
        steps.map { schedule.rate(step: $0, stepsPerEpoch: 4, totalSteps: 40) }
    }

    private func isClose(_ a: [Double], _ b: [Double]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-12 }
    }

    @Test func constantStays() throws {
        let schedule = try LearningRateSchedule(base: 0.5)
        #expect(rates(schedule, [0, 17, 39, 40, 1000]) == [0.5, 0.5, 0.5, 0.5, 0.5])
    }

    @Test func stepsFallAtTheirEpochs() throws {
        for granularity in LearningRateSchedule.Granularity.allCases {
            let schedule = try LearningRateSchedule(
                base: 1, shape: .step(epochs: 3, factor: 0.1), granularity: granularity)
            #expect(isClose(rates(schedule, [0, 11, 12, 23, 24, 36]), [1, 1, 0.1, 0.1, 0.01, 0.001]))
        }
    }

    @Test func cosineRunsFromBaseToFloor() throws {
        let schedule = try LearningRateSchedule(
            base: 1, shape: .cosine(floor: 0.2), granularity: .perStep)
        // A third of half a turn has cosine 1/2.
        #expect(isClose(rates(schedule, [0, 20, 40, 80]), [1, 0.6, 0.2, 0.2]))
        #expect(abs(schedule.rate(step: 10, stepsPerEpoch: 3, totalSteps: 30) - 0.8) < 1e-12)
    }

    @Test func perEpochTheCurveStandsStillWithinAnEpoch() throws {
        let schedule = try LearningRateSchedule(base: 1, shape: .cosine(floor: 0))
        let found = rates(schedule, [4, 5, 7, 8])
        #expect(found[0] == found[1] && found[1] == found[2] && found[2] > found[3])
    }

    @Test func linearDecayStartsLateAndEndsAtZero() throws {
        let byEpoch = try LearningRateSchedule(base: 1, shape: .linearDecay(startEpoch: 5))
        #expect(isClose(rates(byEpoch, [0, 20, 23, 24, 28, 39, 40, 50]), [1, 1, 1, 0.8, 0.6, 0.2, 0, 0]))
        let byStep = try LearningRateSchedule(
            base: 1, shape: .linearDecay(startEpoch: 5), granularity: .perStep)
        #expect(isClose(rates(byStep, [20, 21, 30, 40]), [1, 0.95, 0.5, 0]))
        // A start at or past the end never decays.
        let never = try LearningRateSchedule(base: 1, shape: .linearDecay(startEpoch: 10))
        #expect(rates(never, [39, 40, 50]) == [1, 1, 1])
    }

    @Test func warmUpRisesInEqualParts() throws {
        let schedule = try LearningRateSchedule(base: 1, warmUpSteps: 4)
        #expect(rates(schedule, [0, 1, 2, 3, 4]) == [0.25, 0.5, 0.75, 1, 1])
        let decaying = try LearningRateSchedule(
            base: 1, shape: .linearDecay(startEpoch: 0), granularity: .perStep, warmUpSteps: 20)
        #expect(isClose(rates(decaying, [9, 30]), [0.5 * 31 / 40, 0.25]))
    }

    @Test func badNumbersAreRefusedWithTheirName() {
        let error = #expect(throws: ObjectiveError.self) { try LearningRateSchedule(base: -1) }
        #expect(error?.description.contains("schedule.learning_rate is -1.0") == true)
        #expect(throws: ObjectiveError.self) { try LearningRateSchedule(base: .infinity) }
        #expect(throws: ObjectiveError.self) {
            try LearningRateSchedule(base: 1, shape: .step(epochs: 0, factor: 0.1))
        }
        #expect(throws: ObjectiveError.self) {
            try LearningRateSchedule(base: 1, shape: .linearDecay(startEpoch: -1))
        }
        #expect(throws: ObjectiveError.self) { try LearningRateSchedule(base: 1, warmUpSteps: -1) }
    }
}
