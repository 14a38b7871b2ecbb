// DoctorTests.swift — `blendway doctor` on this machine. Several hosts: LocalClusterTests.

import Foundation
import TestSupport
import Testing

extension JobTests {
    @Suite struct DoctorTests {
        private func doctor(ranks: Int, _ arguments: [String] = []) throws -> ProcessResult {
            try runUnderMPI(
                ranks: ranks, executable: try builtProgram("blendway"), arguments: ["doctor"] + arguments, timeout: 90)
        }

        @Test func severalRanksOnOneHostAreDescribed() throws {
            try withTemporaryFolder { folder in
                let result = try doctor(ranks: 3, ["--json", "--run-dir", "\(folder)/run"])
                #expect(result.status == 0, "\(result)")
                let report = try result.json()
                #expect(report["is_fit"] as? Bool == true && report["ranks"] as? Int == 3)
                let host = try #require((report["hosts"] as? [[String: Any]])?.first)
                #expect(host["ranks"] as? Int == 3 && (host["cores"] as? Int ?? 0) >= 1)
                #expect((report["mpi"] as? String)?.contains("MPI") == true)
                let network = try #require(report["network"] as? [String: Any])
                #expect((network["bus_mb_per_second"] as? Double ?? 0) > 1)
                let found = try #require(report["folder"] as? [String: Any])
                #expect((found["free_mb"] as? Int ?? 0) > 0 && (found["blind"] as? [String: Any])?.isEmpty == true)
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/run").isEmpty, "it leaves files")
            }
        }

        @Test func aloneItSaysWhatOneProcessCanSay() throws {
            let result = try blendway(["doctor"])
            #expect(result.status == 0 && result.stdout.contains("one process can't say anything of other hosts"), "\(result)")
        }

        @Test func aFolderThatCannotBeWrittenMakesItUnfit() throws {
            let result = try doctor(ranks: 2, ["--run-dir", "/proc/no/such"])
            #expect(result.status == 1, "\(result)")
            #expect(result.stdout.contains("failure: rank 0 can't write to /proc/no/such"), "\(result)")
            #expect(result.stdout.contains("is not fit to train: 1 failure"), "\(result)")
        }

        /// What a program sees that another MPI's launcher started three times.
        @Test func aWorldOfOneAmongSeveralProcessesIsRefused() throws {
            for variables in [["PMI_SIZE": "3", "PMI_RANK": "1"], ["MPI_LOCALNRANKS": "3"], ["SLURM_STEP_NUM_TASKS": "3"]] {
                let result = try run(try builtProgram("blendway"), ["doctor"], environment: variables)
                result.expectFailure(1, "one of 3 processes", "a world of size 1", "--mpi=pmix")
            }
        }
    }
}
