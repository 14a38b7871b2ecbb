// FaceSurface.swift — one person's face as a surface over its front view, with expressions.
//
// Maps a front-view point (x, y) to space. The mesh samples it and the landmarks go through it, so
// landmarks lie on the drawn features by construction. It draws nothing.

/// One person's surface, without a pose.
struct FaceSurface {
    let person: SyntheticIdentity

    /// The neutral surface at sideways position `s` = x / W(y), height y.
    func neutral(s: Float, y: Float, behind: Bool) -> SIMD3<Float> {
        let head = person.head
        let x = s * head.halfWidth(y)
        var z = head.z(s, y, behind: behind)
        if !behind { z += features(x: x, y: y) * Portable.smoothstep(1, 0.8, abs(s)) }
        return SIMD3(x, y, z)
    }

    /// Height of the features over the bare oval.
    private func features(x: Float, y: Float) -> Float {
        let head = person.head
        let eyes = person.eyes
        let mouth = person.mouth
        let a = abs(x)
        func spot(_ cx: Float, _ cy: Float, _ sx: Float, _ sy: Float) -> Float {
            Portable.exp(-((a - cx) / sx) * ((a - cx) / sx) - ((y - cy) / sy) * ((y - cy) / sy))
        }
        var z = head.browRidge * Portable.bump(y - person.brows.y - 0.06, 0.14) * Portable.bump(a - 0.3, 0.5)
        z -= head.sockets * spot(eyes.x - 0.03, 0.0, 0.27, 0.19)
        z += 0.075 * spot(eyes.x, 0.0, eyes.halfWidth * 0.95, 0.12)
        z += head.cheekbones * spot(0.58, head.cheekY, 0.24, 0.22)
        z -= head.hollow * spot(0.62, 0.95, 0.22, 0.25)
        z += head.muzzle * spot(0, mouth.y, 0.4, 0.3)
        z += 0.045 * spot(0, mouth.y - mouth.upper * 0.5, mouth.halfWidth * 0.7, mouth.upper * 0.9)
        z += 0.055 * spot(0, mouth.y + mouth.lower * 0.55, mouth.halfWidth * 0.62, mouth.lower * 0.8)
        z -= 0.03 * spot(0, mouth.y, mouth.halfWidth * 0.9, 0.028)
        let chinY = mouth.y + (head.chin - mouth.y) * 0.68
        z -= 0.05 * spot(0, mouth.y + (chinY - mouth.y) * 0.52, 0.3, 0.07)
        z += head.chinBall * spot(0, chinY, 0.25, 0.15)
        z -= 0.016 * spot(0, (person.nose.base + mouth.y) * 0.5, 0.05, 0.1)
        return z + noseHeight(a: a, y: y)
    }

    private func noseHeight(a: Float, y: Float) -> Float {
        let nose = person.nose
        // Along the ridge: rising from between the eyes to the tip, then falling to the base.
        let root: Float = -0.12
        let t = (y - root) / (nose.tip - root)
        let rise = max(0, min(1, t))
        var ridge =
            nose.height * (0.18 * Portable.smoothstep(0, 0.25, t) + 0.82 * rise * rise * (1.35 - 0.35 * rise))
        ridge += nose.hump * Portable.bump(t - 0.45, 0.22)
        ridge *= Portable.smoothstep(nose.base + 0.045, nose.tip - 0.06, y)
        let width = Portable.mix(nose.bridge, nose.wings * 0.62, rise * rise)
        let q = a / width
        var z = ridge / (1 + q * q * (0.55 + 0.75 * q * q))
        func ball(_ cx: Float, _ cy: Float, _ r: Float) -> Float {
            Portable.exp(-((a - cx) * (a - cx) + (y - cy) * (y - cy)) / (r * r))
        }
        z += nose.ball * ball(0, nose.tip - 0.01, 0.11)
        z += 0.10 * ball(nose.wings * 0.72, nose.base - 0.07, 0.085)
        z -= 0.03 * ball(nose.wings * 1.22, nose.base - 0.06, 0.05)
        return z
    }

    /// What expressions do to the point above (x, y).
    func basis(x: Float, y: Float) -> ExpressionBasis {
        let mouth = person.mouth
        let side: Float = x < 0 ? -1 : 1
        let a = abs(x)
        var basis = ExpressionBasis()
        // The lips' own opening is drawn; the surface brings the chin down after them.
        let below = Portable.smoothstep(mouth.y, person.head.chin - 0.2, y)
        basis.open = SIMD3(0, 0.75 * below, -0.25 * below)
        let corner =
            Portable.bump(a - mouth.halfWidth, 0.2) * Portable.bump(y - mouth.y, 0.2)
        let cheek = Portable.bump(a - 0.52, 0.25) * Portable.bump(y - 0.55, 0.25)
        let lid = Portable.bump(a - person.eyes.x, 0.25) * Portable.bump(y - 0.12, 0.1)
        basis.smile = SIMD3(
            side * (0.085 * corner + 0.02 * cheek), -0.095 * corner - 0.045 * cheek - 0.012 * lid,
            -0.035 * corner + 0.06 * cheek)
        let brow = Portable.bump(y - person.brows.y + 0.03, 0.17) * Portable.smoothstep(1.05, 0.7, a)
        basis.brows = SIMD3(0, -0.085 * brow, 0.015 * brow)
        return basis
    }

    /// A front-view point in space under an expression.
    func point(x: Float, y: Float, _ expression: Expression) -> SIMD3<Float> {
        let width = max(person.head.halfWidth(y), 1e-4)
        let s = max(-1, min(1, x / width))
        return neutral(s: s, y: y, behind: false) + basis(x: s * width, y: y).applied(expression)
    }
}
