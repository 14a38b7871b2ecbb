// ImportCommand.swift — `blendway import`: its two layouts. Options and reporting that both share are in
// Support/ImportOptions.swift, the work is done by module Data.

import ArgumentParser
import Data
import Extraction
import Foundation

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a dataset of frames that are already cropped and aligned.",
        discussion: """
            Two layouts: what DeepfakeBench's preprocessing leaves (deepfakebench), and plain folders \
            (folder). For raw videos and photos see `blendway extract`.

            Look first with --check: it reads every picture and landmark file that an import would \
            take, writes nothing, and lists what is missing or unreadable.
            """,
        subcommands: [DeepfakeBenchImport.self, FolderImport.self])
}

struct DeepfakeBenchImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deepfakebench",
        abstract: "Import frames and landmarks in DeepfakeBench's layout.",
        discussion: """
            Reads DeepfakeBench's JSON lists (dataset, label, split, compression, videos) and the \
            frames/VIDEO/NNN.png and landmarks/VIDEO/NNN.npy that they name. Paths may have either \
            slash and may be absolute on another machine; they are looked for below --root.

              blendway import deepfakebench --root datasets/rgb --check \\
                --json FF-DF.json FF-F2F.json FF-FS.json FF-NT.json --split train --compression c23
              blendway import deepfakebench --root datasets/rgb --out ffpp-train.h5 \\
                --json FF-DF.json FF-F2F.json FF-FS.json FF-NT.json --split train --compression c23
              blendway import deepfakebench --root datasets/rgb --out celeb-test.h5 \\
                --json Celeb-DF-v2.json --split test

            Known are the labels of FaceForensics++ with its four methods, FaceShifter, \
            DeepFakeDetection, Celeb-DF v1, v2 and ++ (v3), DFDC, DFDCP, DeeperForensics, UADFV, DF40 \
            with all methods and protocols, FFIW, WildDeepfake and KoDF; NAME_Real and NAME_Fake say \
            themselves what they are, and --label says it of others. A fake's real video and the people \
            in it are taken from its name; where the name doesn't say (DFDC, DFDCP, WildDeepfake, \
            synthesised faces), the fake has no target: evaluation uses it, training goes without it. \
            docs/import.md lists what each dataset's names mean.

            Under an unknown label, names may still follow a known scheme:

              blendway import deepfakebench --root rgb --json mine.json --split train --out mine.h5 \
                --label ours=fake --names-as ffpp
              … --names-as ours=celeb-df other=same

            --lmdb reads the same data from DeepfakeBench's LMDB instead of files.
            """)

    @Option(help: ArgumentHelp("The folder in which the datasets' folders lie, or one dataset's own.", valueName: "dir"))
    var root: String?

    @Option(name: .customLong("json"), parsing: .upToNextOption, help: ArgumentHelp("Lists to import together.", valueName: "file"))
    var lists: [String]

    @Option(help: ArgumentHelp("An LMDB folder (DATASET_lmdb) to read from instead of --root.", valueName: "dir"))
    var lmdb: String?

    @Option(help: "Which split to take: train, val or test.")
    var split: String?

    @Option(help: "Which compression to take, such as c23; needed where the lists have several.")
    var compression: String?

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Say what an unknown label is.", valueName: "name=real|fake"))
    var label: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Say how names are to be read: ffpp, dfd, celeb-df, celeb-df++, deeperforensics, uadfv, …, or same: a fake is called "
                + "like its real video. Alone for labels of no known scheme, with a label for that one.",
            valueName: "[label=]scheme"))
    var namesAs: [String] = []

    @OptionGroup var options: ImportOptions

    func run() throws {
        try reportingFailures {
            try options.validateOptions()
            let declared = try LabelDeclarations(labels: label, namesAs: namesAs)
            if let split, !["train", "val", "test"].contains(split) {
                throw CommandFailure(.usage, "--split is '\(split)', but must be train, val or test.")
            }
            guard let split else {
                if options.check { return try checkAllSplits(declared) }
                throw CommandFailure(.usage, "--split is missing; name the one to import: train, val or test.")
            }
            let store = try makeStore()
            let files = try lists.map { try VideoList($0) }
            let job = try self.job(files, split: split, declared: declared, store: store)
            try options.run([job], lists: files)
        }
    }

    /// Without --split a check goes through all of them.
    private func checkAllSplits(_ declared: LabelDeclarations) throws {
        let store = try makeStore()
        let files = try lists.map { try VideoList($0) }
        let splits = ["train", "val", "test"].filter { split in
            files.contains { $0.videos.contains { $0.split == split } }
        }
        let compressions = Set(files.flatMap { $0.videos.map(\.compression) }).subtracting([""]).sorted()
        var jobs: [ImportJob] = []
        for split in splits {
            for compression in self.compression.map({ [$0] }) ?? (compressions.isEmpty ? [""] : compressions) {
                do {
                    jobs.append(
                        try job(
                            files, split: split, compression: compression.isEmpty ? nil : compression,
                            declared: declared, store: store))
                } catch ImportError.noVideos {
                    continue
                }
            }
        }
        try options.run(jobs, lists: files)
    }

    private func makeStore() throws -> (files: FolderFrames, frames: any FrameStore) {
        if let lmdb {
            guard root == nil else { throw CommandFailure(.usage, "--root and --lmdb exclude each other; give one.") }
            // Paths of lists are checked against this folder, but looked up in the database.
            return (try FolderFrames(root: lmdb, followsLinks: false), try LMDBFrames(lmdb))
        }
        guard let root else {
            throw CommandFailure(
                .usage, "--root is missing; name the folder in which the datasets' folders lie, or an --lmdb.")
        }
        let files = try FolderFrames(root: root, followsLinks: options.followLinks)
        return (files, files)
    }

    private func job(
        _ lists: [VideoList], split: String, compression: String? = nil, declared: LabelDeclarations,
        store: (files: FolderFrames, frames: any FrameStore)
    ) throws -> ImportJob {
        let frames = options.frames ?? (split == "train" ? 8 : 32)
        let choice = ImportPlan.Choice(
            split: split, compression: compression ?? self.compression, frames: frames == 0 ? nil : frames,
            labels: declared, rule: options.rule)
        let (plan, found) = try ImportPlan.ofLists(lists, choice, root: store.files)
        return ImportJob(
            plan: plan, store: store.frames, dataset: lists.flatMap(\.datasets).joined(separator: "+"), split: split,
            compression: found, frames: frames)
    }
}

