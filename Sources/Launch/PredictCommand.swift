// PredictCommand.swift — `blendway predict`: how likely is each face fake. Scoring is Training's Predictor;
// this file decides what is a crop, a photo, a video or a dataset, and prints.

import ArgumentParser
import Extraction
import ForeignFiles
import Foundation
import Imaging
import Store
import Training

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Score faces, photos and videos with a checkpoint.",
        discussion: """
            A score is the probability of a fake; a video's is the mean of its faces'.

              blendway predict --checkpoint best.h5 crops/
              blendway predict --checkpoint best.h5 photo.jpg clip.mp4 --landmarks MODEL.dat --json
              blendway predict --checkpoint best.h5 test.h5 --csv scores.csv

            Without --landmarks, pictures are taken as aligned face crops, as import and extract have \
            them. With it, faces are found in photos and videos and cut out as extract does; the model is \
            Debian's /usr/share/dlib/shape_predictor_68_face_landmarks.dat or one of your own. Datasets \
            hold crops in any case. The pictures of a folder count as one video.

            Files are what their contents say, whatever their names. What cannot be judged, or is not \
            there, is listed with the reason; the exit code is 65 if nothing could be judged.

            --json prints one object: faces (video, file, frame, face, box, score), videos (video, faces, \
            score), skipped (video, reason).
            """)

    @Option(help: ArgumentHelp("The checkpoint; averaged weights are used where it has them.", valueName: "h5"))
    var checkpoint: String

    @Argument(help: ArgumentHelp("Pictures, videos, datasets, or folders of them.", valueName: "input"))
    var inputs: [String]

    @Option(help: ArgumentHelp("A dlib landmark model, to find faces in photos and videos.", valueName: "dat"))
    var landmarks: String?

    @Option(help: ArgumentHelp("Frames of each video, evenly over its length; 0 is all.", valueName: "N"))
    var frames = 32

    @Option(help: "largest or all faces of each picture.")
    var faces = "largest"

    @Option(help: ArgumentHelp("Writes the faces' scores as a table.", valueName: "file"))
    var csv: String?

    @Option(help: ArgumentHelp("Draws up to 24 faces with what speaks for \"fake\" in them.", valueName: "png"))
    var saliency: String?

    @Option(help: ArgumentHelp("Compute threads; 0 is all cores.", valueName: "N"))
    var threads = 0

    @Flag(help: "Replace output files that exist.")
    var force = false

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        guard ["largest", "all"].contains(faces) else { throw ValidationError("--faces is '\(faces)'; give largest or all.") }
        guard frames >= 0, threads >= 0 else { throw ValidationError("--frames and --threads have to be at least 0.") }
    }

    func run() throws {
        try reportingFailures {
            for file in [csv, saliency].compactMap({ $0 }) { try OutputFile.require(file, force: force) }
            let (items, unread) = PredictInput.expand(inputs, findsFaces: landmarks != nil)
            let predictor = try Predictor(checkpoint: checkpoint, threads: threads)
            let finder = try landmarks.map { try FaceFinder(landmarkModel: $0, size: predictor.imageSize) }
            for item in items { try judge(item, predictor, finder) }
            let judged = predictor.prediction.skipped
            for file in unread { predictor.skip(file.file, "\(file.file): \(file.reason)") }
            let prediction = predictor.prediction
            if let csv { try AtomicFile.write(prediction.csv(), to: csv) }
            if let saliency, let sheet = try predictor.saliencySheet() {
                try AtomicFile.write(to: saliency) { try PNG.write(sheet, $0) }
            }
            guard !prediction.faces.isEmpty else {
                let reasons = prediction.skipped.prefix(5).map(\.reason).joined(separator: "; ")
                let rest = reasons.isEmpty ? " in \(inputs.joined(separator: ", "))" : ": \(reasons)"
                throw CommandFailure(.badData, "there is no face to judge\(rest)\(rest.hasSuffix(".") ? "" : ".")")
            }
            for reason in judged.map(\.reason) + UnreadFile.summary(unread) { Console.error("left out: \(reason)\n") }
            if json { return try Console.json(prediction) }
            try Console.output(Self.text(prediction))
        }
    }

    private func judge(_ item: PredictInput, _ predictor: Predictor, _ finder: FaceFinder?) throws {
        switch item {
        case .dataset(let path):
            for source in try DatasetFaces.all(of: path) { try predictor.judge(source) }
        case .crops(let video, let paths):
            try predictor.judge(CropFaces(video: video, paths))
        case .media(let path):
            guard let finder else {
                let reason = Extraction.isBuiltIn
                    ? "the faces of \(path) have to be found first; give --landmarks with a dlib landmark model"
                    : "\(ExtractionError.notBuiltIn(what: "finding the faces of \(path)"))"
                return predictor.skip(path, reason)
            }
            do {
                let source = try FoundFaces(path, finder, frames: frames == 0 ? nil : frames, all: faces == "all")
                try predictor.judge(source) { if case .badFrame? = $0 as? ExtractionError { true } else { false } }
                if source.found == 0 { predictor.skip(path, "no face was found in \(source.pictures) frames of \(path)") }
            } catch let error as ExtractionError {
                predictor.skip(path, "\(error)")
            }
        }
    }

    private static func text(_ prediction: Prediction) -> String {
        var text = Console.table(
            [["video", "faces", "P(fake)"]]
                + prediction.videos.map { [$0.video, "\($0.faces)", String(format: "%.4f", $0.score)] })
        if prediction.skipped.count > 0 { text += "\(prediction.skipped.count) left out\n" }
        return text
    }
}

/// Faces found in a photo or video.
private final class FoundFaces: FaceSource {
    let video: String
    private let source: any PictureSource
    private let finder: FaceFinder
    private let all: Bool
    private var waiting: [SourceFace] = []
    private(set) var found = 0
    private(set) var pictures = 0

    init(_ path: String, _ finder: FaceFinder, frames: Int?, all: Bool) throws {
        video = path
        source = try PictureSources.open(path, frames: frames)
        self.finder = finder
        self.all = all
    }

    func next() throws -> SourceFace? {
        while waiting.isEmpty {
            guard let picture = try source.next() else { return nil }
            pictures += 1
            waiting = try finder.faces(in: picture.image, all: all).map { face in
                SourceFace(
                    image: face.crop, file: video, frame: picture.index, rank: face.rank,
                    box: [face.box.left, face.box.top, face.box.right, face.box.bottom])
            }
            found += waiting.count
        }
        return waiting.removeFirst()
    }
}
