// BlendRecipe.swift — every random choice behind one blendfake, as a value. Drawing one is in
// BlendRecipe+Draw.swift, applying it in SelfBlend.swift and CrossBlend.swift.

/// All that decides a blendfake, given the pictures and landmarks.
///
/// Lengths are for a 256-pixel face. They are scaled to other sizes on application (see
/// `FaceScale`), so that one recipe looks the same at any resolution.
public struct BlendRecipe: Codable, Equatable, Sendable {
    /// How the mask is drawn from the landmarks.
    public enum MaskShape: String, Codable, CaseIterable, Sendable {
        /// Cheeks and mouth, nose, brows: three hulls.
        case full
        /// Eight overlapping hulls that follow jaw, cheeks, brows and nose.
        case components
        /// As components, with the brows raised.
        case extended
        /// The hull of all landmarks, with an anti-aliased edge.
        case hull
    }

    /// A colour change of one side of a self-blend, so that the two differ.
    public struct Recoloring: Codable, Equatable, Sendable {
        public enum Side: String, Codable, Sendable { case source, target }

        /// The last step: loss or gain of detail.
        public enum Detail: Codable, Equatable, Sendable {
            /// Smaller by `factor` with nearest neighbour, back up bilinearly.
            case downscale(factor: Int)
            /// (1 − alpha) of the picture and alpha of itself under the 3×3 kernel with
            /// 8 + lightness in the middle and −1 around.
            case sharpen(alpha: Float, lightness: Float)
        }

        public var side: Side
        /// Added to R, G, B in grey levels; nil for none.
        public var rgbShift: SIMD3<Float>?
        /// Added to 8-bit hue (units of two degrees), saturation and value (0–255).
        public var hsvShift: SIMD3<Float>
        /// v → (1 + contrast) · v + 255 · brightness.
        public var brightness: Float
        public var contrast: Float
        public var detail: Detail

        private enum CodingKeys: String, CodingKey {
            case side, brightness, contrast, detail
            case rgbShift = "rgb_shift"
            case hsvShift = "hsv_shift"
        }
    }

    /// Scaling about the picture's centre, then a shift; what comes from outside is black.
    public struct Affine: Codable, Equatable, Sendable {
        /// Shift to the right, as a fraction of the width.
        public var translateX: Float
        /// Shift downwards, as a fraction of the height.
        public var translateY: Float
        /// Above 1 enlarges.
        public var scaleX: Float
        public var scaleY: Float

        private enum CodingKeys: String, CodingKey {
            case translateX = "translate_x"
            case translateY = "translate_y"
            case scaleX = "scale_x"
            case scaleY = "scale_y"
        }
    }

    /// Displacement of the mask by smoothed noise.
    public struct Elastic: Codable, Equatable, Sendable {
        /// Height of the raw noise, uniform in ±amplitude, in pixels; 0 turns the step off.
        public var amplitude: Float
        /// Of the Gaussian that smooths it, in pixels; it is cut off at 4 sigma.
        public var sigma: Float
        /// Below 2⁵³, so that every JSON reader keeps it: word i of the stream
        /// `Philox(seed: key, stream: .elastic)` gives pixel i's noise, the low half the
        /// horizontal and the high half the vertical part h of 16 bits, as (h + ½) / 2¹⁵ − 1.
        public var key: UInt64
    }

    /// How the mask is eroded and softened.
    public struct SoftMask: Codable, Equatable, Sendable {
        /// The size at which that happens, in pixels.
        public var width: Int
        public var height: Int
        /// Odd kernel of the first Gaussian, whose sigma follows from it; what then lies below the
        /// maximum is set to 0.
        public var firstKernel: Int
        /// Odd kernel and sigma of the second Gaussian, in pixels.
        public var secondKernel: Int
        public var secondSigma: Float

        private enum CodingKeys: String, CodingKey {
            case width, height
            case firstKernel = "first_kernel"
            case secondKernel = "second_kernel"
            case secondSigma = "second_sigma"
        }
    }

    public var maskShape: MaskShape
    /// Whether 81 landmarks are cut to the first 68.
    public var cutTo68: Bool
    /// nil in cross-blends, whose foreground gets the background's colours instead.
    public var recoloring: Recoloring?
    public var affine: Affine
    public var elastic: Elastic
    public var softMask: SoftMask
    /// The soft mask's maximum, in (0, 1].
    public var ratio: Float

    private enum CodingKeys: String, CodingKey {
        case recoloring, affine, elastic, ratio
        case maskShape = "mask_shape"
        case cutTo68 = "cut_to_68"
        case softMask = "soft_mask"
    }
}