struct FolderImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "folder",
        abstract: "Import frames and landmarks from plain folders.",
        discussion: """
            Below --root, real/IDENTITY/… and fake/METHOD/… hold one folder a video with numbered \
            pictures (.png, .jpg), and beside each picture its landmarks under the same name (.npy, \
            [68, 2] or [81, 2], pixels of that picture). Where pictures lie in a folder `frames`, \
            landmarks are looked for in `landmarks` next to it.

              blendway import folder --root crops --split train --out train.h5

            A fake's name begins with its real video's, and "_": fake/swap/clip1_anna was made from \
            the video clip1, with the face of anna. Without landmarks, use `blendway extract` on the \
            original photos or videos.
            """)

    @Option(help: ArgumentHelp("The folder with real/ and fake/ in it.", valueName: "dir"))
    var root: String

    @Option(help: "What to call the split: train, val or test.")
    var split: String = "train"

    @Option(help: "What to call the dataset; the root's name unless given.")
    var dataset: String?

    @OptionGroup var options: ImportOptions

    func run() throws {
        try reportingFailures {
            try options.validateOptions()
            guard ["train", "val", "test"].contains(split) else {
                throw CommandFailure(.usage, "--split is '\(split)', but must be train, val or test.")
            }
            let store = try FolderFrames(root: root, followsLinks: options.followLinks)
            let frames = options.frames ?? 0
            let plan = try ImportPlan.ofFolders(store, frames: frames == 0 ? nil : frames, rule: options.rule)
            let name = dataset ?? store.root.split(separator: "/").last.map(String.init) ?? "folder"
            let job = ImportJob(
                plan: plan, store: store, dataset: name, split: split, compression: "", frames: frames)
            try options.run([job], lists: [])
        }
    }
}
