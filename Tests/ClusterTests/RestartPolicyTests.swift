// RestartPolicyTests.swift — which ends of a job are followed by another start.

import Cluster
import Testing

@Suite struct RestartPolicyTests {
    private func isRestart(_ decision: RestartPolicy.Decision) -> Bool {
        if case .restart = decision { true } else { false }
    }

    private func seconds(_ decision: RestartPolicy.Decision) -> Double? {
        if case .restart(let seconds, _) = decision { seconds } else { nil }
    }

    @Test(arguments: [75, 76, 134, 135, 137, 139, 205] as [Int32])
    func lossesAndStopsAreStartedAgain(status: Int32) {
        var policy = RestartPolicy(limit: 1, handsOver: false)
        #expect(isRestart(policy.decide(.init(status: status, gotOn: true, wasAsked: false))))
    }

    @Test(arguments: [0, 1, 64, 65, 127, 143, 2] as [Int32])
    func whatWouldEndTheSameWayIsNot(status: Int32) {
        var policy = RestartPolicy(limit: 5, handsOver: false)
        guard case .end(status, let sentence) = policy.decide(.init(status: status, gotOn: true, wasAsked: false)) else {
            Issue.record("it starts again after \(status)")
            return
        }
        #expect(!sentence.isEmpty)
    }

    @Test func pausesGrowUntilTheRunGetsOn() {
        var policy = RestartPolicy(limit: 4, handsOver: false)
        func pause(_ gotOn: Bool) -> Double? {
            seconds(policy.decide(.init(status: 137, gotOn: gotOn, wasAsked: false)))
        }
        #expect(pause(true) == 0.5)
        #expect([pause(false), pause(false), pause(false)] == [2, 4, 8])
        #expect(pause(true) == 0.5 && policy.fruitless == 0)
        #expect([pause(false), pause(false), pause(false), pause(false)] == [2, 4, 8, 16])
        #expect(pause(false) == nil, "the limit")
    }

    @Test func aRequestToStopIsFinal() {
        var policy = RestartPolicy(limit: 5, handsOver: false)
        for (status, expected) in [(75, 75), (137, 75), (138, 75), (1, 1), (0, 0)] as [(Int32, Int32)] {
            guard case .end(expected, _) = policy.decide(.init(status: status, gotOn: true, wasAsked: true)) else {
                Issue.record("after \(status)")
                continue
            }
        }
    }

    @Test func handingOverEndsAtACheckpointAndNotAtALoss() {
        var policy = RestartPolicy(limit: 5, handsOver: true)
        #expect(isRestart(policy.decide(.init(status: 137, gotOn: true, wasAsked: false))))
        guard case .end(75, _) = policy.decide(.init(status: 75, gotOn: true, wasAsked: false)) else {
            Issue.record("it starts again")
            return
        }
    }

    @Test func aStartThatFailsRightAfterALossIsTriedAgain() {
        var policy = RestartPolicy(limit: 2, handsOver: false)
        _ = policy.decide(.init(status: 205, gotOn: true, wasAsked: false))
        #expect(isRestart(policy.decide(.init(status: 1, gotOn: false, wasAsked: false, seconds: 5))))
        #expect(isRestart(policy.decide(.init(status: 1, gotOn: false, wasAsked: false, seconds: 5))))
        #expect(!isRestart(policy.decide(.init(status: 1, gotOn: false, wasAsked: false, seconds: 5))), "the limit")

        var other = RestartPolicy(limit: 2, handsOver: false)
        _ = other.decide(.init(status: 205, gotOn: true, wasAsked: false))
        #expect(!isRestart(other.decide(.init(status: 1, gotOn: true, wasAsked: false, seconds: 500))), "it trained, then failed")
    }
}
