// PredictCommand.swift — `blendway predict`: how likely is each face fake. Scoring is Training's Predictor;
// this file decides what is a crop, a photo, a video or a dataset, and prints.

import ArgumentParser
import Extraction
import ForeignFiles
import Foundation
import Imaging
import Store
import Tensor
import Training

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Score faces, photos and videos with a checkpoint.",
        discussion: """
            A score is the probability of a fake. Each face of a photo has a score of its own; of a video, each \
            face that is followed from frame to frame (a track) has the mean over its frames.

              blendway predict --checkpoint best.h5 crops/
              blendway predict --checkpoint best.h5 photo.jpg clip.mp4 --landmarks MODEL.dat --json
              blendway predict --checkpoint best.h5 test.h5 --csv scores.csv

            Without --landmarks, pictures are taken as aligned face crops, as import and extract have \
            them. With it, faces are found in photos and videos and cut out as extract does; the model is \
            Debian's /usr/share/dlib/shape_predictor_68_face_landmarks.dat or one of your own. Datasets \
            hold crops in any case. The pictures of a folder count as one video.

            Files are what their contents say, whatever their names. What cannot be judged, or is not \
            there, is listed with the reason, and everything else is judged; the exit code is 1 if an input \
            isn't there, and 65 if nothing could be judged.

            --json prints one object: faces (video, file, frame, face, of, track, outside, box, score), videos \
            (video, track, faces, score), skipped (video, reason). face counts from the largest, 0, of all in its \
            frame; outside is the share of the crop beyond the picture's edge, which is black.
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
    var faces = "all"

    @Option(help: ArgumentHelp("Writes the faces' scores as a table.", valueName: "file"))
    var csv: String?

    @Option(help: ArgumentHelp("Draws up to 24 faces with what speaks for \"fake\" in them.", valueName: "png"))
    var saliency: String?

    @Option(help: ArgumentHelp("Compute threads; 0 is all cores.", valueName: "N"))
    var threads = 0

    @Option(help: "float32, bf16 or bf16-model: how the products are computed that gain by it.")
    var precision = Precision.float32

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
            if let caution = precision.caution("--precision bf16") { Console.error(caution + "\n") }
            for file in [csv, saliency].compactMap({ $0 }) { try OutputFile.require(file, force: force) }
            try DistinctFiles.require(inputs)
            let (items, unread) = PredictInput.expand(inputs, findsFaces: landmarks != nil)
            let predictor = try Predictor(checkpoint: checkpoint, threads: threads, products: Products(precision))
            let finder = try landmarks.map { try FaceFinder(landmarkModel: $0, size: predictor.imageSize) }
            for item in items { try judge(item, predictor, finder) }
            let judged = predictor.prediction.skipped
            for file in unread { predictor.skip(file.file, "\(file.file): \(file.reason)") }
            let prediction = predictor.prediction
            guard !prediction.faces.isEmpty else {
                let reasons = prediction.skipped.prefix(5).map(\.reason).joined(separator: "; ")
                let rest = reasons.isEmpty ? " in \(inputs.joined(separator: ", "))" : ": \(reasons)"
                throw CommandFailure(.badData, "there is no face to judge\(rest)\(rest.hasSuffix(".") ? "" : ".")")
            }
            for reason in judged.map(\.reason) + UnreadFile.summary(unread) { Console.error("left out: \(reason)\n") }
            for remark in remarks(prediction, items) { Console.error("note: \(remark)\n") }
            // Numbers first: a table that can't be written after all costs nobody the scores.
            try json ? Console.json(prediction) : Console.output(Self.text(prediction))
            if let csv { try AtomicFile.write(prediction.csv(), to: csv) }
            if let saliency, let sheet = try predictor.saliencySheet() {
                try AtomicFile.write(to: saliency) { try PNG.write(sheet, $0) }
            }
            let missing = inputs.filter { !FileManager.default.fileExists(atPath: $0) }
            if !missing.isEmpty {
                throw CommandFailure(
                    .failed, "\(missing.joined(separator: ", ")): there is no such file or folder; the other inputs were judged.")
            }
        }
    }

    /// What a reader of the scores should know.
    private func remarks(_ prediction: Prediction, _ items: [PredictInput]) -> [String] {
        var remarks: [String] = []
        let crops = items.reduce(0) { if case .crops(_, let paths) = $1 { $0 + paths.count } else { $0 } }
        if crops > 0 {
            remarks.append(
                "\(crops == 1 ? "1 picture was" : "\(crops.grouped) pictures were") taken as aligned face crops; if they are "
                    + "photos, give --landmarks with a dlib landmark model to find the faces in them")
        }
        let cutOff = prediction.faces.count { $0.outside > 0.1 }
        if cutOff > 0 {
            let worst = prediction.faces.map(\.outside).max() ?? 0
            remarks.append(
                "\(cutOff == 1 ? "1 face lies" : "\(cutOff.grouped) faces lie") so near the picture's edge that more than a "
                    + "tenth of the crop is black, up to \(Int((100 * worst).rounded())) %, which the detector may take for a sign")
        }
        let left = faces == "largest" ? prediction.faces.count { $0.of > 1 } : 0
        if left > 0 {
            remarks.append(
                "\(left == 1 ? "1 picture or frame has" : "\(left.grouped) pictures or frames have") more faces than the largest, "
                    + "which alone was judged; --faces all judges all")
        }
        return remarks
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
        var tracks: [String: Int] = [:]
        for video in prediction.videos { tracks[video.video, default: 0] += 1 }
        var text = Console.table(
            [["video", "faces", "P(fake)"]]
                + prediction.videos.map { video in
                    let several = tracks[video.video]! > 1 ? ", face \(video.track + 1) of \(tracks[video.video]!)" : ""
                    return ["\(video.video)\(several)", "\(video.faces)", String(format: "%.4f", video.score)]
                })
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
    private var tracks = FaceTracks()

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
            var own: [Int] = []
            waiting = try finder.faces(in: picture.image) { boxes in
                if !all { return [0] }
                own = tracks.follow(boxes)
                return Array(boxes.indices)
            }.map { face in
                SourceFace(
                    image: face.crop, file: video, frame: picture.index, rank: face.rank, among: face.among,
                    track: all ? own[face.rank] : 0, outside: face.outside,
                    box: [face.box.left, face.box.top, face.box.right, face.box.bottom])
            }
            found += waiting.count
        }
        return waiting.removeFirst()
    }
}
