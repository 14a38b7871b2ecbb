// FaceSurface+Hair.swift — where hair covers the head and how far it stands off.

extension FaceSurface {
    /// y of the hairline at sideways position s = x / W.
    func hairline(_ s: Float) -> Float {
        let hair = person.hair
        let a = min(1, abs(s))
        let fall = Portable.mix(hair.line, hair.temple, Portable.smoothstep(0.45, 1.02, a))
        return fall - hair.recession * Portable.bump(a - 0.55, 0.2)
    }

    /// Share of hair at a point of the head: 1 on the scalp, 0 on the face; soft at the hairline.
    func hairCover(s: Float, y: Float, behind: Bool) -> Float {
        guard !person.hair.isBald else { return 0 }
        if behind { return Portable.smoothstep(0.85, 0.6, y) }
        let a = abs(s)
        // Sideburns come down before the ears.
        let low = Portable.mix(hairline(s), 0.12, Portable.smoothstep(0.94, 0.995, a))
        let skull = Portable.smoothstep(low + 0.05, low - 0.07, y)
        guard person.hair.fringe > 0, a < 0.97 else { return skull }
        return max(skull, Portable.smoothstep(fringeEnd(s) + 0.05, fringeEnd(s) - 0.08, y))
    }

    /// How far hair stands off at a point, 0…1. Softer than the cover, as a step within one cell of
    /// the mesh would show as teeth.
    func hairLift(angle: Float, s: Float, y: Float) -> Float {
        guard !person.hair.isBald else { return 0 }
        let front = hairCover(s: min(abs(s), 0.93) * (s < 0 ? -1 : 1), y: y, behind: false)
        let back = Portable.smoothstep(0.85, 0.4, y)
        return Portable.mix(front, max(front, back), Portable.smoothstep(1.45, 1.9, angle))
    }

    /// y down to which the fringe hangs.
    func fringeEnd(_ s: Float) -> Float {
        let hair = person.hair
        return hairline(s) + max(0, hair.fringe * (1 + 0.7 * hair.fringeSide * s))
    }
}
