// FaceShader+Eyes.swift — eyes with lids and lashes, and glasses, over the skin.

extension FaceShader {
    /// Lays the eye that (x, y) falls into over the skin.
    @inline(__always)
    func drawEye(_ surface: inout Surface, x: Float, y: Float) {
        guard abs(y) < 0.3 else { return }
        let side: Float = x < 0 ? -1 : 1
        let p = (abs(x) - eye.x) / eye.halfWidth
        guard abs(p) < 1.35 else { return }
        let inside = max(-1, min(1, p))
        let upper = eye.upperEdge(inside)
        let lower = eye.lowerEdge(inside)
        drawLid(&surface, p: p, y: y, upper: upper, lower: lower)

        let edge: Float = 0.007
        guard abs(p) < 1.02, y > upper - edge, y < lower + edge else { return }
        let cover =
            Portable.smoothstep(upper - edge, upper + edge, y)
            * Portable.smoothstep(lower + edge, lower - edge, y)
        guard cover > 0 else { return }

        // White, redder in the inner corner, darker under the upper lid and in the corners.
        var white = SIMD3<Float>(0.60, 0.565, 0.545)
        let corner = Portable.smoothstep(-0.72, -0.98, p)
        white = Portable.mix(white, SIMD3(0.42, 0.2, 0.17), corner)
        var shade = 0.45 + 0.55 * Portable.smoothstep(0, 0.075, y - upper)
        shade *= 1 - 0.35 * p * p

        // Both irises turn to the same side. A blink doesn't move them.
        let cx = side * expression.gazeX * 0.35
        let dx = p + 0.06 - cx
        let dy =
            (y - (0.5 * (person.eyes.lower - person.eyes.upper) - 0.004) - expression.gazeY * eye.halfWidth)
            / eye.halfWidth
        let r = (dx * dx + dy * dy).squareRoot() * eye.halfWidth / person.eyes.irisRadius
        var albedo = white
        let iris = Portable.smoothstep(1.06, 0.94, r)
        if iris > 0 {
            let spoke = Portable.noise(9 * dx / max(r, 0.2), 9 * dy / max(r, 0.2), person.textureSeed ^ 51)
            let ring = 1 - 0.65 * Portable.smoothstep(0.7, 1, r)
            var tint = person.eyes.iris * (1.15 + 0.45 * spoke) * ring
            // Light that came in at the top leaves at the bottom.
            tint *= 1 + 0.5 * dy * eye.halfWidth / person.eyes.irisRadius
            tint = Portable.mix(tint, SIMD3(repeating: 0.006), Portable.smoothstep(0.46, 0.36, r))
            albedo = Portable.mix(albedo, tint, iris)
        }
        let spotX = dx * eye.halfWidth - side * light.x * 0.03
        let spotY = dy * eye.halfWidth - light.y * 0.035
        let spot = Portable.exp(-(spotX * spotX + spotY * spotY) / 2.6e-4)
        surface.albedo = Portable.mix(surface.albedo, albedo * shade, cover)
        surface.glow += 0.75 * spot * cover * Portable.smoothstep(0, 0.03, y - upper)
        surface.gloss *= 1 - cover
        surface.normal = Portable.mix(
            surface.normal, SIMD3(side * p * 0.45, dy * 0.6, 0.85), cover * 0.6)
    }

    /// The lid's fold, make-up and both rows of lashes.
    @inline(__always)
    private func drawLid(_ surface: inout Surface, p: Float, y: Float, upper: Float, lower: Float) {
        let eyes = person.eyes
        let ends = Portable.smoothstep(1.32, 0.9, abs(p))
        let above = upper - y
        if eyes.crease > 0 {
            let fold = eyes.crease * (0.55 + 0.45 * max(0, 1 - p * p)) + max(0, expression.blink) * 0.04
            let line = Portable.bump(above - fold, 0.013) * ends
            surface.albedo *= SIMD3(1 - 0.42 * line, 1 - 0.5 * line, 1 - 0.52 * line)
        }
        if person.skin.makeupStrength > 0, above > -0.01 {
            let cover = person.skin.makeupStrength * ends * Portable.smoothstep(0.12, 0.02, above)
            surface.albedo = Portable.mix(surface.albedo, person.skin.makeup, 0.6 * cover)
        }
        let thick = 0.012 + 0.016 * eyes.lashes * Portable.smoothstep(-1, 0.6, p)
        let lash =
            Portable.bump(above - 0.4 * thick, thick) * Portable.smoothstep(1.22, 0.95, abs(p))
            * (0.6 + 0.4 * eyes.lashes)
        let under = 0.4 * Portable.bump(y - lower - 0.004, 0.011) * Portable.smoothstep(1.1, 0.8, abs(p))
        let dark = min(0.95, lash + under)
        surface.albedo *= SIMD3(1 - dark, 1 - dark, 1 - dark) + SIMD3(0.012, 0.009, 0.008)
    }

    /// Frames around both eyes, the bridge and the side pieces' beginnings.
    @inline(__always)
    func drawGlasses(_ surface: inout Surface, x: Float, y: Float) {
        guard let glasses = person.glasses, abs(y - 0.03) < 0.45 else { return }
        let a = abs(x)
        let dx = abs(a - eye.x) / glasses.width
        let dy = abs(y - 0.04) / glasses.height
        guard dy < 1.5 else { return }
        let r = Portable.pow(
            Portable.pow(dx, glasses.roundness) + Portable.pow(dy, glasses.roundness), 1 / glasses.roundness)
        let distance = abs(r - 1) * min(glasses.width, glasses.height)
        var cover = Portable.smoothstep(glasses.thickness, glasses.thickness * 0.6, distance)
        let gap = eye.x - glasses.width
        if a < gap {
            cover = max(
                cover,
                Portable.smoothstep(
                    glasses.thickness, glasses.thickness * 0.6, abs(y + 0.02 + 0.03 * (1 - a / gap))))
        }
        if a > eye.x + glasses.width {
            cover = max(cover, Portable.smoothstep(glasses.thickness, glasses.thickness * 0.6, abs(y + 0.03)))
        }
        surface.albedo = Portable.mix(surface.albedo, glasses.color, cover)
        surface.gloss = Portable.mix(surface.gloss, 0.35, cover)
        surface.soft *= 1 - cover
        // The frame's shadow, and a little light lost in the glass.
        let shadow =
            0.25 * Portable.smoothstep(2.6 * glasses.thickness, 0.8 * glasses.thickness, distance)
            * (1 - cover)
        surface.albedo *= (r < 1 ? 0.96 : 1) * (1 - shadow)
        surface.glow *= 1 - cover
    }
}
