// BlendCommand.swift — `blendway blend`: one blendfake from pictures or from a dataset's sample, by a
// recipe that is given or printed. The blending is module Blend's, the recipe's JSON module Data's.

import ArgumentParser
import Blend
import Data
import Foundation
import Imaging
import Store

struct BlendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blend",
        abstract: "Make one blendfake by a recipe, or print the recipe of a training sample.",
        discussion: """
            From pictures: a face with its landmarks (.npy, [68, 2] or [81, 2], pixels), and for a \
            cross-blended image a foreground face of the same size:

              blendway blend --image face.png --landmarks lm.npy --recipe r.json --out fake.png --mask m.png
              blendway blend --image face.png --landmarks lm.npy --foreground other.png --recipe r.json \\
                --out fake.png

            From a dataset: the recipe that a run with this seed draws for a sample, and what it makes. \
            Given back, it makes the same pixels:

              blendway blend --data train.h5 --sample 17 --epoch 2 --seed 1 --print-recipe > r.json
              blendway blend --data train.h5 --recipe r.json --out fake.png
              blendway blend --data train.h5 --sample 17 --steps look/

            With --foreground, or --kind cross, the picture is the cross-blended one, else the \
            self-blended one. --real writes the real picture that belongs to it in training: mirrored \
            and augmented alike, and recoloured where the recipe says so. --steps writes a picture \
            of each step, the input and the recipe into a folder.

            A recipe is JSON, described in docs/blendfakes.md with all units; lengths are for faces of \
            256 pixels. An elastic amplitude of 0 leaves the deformation out. Files that are there \
            are replaced.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable { case `self`, cross }

    @Option(help: ArgumentHelp("A face, a picture of any format.", valueName: "png"))
    var image: String?
    @Option(help: ArgumentHelp("Its landmarks in pixels, [68, 2] or [81, 2].", valueName: "npy"))
    var landmarks: String?
    @Option(help: ArgumentHelp("Another person's face of the same size.", valueName: "png"))
    var foreground: String?
    @Option(help: ArgumentHelp("A recipe, as --print-recipe prints it.", valueName: "json"))
    var recipe: String?

    @Option(help: ArgumentHelp("A dataset, instead of --image.", valueName: "h5"))
    var data: String?
    @Option(help: "The sample's number, from 0; with a recipe, that one's is taken.")
    var sample: Int?
    @Option(help: "The epoch whose draws are wanted; the first is 0.")
    var epoch = 0
    @Option(help: "The run's seed, as train.seed.")
    var seed: UInt64 = 1
    @Option(help: "Pixels a side, as data.size; the file's own unless given.")
    var size: Int?
    @Option(help: "Neighbours that the foreground is drawn from, as data.neighbours.")
    var neighbours = 3
    @Flag(help: "Print the sample's recipe on standard output.")
    var printRecipe = false

    @Option(help: "self or cross: which blendfake. cross if there is a --foreground, else self.")
    var kind: Kind?
    @Option(help: ArgumentHelp("The blendfake.", valueName: "png"))
    var out: String?
    @Option(help: ArgumentHelp("The weights of the blend, white being the source.", valueName: "png"))
    var mask: String?
    @Option(help: ArgumentHelp("The real picture that belongs to the blendfake.", valueName: "png"))
    var real: String?
    @Option(help: ArgumentHelp("Folder for a picture of each step.", valueName: "dir"))
    var steps: String?

    func validate() throws {
        guard (image == nil) != (data == nil) else {
            throw ValidationError("Give either --image with --landmarks and --recipe, or --data with --sample or --recipe.")
        }
        if image != nil {
            guard landmarks != nil, recipe != nil else {
                throw ValidationError("--image needs --landmarks and --recipe.")
            }
            guard sample == nil, !printRecipe, size == nil else {
                throw ValidationError("--sample, --size and --print-recipe go with --data.")
            }
        } else {
            guard landmarks == nil, foreground == nil else {
                throw ValidationError("--landmarks and --foreground go with --image; a dataset has its own.")
            }
            guard (sample == nil) != (recipe == nil) else {
                throw ValidationError("--data needs either --sample or --recipe.")
            }
            guard (0..<1 << 24).contains(epoch) else {
                throw ValidationError("--epoch is \(epoch), but must be 0 to \((1 << 24) - 1).")
            }
            guard neighbours >= 1 else { throw ValidationError("--neighbours is \(neighbours), but must be at least 1.") }
            if let size, !(16...4096).contains(size) {
                throw ValidationError("--size is \(size), but must be 16 to 4096.")
            }
        }
        guard printRecipe || [out, mask, real, steps].contains(where: { $0 != nil }) else {
            throw ValidationError("Say what is wanted: --out, --mask, --real, --steps or --print-recipe.")
        }
        let inputs = [image, landmarks, foreground, recipe, data].compactMap { $0 }.map(Self.resolved)
        let outputs = [out, mask, real].compactMap { $0 }.map(Self.resolved)
        guard Set(inputs).isDisjoint(with: outputs), Set(outputs).count == outputs.count else {
            throw ValidationError("A file that is written would replace one that is read or written; give it another name.")
        }
    }

    private static func resolved(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }

    func run() throws {
        try reportingFailures {
            let (recipe, name, pictures) = try input()
            if printRecipe { try Console.output(recipe.json()) }
            guard [out, mask, real, steps].contains(where: { $0 != nil }) else { return }
            let kind = self.kind ?? (foreground != nil || recipe.selfBlend == nil ? .cross : .self)
            try make(kind, recipe, name: name, of: pictures)
        }
    }

    /// The recipe, its name for errors, and the pictures that it is for.
    private func input() throws -> (RecipeFile, name: String, RecipeFile.Pictures) {
        if let data {
            let file = try DatasetFile(data)
            if let recipe {
                let read = try RecipeFile.read(recipe)
                return (read, recipe, try read.pictures(from: file, name: recipe))
            }
            let drawn = try RecipeFile(
                file, sample: sample!, epoch: epoch, seed: seed, size: size ?? file.width, neighbourCount: neighbours)
            let name = "of sample \(sample!) of \(data)"
            return (drawn, name, try drawn.pictures(from: file, name: name))
        }
        let read = try RecipeFile.read(recipe!)
        return (
            read, recipe!,
            RecipeFile.Pictures(
                real: try Image.read(image!), landmarks: try NumpyArray.readLandmarks(landmarks!), fake: nil,
                foreground: try foreground.map { try Image.read($0) })
        )
    }

    private func make(
        _ kind: Kind, _ recipe: RecipeFile, name: String, of pictures: RecipeFile.Pictures
    ) throws {
        if kind == .cross && pictures.foreground == nil {
            throw CommandFailure(
                data == nil ? .usage : .badData,
                data == nil
                    ? "a cross-blended image needs --foreground, a face of another person."
                    : "the real frame has no neighbour of another identity to take a foreground from; choose another sample.")
        }
        // The cross-blend's background is the self-blend's target, as in training.
        var anchors: Quadruple.Anchors = kind == .self ? .selfBlended : .crossBlended
        if recipe.selfBlend != nil { anchors.insert(.selfBlended) }
        if steps != nil, pictures.fake != nil { anchors.insert(.deepfake) }
        if steps != nil, pictures.foreground != nil, recipe.crossBlend != nil { anchors.insert(.crossBlended) }

        let scratch = BlendWorkspace()
        var shown: [(name: String, image: Image)] = []
        var isCross = false
        if steps != nil {
            // The self-blend comes first, and ends with its result.
            isCross = !anchors.contains(.selfBlended)
            scratch.onStage = { stage, image in
                shown.append(("\(isCross ? "cross" : "self")-\(stage.rawValue)", image))
                if stage == .blended { isCross = true }
            }
        }
        let made = try recipe.make(
            real: pictures.real, landmarks: pictures.landmarks, foreground: pictures.foreground,
            fake: pictures.fake, anchors: anchors, name: name, scratch: scratch)
        let (picture, mask) =
            kind == .self ? (made.selfBlended!, made.selfMask!) : (made.crossBlended!, made.crossMask!)
        try write(picture, to: out)
        try write(mask.image, to: self.mask)
        try write(made.real, to: real)
        if let steps { try write(shown, made, pictures, recipe, into: steps) }
    }

    private func write(_ image: Image, to path: String?) throws {
        guard let path else { return }
        try AtomicFile.write(to: path) { try PNG.write(image, $0) }
    }

    private func write(
        _ shown: [(name: String, image: Image)], _ made: Quadruple, _ pictures: RecipeFile.Pictures,
        _ recipe: RecipeFile, into folder: String
    ) throws {
        try OutputFolder.make(folder)
        var files = shown
        files.append(("input-face", pictures.real))
        if let image = pictures.foreground { files.append(("input-foreground", image)) }
        if let image = pictures.fake { files.append(("input-deepfake", image)) }
        files.append(("landmarks", Self.withDots(pictures.real, pictures.landmarks)))
        files.append(("final-real", made.real))
        if let image = made.selfBlended { files.append(("final-self", image)) }
        if let image = made.crossBlended { files.append(("final-cross", image)) }
        if let image = made.deepfake { files.append(("final-deepfake", image)) }
        for (name, image) in files { try write(image, to: "\(folder)/\(name).png") }
        let bytes = NumpyArray.encode(pictures.landmarks)
        try AtomicFile.write(to: "\(folder)/landmarks.npy") { try Foundation.Data(bytes).write(to: URL(fileURLWithPath: $0)) }
        try AtomicFile.write(recipe.json(), to: "\(folder)/recipe.json")
        Console.error("\(folder): \(files.count) pictures, landmarks.npy and recipe.json\n")
    }

    private static func withDots(_ image: Image, _ landmarks: Landmarks) -> Image {
        var drawn = image
        for point in landmarks.points where abs(point.x) < 1e5 && abs(point.y) < 1e5 {
            drawn.drawDot(x: Int(point.x.rounded()), y: Int(point.y.rounded()), radius: image.width / 160, .green)
        }
        return drawn
    }
}
