// ContactSheetCell.swift — one picture of a contact sheet with its caption. Where it stands is
// ContactSheetLayout's matter.

import Blend
import Imaging
import Store

/// A picture and a few lines below it.
struct ContactSheetCell {
    var picture: Image
    /// Drawn over the picture after it has been enlarged.
    var landmarks: Landmarks?
    var caption: [String]

    /// The cells of one sample, without those that could not be made.
    static func row(
        _ quadruple: Quadruple, frames: TrainingSamples.Frames, file: DatasetFile
    ) -> [ContactSheetColumn: ContactSheetCell] {
        let recipe = quadruple.recipe
        func frame(_ number: Int) -> [String] {
            let video = file.video(of: number)
            return ["\(video.name) frame \(file.frameIndices[number])", video.method]
        }
        func who(_ number: Int) -> String {
            let identity = file.video(of: number).identity
            return identity.isEmpty ? "identity unknown" : identity
        }
        var cells: [ContactSheetColumn: ContactSheetCell] = [:]
        cells[.real] = ContactSheetCell(
            picture: quadruple.real, landmarks: quadruple.landmarks,
            caption: frame(frames.real) + [who(frames.real) + (recipe.flip ? ", mirrored" : "")])
        if let picture = quadruple.selfBlended, let mask = quadruple.selfMask {
            let side = recipe.selfBlend.recoloring.map { "\($0.side.rawValue) recoloured" }
            cells[.selfBlended] = ContactSheetCell(
                picture: picture, caption: ["\(file.video(of: frames.real).name) with itself", side ?? ""])
            cells[.selfMask] = ContactSheetCell(picture: mask.image, caption: recipe.selfBlend.maskCaption(quadruple))
        }
        if let picture = quadruple.crossBlended, let mask = quadruple.crossMask, let foreground = frames.foreground {
            cells[.crossBlended] = ContactSheetCell(
                picture: picture,
                caption: ["face of \(frame(foreground)[0])", who(foreground), distance(frames.real, foreground, file)])
            cells[.crossMask] = ContactSheetCell(picture: mask.image, caption: recipe.crossBlend.maskCaption(quadruple))
        }
        if let picture = quadruple.deepfake, let fake = frames.fake {
            cells[.deepfake] = ContactSheetCell(picture: picture, caption: frame(fake) + [who(fake)])
        }
        return cells
    }

    private static func distance(_ real: Int, _ foreground: Int, _ file: DatasetFile) -> String {
        guard let table = file.neighbours, table.rowOfFrame[real] >= 0,
            let place = table.neighbours(of: real).firstIndex(of: Int32(foreground))
        else { return "" }
        // Per landmark: the root of the mean square, in pixels of the file.
        let value = Double(table.distances[place]) / Double(file.landmarkCount).squareRoot()
        return "\((value * 10).rounded() / 10) px away"
    }
}

extension BlendRecipe {
    fileprivate func maskCaption(_ quadruple: Quadruple) -> [String] {
        let points = cutTo68 ? 68 : quadruple.landmarks.points.count
        return ["mask \(maskShape.rawValue)", "ratio \(ratio)", "\(points) landmarks"]
    }
}
