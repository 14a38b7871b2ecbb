// Quadruple.swift — one training sample: four pictures that belong together.
//
// Not here: which frames belong together, and what is done with samples that fail.

import CKernels
import Imaging

/// A real face, a self-blend and a cross-blend of it, and a deepfake made from its video, all with
/// the same mirroring and the same final augmentation.
public struct Quadruple: Sendable {
    /// Which pictures are wanted beside the real one.
    public struct Anchors: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        public static let selfBlended = Anchors(rawValue: 1)
        public static let crossBlended = Anchors(rawValue: 2)
        public static let deepfake = Anchors(rawValue: 4)
        public static let all: Anchors = [.selfBlended, .crossBlended, .deepfake]
    }

    /// The self-blend's target, perhaps recoloured; without a self-blend the picture itself.
    public let real: Image
    public let selfBlended: Image?
    /// Its background is `real` before augmentation.
    public let crossBlended: Image?
    public let deepfake: Image?
    /// The weights of the two blends.
    public let selfMask: BlendMask?
    public let crossMask: BlendMask?
    /// The real face's landmarks, mirrored if the pictures are.
    public let landmarks: Landmarks
    public let recipe: QuadrupleRecipe

    /// Makes the sample that (seed, epoch, sample) stands for: a pure function of its arguments,
    /// the same bytes on any rank, thread and machine.
    ///
    /// - Parameters:
    ///   - real: RGB, sides of 16…4096 pixels.
    ///   - realLandmarks: 68 or 81, in the real picture's pixels.
    ///   - fake: the deepfake's frame, of the same size; needed for the anchor `deepfake` only.
    ///   - foreground: a face of another identity, of the same size; for `crossBlended` only.
    ///   - anchors: what to make.
    ///   - augment: false leaves the final augmentation out, not the mirroring.
    ///   - scratch: this thread's.
    ///
    /// Throws a `BlendError`, whose `isBadSample` tells bad data from bad use.
    public static func make(
        real: Image, realLandmarks: Landmarks, fake: Image?, foreground: Image?,
        anchors: Anchors = .all, augment: Bool = true, seed: UInt64, epoch: Int, sample: Int,
        scratch: BlendWorkspace
    ) throws(BlendError) -> Quadruple {
        var recipe = QuadrupleRecipe.draw(seed: seed, epoch: epoch, sample: sample)
        if !augment { recipe.augmentation = AugmentationRecipe() }
        return try apply(
            recipe, real: real, realLandmarks: realLandmarks, fake: fake, foreground: foreground,
            anchors: anchors, scratch: scratch)
    }

    /// Makes a sample from a given recipe; otherwise like `make`.
    public static func apply(
        _ recipe: QuadrupleRecipe, real: Image, realLandmarks: Landmarks, fake: Image?,
        foreground: Image?, anchors: Anchors = .all, scratch: BlendWorkspace
    ) throws(BlendError) -> Quadruple {
        try ImageRange.check(real)
        func mirrored(_ image: Image) -> Image {
            recipe.flip ? image.mirrored() : image
        }
        func input(
            _ image: Image?, for anchor: Anchors, _ anchorName: String, _ name: String
        ) throws(BlendError) -> Image? {
            guard anchors.contains(anchor) else { return nil }
            guard let image else { throw .missingPicture(anchor: anchorName, picture: name) }
            try ImageRange.check(image, named: name, against: real)
            return mirrored(image)
        }
        let foreground = try input(foreground, for: .crossBlended, "cross-blended", "foreground face")
        let isReal = fake == real
        let fake = try input(fake, for: .deepfake, "deepfake", "deepfake frame")
        if fake != nil && isReal { throw .deepfakeIsReal }
        let landmarks: Landmarks
        do throws(ImagingError) {
            landmarks =
                recipe.flip
                ? try realLandmarks.flippedHorizontally(width: real.width) : realLandmarks
        } catch {
            throw .badLandmarkCount(realLandmarks.points.count)
        }

        var target = mirrored(real)
        var selfBlended: Image?, selfMask: BlendMask?, crossBlended: Image?, crossMask: BlendMask?
        if anchors.contains(.selfBlended) {
            let result = try SelfBlend.apply(
                face: target, landmarks: landmarks, recipe: recipe.selfBlend, scratch: scratch)
            (selfBlended, target, selfMask) = (result.blended, result.real, result.mask)
        }
        if let foreground {
            let result = try CrossBlend.apply(
                background: target, landmarks: landmarks, foreground: foreground,
                recipe: recipe.crossBlend, scratch: scratch)
            (crossBlended, crossMask) = (result.blended, result.mask)
        }
        let (real, blends) = try Augmentation.apply(
            target, others: [selfBlended, crossBlended], recipe.augmentation)
        var deepfake: Image?
        if let fake { deepfake = try Augmentation.apply(fake, recipe.augmentation) }
        let final = Quadruple(
            real: real, selfBlended: blends[0], crossBlended: blends[1], deepfake: deepfake,
            selfMask: selfMask, crossMask: crossMask, landmarks: landmarks, recipe: recipe)
        // JPEG can take a faint blend away again.
        guard final.selfBlended != final.real, final.crossBlended != final.real else { throw .nothingChanged }
        return final
    }
}

extension Image {
    /// The mirror image of an RGB picture: what `flippedHorizontally` gives, by a vectorised kernel.
    fileprivate func mirrored() -> Image {
        let pixels = [UInt8](unsafeUninitializedCapacity: self.pixels.count) { buffer, initialized in
            bw_mirror_rgb8(buffer.baseAddress, self.pixels, width, height)
            initialized = self.pixels.count
        }
        return Image(width: width, height: height, pixels: pixels)
    }
}
