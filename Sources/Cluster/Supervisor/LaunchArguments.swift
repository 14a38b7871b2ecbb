// LaunchArguments.swift — the command line of `blendway launch`, taken apart: own options, options that
// mpirun gets as they are, and the command that the ranks run.

/// `[own and mpirun options] -- train …`
public struct LaunchArguments: Equatable, Sendable {
    /// Starts in a row that may end without a step done, before it gives up.
    public var restarts = 5
    /// Go on with fewer hosts as long as they have so many slots; nil waits for all hosts.
    public var minRanks: Int?
    /// End with 75 when the run stops at a checkpoint by itself, instead of starting it again.
    public var handsOver = false
    /// Seconds that ranks get to save after a request to stop.
    public var grace = 300.0
    public var printsOnly = false
    public var mpirun = "mpirun"
    /// As given, the own options left out.
    public var mpirunOptions: [String] = []
    /// Subcommand and arguments, without the program.
    public var command: [String] = []

    /// Own options and what they take, for the help.
    public static let own = [
        "--min-ranks", "--restarts", "--hand-over", "--grace", "--print", "--mpirun",
    ]

    /// - Parameter arguments: what stands behind `launch`.
    /// - Throws: `ClusterError.usage`.
    public init(_ arguments: [String]) throws(ClusterError) {
        guard let divider = arguments.firstIndex(of: "--") else {
            throw .usage(
                "there is no -- between mpirun's options and the command; write it as in: "
                    + "blendway launch -n 4 -- train --config C.yaml --run-dir RUN")
        }
        command = Array(arguments[(divider + 1)...])
        // A habit from mpirun: the program's name before its command.
        if let first = command.first, first == "blendway" || first.hasSuffix("/blendway") { command.removeFirst() }
        guard let name = command.first, !name.hasPrefix("-") else {
            throw .usage("there is no command after --; give one such as train, with its options")
        }
        guard name != "launch" else { throw .usage("launch can't launch itself; give train, eval or doctor after --") }

        var rest = arguments[..<divider]
        while let word = rest.popFirst() {
            // mpirun's long options take their value as the next word only; ours also after =.
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            let inline = word.hasPrefix("--") && parts.count == 2 && Self.own.contains(parts[0])
            let option = inline ? parts[0] : word
            func value() throws(ClusterError) -> String {
                if inline { return parts[1] }
                guard let next = rest.popFirst() else { throw .usage("\(option) needs a value") }
                return next
            }
            func count(atLeast least: Int) throws(ClusterError) -> Int {
                let text = try value()
                guard let number = Int(text), number >= least else {
                    throw .usage("\(option) is '\(text)'; give a whole number of at least \(least)")
                }
                return number
            }
            switch option {
            case "--restarts": restarts = try count(atLeast: 0)
            case "--min-ranks": minRanks = try count(atLeast: 1)
            case "--grace": grace = Double(try count(atLeast: 1))
            case "--hand-over": handsOver = true
            case "--print": printsOnly = true
            case "--mpirun": mpirun = try value()
            default: mpirunOptions.append(word)
            }
        }
    }

    /// The value behind the last of an option's spellings in a list of words; nil without it.
    static func value(of names: Set<String>, in words: [String]) -> String? {
        guard let place = words.lastIndex(where: names.contains), place + 1 < words.count else { return nil }
        return words[place + 1]
    }

    /// The run folder that the command names; nil for a command without one.
    public var runFolder: String? {
        Self.value(of: ["--run-dir"], in: command)
            ?? command.last { $0.hasPrefix("--run-dir=") }.map { String($0.dropFirst("--run-dir=".count)) }
    }

    /// The command for a start after the first: it goes on where the run is, wherever the first began.
    public var commandToResume: [String] {
        guard command.first == "train" else { return command }
        var kept: [String] = []
        var words = command[...]
        while let word = words.popFirst() {
            if word == "--resume" {
                _ = words.popFirst()
            } else if !word.hasPrefix("--resume=") {
                kept.append(word)
            }
        }
        return kept + ["--resume", "auto"]
    }
}
