import ArgumentParser

@main
struct Blendway: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "blendway")
}
