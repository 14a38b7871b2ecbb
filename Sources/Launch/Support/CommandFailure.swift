// CommandFailure.swift — the one way in which commands fail: an exit code and a sentence. Which errors
// of other modules mean which code is in CommandFailure+Errors.swift.

import ArgumentParser

/// A command's failure as its user sees it.
struct CommandFailure: Error {
    let exit: CommandExit
    /// One sentence: object, cause, remedy.
    let message: String

    init(_ exit: CommandExit, _ message: String) {
        self.exit = exit
        self.message = message
    }
}

extension ParsableCommand {
    /// Runs a command's work. A failure is printed as `blendway name: sentence` on standard error, and
    /// the process ends with the code that belongs to it.
    func reportingFailures(_ work: () throws -> Void) throws {
        do {
            try work()
        } catch let exit as ExitCode {
            throw exit
        } catch {
            let failure = CommandFailure(error)
            Console.error("blendway \(Self._commandName): \(failure.message)\n")
            throw ExitCode(failure.exit.rawValue)
        }
    }
}
