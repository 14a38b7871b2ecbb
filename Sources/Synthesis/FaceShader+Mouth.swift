// FaceShader+Mouth.swift — lips, teeth and the mouth's inside over the skin.

extension FaceShader {
    @inline(__always)
    func drawMouth(_ surface: inout Surface, x: Float, y: Float) {
        let p = x / mouth.halfWidth
        guard abs(p) < 1.08, abs(y - mouth.y) < 0.5 else { return }
        let inside = max(-1, min(1, p))
        let top = mouth.upperOuter(inside)
        let upperIn = mouth.upperInner(inside)
        let lowerIn = mouth.lowerInner(inside)
        let bottom = mouth.lowerOuter(inside)
        let edge: Float = 0.016
        guard y > top - edge, y < bottom + edge else { return }

        let ends = Portable.smoothstep(1.06, 0.93, abs(p))
        let lips =
            Portable.smoothstep(top - edge, top + edge, y)
            * Portable.smoothstep(bottom + edge, bottom - edge, y) * ends
        let isUpper = y < 0.5 * (upperIn + lowerIn)
        let crease = 1 + 0.10 * Portable.noise(22 * p, 2 * y, person.textureSeed ^ 61)
        let lip = person.mouth.color * crease * (isUpper ? 0.8 : 1.0)
        surface.albedo = Portable.mix(surface.albedo, lip, lips * 0.95)
        surface.gloss = Portable.mix(
            surface.gloss, isUpper ? 0.3 * person.mouth.gloss : person.mouth.gloss, lips)
        // Lips bulge: normals lean up at their upper and down at their lower edge.
        let t =
            isUpper
            ? (y - top) / max(upperIn - top, 1e-3) : (y - lowerIn) / max(bottom - lowerIn, 1e-3)
        surface.normal.y += lips * (isUpper ? 0.75 * (t - 0.25) : 0.95 * (t - 0.5))
        surface.normal /= (surface.normal * surface.normal).sum().squareRoot()

        // The line between closed lips, or what shows between open ones.
        let gap = lowerIn - upperIn
        let seam =
            0.8 * Portable.bump(y - 0.5 * (upperIn + lowerIn), 0.011 + 0.4 * gap)
            * Portable.smoothstep(1.05, 0.85, abs(p))
        surface.albedo *= 1 - seam * Portable.smoothstep(0.03, 0, gap)
        guard gap > 0.004 else { return }
        let soft: Float = 0.008
        let open =
            Portable.smoothstep(upperIn - soft, upperIn + soft, y)
            * Portable.smoothstep(lowerIn + soft, lowerIn - soft, y)
            * Portable.smoothstep(0, 0.02, gap)
        guard open > 0 else { return }
        var inner = SIMD3<Float>(0.045, 0.012, 0.011)
        // Upper teeth hang behind the lip; the tongue lies on the ground.
        let teethEnd = upperIn + 0.062
        let tooth =
            Portable.smoothstep(teethEnd + soft, teethEnd - soft, y) * Portable.smoothstep(0.92, 0.7, abs(p))
        let split = 1 - 0.25 * Portable.bump(Portable.sin(p * 11), 0.14)
        inner = Portable.mix(inner, SIMD3(0.62, 0.57, 0.49) * split * (1 - 0.55 * p * p), tooth)
        let tongue =
            Portable.smoothstep(lowerIn - 0.07, lowerIn - 0.02, y) * (1 - tooth)
            * Portable.smoothstep(0.7, 0.4, abs(p))
        inner = Portable.mix(inner, SIMD3(0.24, 0.07, 0.065), tongue)
        inner *= 0.55 + 0.45 * Portable.smoothstep(0, 0.06, y - upperIn)
        surface.albedo = Portable.mix(surface.albedo, inner, open)
        surface.gloss *= 1 - 0.8 * open
    }
}
