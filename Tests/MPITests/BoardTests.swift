// BoardTests.swift — the watchdog's parts that need no MPI: phases, heartbeats, launchers.

import DistributedTraining
import Testing

@Suite struct BoardTests {
    @Test func thePhaseBoardKnowsNestedPhasesAndForgetsThemAfterwards() {
        let board = PhaseBoard()
        board.setStep(12)
        board.during("outer", limit: 100) {
            board.during("inner", detail: "first") {
                board.describe("second")
                let state = board.snapshot
                #expect(state.step == 12)
                #expect(state.phases.map(\.name) == ["outer", "inner"])
                #expect(state.phases.map(\.detail) == ["", "second"])
            }
            #expect(board.snapshot.phases.map(\.name) == ["outer"])
        }
        #expect(board.snapshot.phases.isEmpty)
    }

    @Test func aPhaseIsForgottenWhenItThrows() {
        struct Failure: Error {}
        let board = PhaseBoard()
        #expect(throws: Failure.self) { try board.during("load") { throw Failure() } }
        #expect(board.snapshot.phases.isEmpty)
    }

    @Test func aPhaseIsOverdueOnlyBeyondItsOwnLimit() {
        let board = PhaseBoard()
        board.during("long", limit: 600) {
            board.during("short", limit: 10) {
                let state = board.snapshot
                let now = state.phases[0].started
                #expect(state.overdue(at: now + 5) == nil)
                #expect(state.overdue(at: now + 60)?.name == "short")
                #expect(state.overdue(at: now + 700)?.name == "long")
            }
        }
    }

    @Test func aHeartbeatSurvivesItsFileFormat() throws {
        let board = PhaseBoard()
        board.setStep(3)
        let outside = Heartbeat(beat: 1, state: board.snapshot, now: 0, isLate: false)
        #expect(Heartbeat(line: outside.line) == outside)
        #expect(outside.place == "outside any phase at step 3")
        board.during("save\tall", detail: "two\nlines") {
            let inside = Heartbeat(
                beat: 7, state: board.snapshot, now: board.snapshot.phases[0].started + 1.25, isLate: true)
            let read = Heartbeat(line: inside.line)
            #expect(read?.beat == 7 && read?.isLate == true && read?.step == 3)
            #expect(read?.phase == "save all" && read?.detail == "two lines")
            #expect(read?.place == "in 'save all' at step 3 for 1.3 s (two lines)")
        }
        #expect(Heartbeat(line: "") == nil)
        #expect(Heartbeat(line: "7\t3\t1.0\tok") == nil)
        #expect(Heartbeat(line: "x\t3\t1.0\tok\t\t") == nil)
    }

    @Test func onlyALauncherOfSeveralProcessesCounts() {
        func found(_ variables: [String: String]) -> Int? {
            Launcher.found { variables[$0] }?.processes
        }
        #expect(found([:]) == nil)
        #expect(found(["OMPI_COMM_WORLD_SIZE": "1"]) == nil)
        #expect(found(["OMPI_COMM_WORLD_SIZE": "4"]) == 4)
        #expect(found(["PMI_SIZE": "8"]) == 8)
        #expect(found(["SLURM_STEP_NUM_TASKS": "2"]) == 2)
        #expect(found(["SLURM_NTASKS": "64"]) == nil)
        #expect(found(["PMIX_RANK": "0"]) == nil)
        #expect(found(["PMIX_RANK": "3"]) == 4)
        #expect(found(["PMI_SIZE": "many"]) == nil)
    }
}
