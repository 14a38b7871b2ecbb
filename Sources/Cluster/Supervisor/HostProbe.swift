// HostProbe.swift — which hosts answer, asked the way mpirun will reach them.

import Foundation

enum HostProbe {
    /// Names of `hosts` on which `agent HOST true` fails or takes longer than `seconds`. All are asked at
    /// once. This host is not asked: mpirun starts its ranks there without the agent.
    static func silent(_ hosts: HostList, agent: [String], seconds: Double) -> Set<String> {
        let local: Set<String> = [
            ProcessInfo.processInfo.hostName, "localhost", "127.0.0.1",
            String(ProcessInfo.processInfo.hostName.prefix { $0 != "." }),
        ]
        // What they print is of no interest, only whether they answer.
        let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(nowhere) }
        let end = Date() + seconds
        let asked = hosts.hosts.filter { !local.contains($0.name) }.map { host in
            (host.name, try? ChildProcess(agent + [host.name, "true"], output: nowhere))
        }
        var silent: Set<String> = []
        for (name, child) in asked where child?.wait(seconds: max(0.1, end.timeIntervalSinceNow)) != 0 {
            silent.insert(name)
        }
        return silent
    }
}
