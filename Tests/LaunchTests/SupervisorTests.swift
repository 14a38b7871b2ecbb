// SupervisorTests.swift — `blendway launch` as a user types it: what is started again, what isn't, and that
// nothing stays behind.

import Foundation
import TestSupport
import Testing

extension JobTests {
    @Suite struct SupervisorTests {
        private static let settings = ["train.checkpoint_every_steps=5", "data.size=96"]

        private func start(
            _ run: TestRun, options: [String] = [], _ more: [String] = []
        ) throws -> RunningProcess {
            try RunningProcess(
                try builtProgram("blendway"),
                ["launch", "-n", "2", "--oversubscribe"] + options + ["--"] + run.arguments(more),
                environment: testEnvironment(["OMPI_MCA_mpi_yield_when_idle": "1"]))
        }

        private func straight(_ folder: String) throws -> TestRun {
            let run = try TestRun("\(folder)/straight", Self.settings)
            try run.finish(ranks: 2)
            return run
        }

        /// Ranks of a job under `launch`: the children of its mpirun.
        private func ranks(of job: RunningProcess) -> [pid_t] {
            job.children.flatMap { childrenOf($0) }
        }

        private func childrenOf(_ process: pid_t) -> [pid_t] {
            ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [])
                .compactMap { pid_t($0) }.filter { stat($0)?.parent == process }.sorted()
        }

        /// A process that has ended but that nobody has waited for yet isn't one.
        private func isRunning(_ process: pid_t) -> Bool { stat(process).map { $0.state != "Z" } ?? false }

        private func stat(_ process: pid_t) -> (state: Substring, parent: pid_t)? {
            let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
            let fields = text.split(separator: ")").last.map { $0.split(separator: " ") } ?? []
            guard fields.count > 2, let parent = pid_t(fields[1]) else { return nil }
            return (fields[0], parent)
        }

        @Test func aKilledRankIsFollowedByARestartThatEndsWithTheSameBits() throws {
            try withTemporaryFolder { folder in
                let straight = try straight(folder)
                let run = try TestRun("\(folder)/killed", Self.settings)
                let job = try start(run, ["--resume", "none"])
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 7 })
                kill(try #require(ranks(of: job).last), SIGKILL)
                let result = job.wait(timeout: 120)
                #expect(result.status == 0, "\(result)")
                for part in ["a rank was killed (status 137)", "starting again in 0.5 s", "resumed from", "the job is done"] {
                    #expect(result.stderr.contains(part), "no '\(part)' in \(result)")
                }
                try expectSameEnd(straight, run)
                #expect(try run.loggedSteps() == Array(1...20))
            }
        }

        @Test(arguments: [SIGTERM, SIGINT])
        func aRequestToStopIsPassedOnAndFinal(signal: Int32) throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/stopped", Self.settings)
                let job = try start(run)
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 3 })
                let ranks = ranks(of: job)
                job.signal(signal)
                let result = job.wait(timeout: 60)
                #expect(result.status == 75, "\(result)")
                #expect(result.stderr.contains("stopped at a checkpoint as asked"), "\(result)")
                #expect(run.lastLoggedStep < 20)
                #expect(ranks.count == 2 && !ranks.contains(where: isRunning), "ranks are left")
                // And the same command goes on.
                let rest = try start(run).wait(timeout: 120)
                #expect(rest.status == 0, "\(rest)")
                #expect(try run.loggedSteps() == Array(1...20))
            }
        }

        @Test func aStopByItselfIsStartedAgainUnlessHandedOver() throws {
            try withTemporaryFolder { folder in
                // A limit that is always over: each start does one step.
                let limited = ["--steps", "3", "--set", "train.max_hours=1e-9"]
                let run = try TestRun("\(folder)/limited")
                let result = try start(run, limited).wait(timeout: 120)
                #expect(result.status == 0 && result.stderr.components(separatedBy: "starting again").count == 3, "\(result)")
                #expect(try run.loggedSteps() == [1, 2, 3])

                let handed = try TestRun("\(folder)/handed")
                let once = try start(handed, options: ["--hand-over"], limited).wait(timeout: 60)
                #expect(once.status == 75 && once.stderr.contains("--hand-over"), "\(once)")
                #expect(try handed.loggedSteps() == [1])
            }
        }

        @Test func whatFailsForAReasonThatStaysIsNotStartedAgain() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run", ["data.train=\(folder)/none.h5"])
                let result = try start(run).wait(timeout: 60)
                #expect(result.status == 1 && !result.stderr.contains("starting again"), "\(result)")
                #expect(result.stderr.contains("not started again: the job failed (status 1)"), "\(result)")
            }
        }

        @Test func aSupervisorThatIsKilledTakesItsJobAlong() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run", Self.settings)
                let job = try start(run)
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 2 })
                let family = job.children + ranks(of: job)
                try #require(family.count == 3)
                job.signal(SIGKILL)
                #expect(job.waitUntil(timeout: 30) { !family.contains(where: isRunning) }, "processes are left")
                _ = job.wait(timeout: 1)
            }
        }

        @Test func printShowsTheCommandLineAndWrongUseIsASentence() throws {
            let shown = try blendway(["launch", "-n", "2", "--print", "--", "train", "--run-dir", "a b"])
            #expect(shown.status == 0 && shown.stdout.contains("mpirun") && shown.stdout.contains("--run-dir 'a b'"), "\(shown)")
            try blendway(["launch", "-n", "2"]).expectFailure(64, "there is no --")
            try blendway(["launch", "--min-ranks", "2", "-n", "2", "--", "train"]).expectFailure(64, "needs to know the hosts")
            try blendway(["launch", "--mpirun", "/bin/echo", "--", "train"]).expectFailure(1, "/bin/echo is not Open MPI's")
            #expect(try blendway(["launch", "--help"]).stdout.contains("--min-ranks N"))
        }
    }
}
