// StoreProbe — a process for the tests to kill, to limit and to strip of its rights. Not a test.
//
//   StoreProbe checkpoints FOLDER       write a checkpoint per step until killed; a line each
//   StoreProbe replace FILE             replace one checkpoint until killed; a line each
//   StoreProbe dataset FILE             replace one dataset until killed; a line each
//   StoreProbe limited BYTES FILE       write 400 KB under a limit on file sizes; print the error
//   StoreProbe unprivileged read FILE   as nobody: open; print the error
//   StoreProbe unprivileged write FILE  as nobody: replace; print the error

import Store

import Glibc

/// Contents that show which step they are of, in every array.
func contents(step: Int, elements: Int = 100_000) -> CheckpointContents {
    CheckpointContents(
        arrays: [
            "model/a.weight": NamedArray(shape: [elements], [Float](repeating: Float(step), count: elements)),
            "optimizer/exp_avg/a.weight": NamedArray(shape: [10], [Double](repeating: Double(step), count: 10)),
        ],
        integers: ["step": Int64(step)], config: "step: \(step)\n")
}

func say(_ text: String) {
    print(text)
    fflush(nil)
}

/// Runs `body` and prints its error, or "done".
func report(_ body: () throws -> Void) {
    do {
        try body()
        say("done")
    } catch { say("\(error)") }
}

let arguments = Array(CommandLine.arguments.dropFirst())
switch (arguments.first, arguments.count) {
case ("checkpoints", 2):
    let folder = try CheckpointFolder(arguments[1], role: .writer, keep: 2)
    var step = (try folder.newestSound().choice?.step ?? 0) + 1
    while true {
        try folder.write(contents(step: step), step: step, isBest: step % 5 == 0)
        say("\(step)")
        step += 1
    }
case ("replace", 2):
    var step = 1
    while true {
        try Checkpoint.write(contents(step: step), to: arguments[1])
        say("\(step)")
        step += 1
    }
case ("dataset", 2):
    var round = 1
    while true {
        let writer = try DatasetWriter(
            arguments[1], description: DatasetDescription(dataset: "probe", split: "train"), height: 32, width: 32,
            landmarkCount: 68)
        let video = writer.addVideo(DatasetVideo(name: "a", method: "real", isFake: false, identity: "a"))
        for frame in 0..<50 {
            try writer.addFrame(
                image: [UInt8](repeating: UInt8(round % 256), count: 32 * 32 * 3),
                landmarks: [Float](repeating: 1, count: 136), video: video, index: Int64(frame))
        }
        _ = try writer.finish()
        say("\(round)")
        round += 1
    }
case ("limited", 3):
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: rlim_t(arguments[1])!, rlim_max: rlim_t(arguments[1])!)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    for _ in 0..<3 { report { try Checkpoint.write(contents(step: 2), to: arguments[2]) } }
    // The process must go on after a failed write: other files still open and write.
    report { _ = try Checkpoint.read(arguments[2]) }
    report { try Checkpoint.write(contents(step: 3, elements: 10), to: arguments[2] + ".small") }
case ("unprivileged", 3):
    guard setgid(65534) == 0, setuid(65534) == 0 else { fatalError("StoreProbe: not started by root") }
    report {
        if arguments[1] == "read" {
            _ = try Checkpoint.read(arguments[2])
        } else {
            try Checkpoint.write(contents(step: 2), to: arguments[2])
        }
    }
default:
    fatalError("StoreProbe: see the head of its source for the arguments")
}
