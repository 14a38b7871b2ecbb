// LaunchArgumentsTests.swift — the command line of `blendway launch`, and the one of mpirun that comes of it.

import Cluster
import Foundation
import Testing

@Suite struct LaunchArgumentsTests {
    private func arguments(_ line: String) throws -> LaunchArguments {
        try LaunchArguments(line.split(separator: " ").map(String.init))
    }

    @Test func ownOptionsAreTakenOutAndMpirunsStay() throws {
        let launch = try arguments(
            "-n 4 --restarts 2 --hostfile h --min-ranks=3 --mca a b --hand-over --grace 9 -- train --run-dir R --print")
        #expect(launch.mpirunOptions == ["-n", "4", "--hostfile", "h", "--mca", "a", "b"])
        #expect((launch.restarts, launch.minRanks, launch.handsOver, launch.grace) == (2, 3, true, 9))
        #expect(!launch.printsOnly, "an option behind -- is the command's")
        #expect(launch.command == ["train", "--run-dir", "R", "--print"])
        #expect(launch.runFolder == "R")
        #expect(try arguments("-- train --run-dir=R/x").runFolder == "R/x")
    }

    @Test func theProgramsNameBeforeTheCommandIsForgiven() throws {
        #expect(try arguments("-n 2 -- ./b/blendway train").command == ["train"])
    }

    @Test(arguments: [
        ("-n 2", "there is no --"), ("-n 2 --", "no command after --"), ("-n 2 -- --json", "no command after --"),
        ("--restarts x -- train", "--restarts is 'x'"), ("--min-ranks 0 -- train", "at least 1"),
        ("-- launch -- train", "can't launch itself"), ("--grace -- train", "needs a value"),
    ])
    func wrongUseIsASentence(line: String, part: String) throws {
        let error = #expect(throws: ClusterError.self) { try arguments(line) }
        #expect("\(error!)".contains(part), "\(error!)")
    }

    @Test func aRestartGoesOnWhereverTheFirstStartBegan() throws {
        #expect(
            try arguments("-- train --resume none --set a=b").commandToResume
                == ["train", "--set", "a=b", "--resume", "auto"])
        #expect(try arguments("-- train --resume=x.h5").commandToResume == ["train", "--resume", "auto"])
        #expect(try arguments("-- eval --data x").commandToResume == ["eval", "--data", "x"])
    }

    // MARK: mpirun's words

    private func command(
        _ line: String, environment: [String: String] = [:], isRoot: Bool = false, release: Int = 4
    ) throws -> MPICommand {
        MPICommand(
            launch: try arguments(line), mpirun: "/m", release: release, program: "/b", environment: environment,
            isRoot: isRoot)
    }

    @Test func mpirunGetsTheSettingsThatTheUserLeftOpen() throws {
        let plain = try command("-n 2 -- train").words().joined(separator: " ")
        #expect(
            plain == "/m --map-by core --bind-to core --mca coll_libnbc_iallreduce_algorithm 1 "
                + "--mca oob_tcp_keepalive_time 4 --mca oob_tcp_keepalive_intvl 1 --mca oob_tcp_keepalive_probes 5 -n 2 /b train")
        #expect(try command("-n 2 -- train", isRoot: true).words().contains("--allow-run-as-root"))
        #expect(!(try command("-n 2 -- train", environment: ["OMPI_ALLOW_RUN_AS_ROOT": "1"], isRoot: true).words().contains("--allow-run-as-root")))
        #expect(!(try command("-- train", release: 5).words().contains("oob_tcp_keepalive_time")))

        let chosen = try command("--bind-to none --mca oob_tcp_keepalive_time 60 -- train").words().joined(separator: " ")
        #expect(!chosen.contains("--map-by") && !chosen.contains("keepalive_time 4"))
        #expect(try command("--oversubscribe -- train").words().joined(separator: " ").contains("--bind-to none"))
        let passed = try command("-x TZ=UTC -- train", environment: ["TZ": "CET", "OPENBLAS_CORETYPE": "Zen"]).words()
        #expect(passed.contains("OPENBLAS_CORETYPE") && !passed.contains("TZ") && passed.contains("TZ=UTC"))
    }

    @Test func aHostfileOfTheLivingReplacesHostsAndCount() throws {
        let words = try command("--hostfile everyone -np 8 --mca a b -- train --resume none")
            .words(isRestart: true, hostfile: ("/alive", 6)).joined(separator: " ")
        #expect(words.hasSuffix("--mca a b --hostfile /alive -n 6 /b train --resume auto"), "\(words)")
        #expect(!words.contains("everyone") && !words.contains("-np"))
    }

    @Test func theAgentIsTheOneThatMpirunUses() throws {
        #expect(try command("-- train").agent == ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"])
        #expect(try command("-- train", environment: ["OMPI_MCA_plm_rsh_agent": "/a x : rsh"]).agent == ["/a", "x"])
        #expect(try command("--mca plm_rsh_agent /c -- train", environment: ["OMPI_MCA_plm_rsh_agent": "/a"]).agent == ["/c"])
    }

    @Test func aPrintedCommandCanBePastedIntoAShell() {
        #expect(MPICommand.quoted(["a", "b c", "it's", "", "x=1,2"]) == "a 'b c' 'it'\\''s' '' x=1,2")
    }
}

@Suite struct HostListTests {
    private func list(_ text: String) throws -> HostList {
        let path = FileManager.default.temporaryDirectory.appending(path: "hosts-\(UUID().uuidString)")
        try Data(text.utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        return try HostList(hostfile: path.path)
    }

    @Test func bothKindsOfHostfileAreRead() throws {
        let slots = try list("# ours\nnode1 slots=4 max-slots=8\n\nnode2 slots = 2 # slow\n")
        #expect(slots.hosts == [.init(name: "node1", slots: 4), .init(name: "node2", slots: 2)])
        #expect(slots.slots == 6 && slots.without(["node1"]).slots == 2)
        #expect(try list("a\na\nb\n").hosts == [.init(name: "a", slots: 2), .init(name: "b", slots: nil)])
        #expect(HostList(list: "a,b:3,a").hosts == [.init(name: "a", slots: 2), .init(name: "b", slots: 3)])
        #expect(slots.hostfile == "node1 slots=4\nnode2 slots=2\n")
    }

    @Test func aHostfileThatSaysNothingIsRefused() throws {
        #expect(throws: ClusterError.self) { try list("# nobody\n") }
        #expect(throws: ClusterError.self) { try list("a slots=many\n") }
        #expect(throws: ClusterError.self) { try HostList(hostfile: "/nowhere/hosts") }
    }

    @Test func whatNoHostIsCalledIsRefused() throws {
        for (text, part) in [
            ("node1:2\n", "write 'node1 slots=2'"), ("\u{FEFF}node1 slots=2\n", "byte-order mark"), ("node1,node2\n", "'node1,node2'"),
            ("node1;\n", "no host's name"),
        ] {
            let error = #expect(throws: ClusterError.self) { try list(text) }
            #expect("\(error!)".contains(part), "\(error!)")
        }
        #expect(try list("me@node-1.example slots=2\nfe80::1%eth0\n").hosts.count == 2)
    }
}
