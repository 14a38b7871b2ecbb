// BlendStage.swift — what may be looked at while a blendfake is made. Training looks at nothing.

import Imaging

/// A picture on the way to a blendfake. Raw values serve as names of files.
public enum BlendStage: String, CaseIterable, Sendable {
    case maskDrawn = "mask-drawn"
    case maskMoved = "mask-moved"
    case maskDeformed = "mask-deformed"
    case maskSoft = "mask-soft"
    /// Self-blends: the side whose colours and detail were changed.
    case recolored = "recoloured"
    /// What is blended in, after the affine step.
    case sourceMoved = "source-moved"
    /// Cross-blends: the same with the background's colours.
    case colorsTransferred = "colours-transferred"
    case blended = "blended"
}

extension BlendWorkspace {
    /// Shows a W×H mask to whoever looks.
    func show(_ stage: BlendStage, mask: UnsafePointer<Float>, width: Int, height: Int) {
        onStage?(stage, BlendMask(mask, width: width, height: height).image)
    }

    /// Shows a W×H RGB picture to whoever looks.
    func show(_ stage: BlendStage, picture: UnsafePointer<UInt8>, width: Int, height: Int) {
        onStage?(
            stage,
            Image(
                width: width, height: height,
                pixels: Array(UnsafeBufferPointer(start: picture, count: 3 * width * height))))
    }
}
