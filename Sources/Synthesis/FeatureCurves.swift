// FeatureCurves.swift — outlines of eyes, brows and mouth in the face's front view.
//
// The shader fills these curves and the landmarks sit on them: one formula for both.

/// One eye's opening in its own frame: p runs from −1 at the inner to 1 at the outer corner.
struct EyeCurve {
    let x, halfWidth, upper, lower, tilt: Float

    init(_ eyes: SyntheticIdentity.Eyes, _ expression: Expression) {
        x = eyes.x
        halfWidth = eyes.halfWidth
        tilt = eyes.tilt * eyes.halfWidth
        let blink = expression.blink
        let squint = 1 - 0.25 * max(0, expression.smile)
        lower = eyes.lower * (1 - 0.15 * max(0, expression.smile))
        // A closed upper lid meets the lower one.
        upper = eyes.upper * squint * (1 - blink) - lower * blink * 0.97
    }

    /// Height of the corners' line at p.
    @inline(__always) func axis(_ p: Float) -> Float { -tilt * (0.5 * p + 0.15) }
    /// The upper lid's edge; it peaks on the inner side.
    @inline(__always) func upperEdge(_ p: Float) -> Float {
        let a = max(0, 1 - p * p)
        return axis(p) - upper * a * (1 + 0.25 * a - 0.16 * p) * 0.86
    }
    /// The lower lid's edge; it is deepest on the outer side.
    @inline(__always) func lowerEdge(_ p: Float) -> Float {
        axis(p) + lower * max(0, 1 - p * p) * (1 + 0.2 * p)
    }
}

/// The lips: p runs from −1 to 1 between the corners.
struct MouthCurve {
    let y, halfWidth, upper, lower, bow, open: Float

    init(_ mouth: SyntheticIdentity.Mouth, _ expression: Expression) {
        y = mouth.y
        halfWidth = mouth.halfWidth * (1 - 0.25 * expression.open)
        // A smile stretches the lips thinner.
        let thin = 1 - 0.18 * max(0, expression.smile)
        upper = mouth.upper * thin
        lower = mouth.lower * thin
        bow = mouth.bow
        open = expression.open
    }

    @inline(__always) func arch(_ p: Float) -> Float {
        let a = max(0, 1 - p * p)
        return a * (1.45 - 0.45 * a)
    }
    @inline(__always) func upperOuter(_ p: Float) -> Float {
        let dip = bow * Portable.bump(p, 0.13)
        return y - upper * arch(p) * (1.05 - dip) - 0.12 * open * arch(p)
    }
    @inline(__always) func upperInner(_ p: Float) -> Float {
        y + 0.012 * Portable.bump(p, 0.3) - 0.12 * open * arch(p)
    }
    @inline(__always) func lowerInner(_ p: Float) -> Float {
        y + 0.012 * Portable.bump(p, 0.3) + 0.62 * open * arch(p)
    }
    @inline(__always) func lowerOuter(_ p: Float) -> Float {
        y + lower * arch(p) * (0.8 + 0.2 * arch(p)) + 0.66 * open * arch(p)
    }
}

/// A brow's middle line: t runs from 0 at the inner to 1 at the outer end.
struct BrowCurve {
    let brows: SyntheticIdentity.Brows

    @inline(__always) func x(_ t: Float) -> Float { Portable.mix(brows.inner, brows.outer, t) }
    @inline(__always) func y(_ t: Float) -> Float {
        let u = (t - 0.6) / 0.6
        let peak = max(0, 1 - u * u)
        return brows.y - brows.arch * peak + brows.arch * 0.35 - brows.tilt * (t - 0.4)
    }
    @inline(__always) func thickness(_ t: Float) -> Float {
        let grow = 0.72 + 0.28 * Portable.smoothstep(0, 0.25, t)
        return brows.thickness * grow * (1 - 0.62 * Portable.smoothstep(0.5, 1, t))
    }
}
