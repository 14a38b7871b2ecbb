// SkinTexture.swift — a person's skin, brows, beard and scalp painted once over the head's grid.
//
// Holds what doesn't move over the skin. Eyes and mouth change with every frame and are drawn by
// the shader (FaceShader).

/// Albedo in linear light (x, y, z) and share of hair (w), on a square grid over (u, v).
struct SkinTexture {
    let side: Int
    private(set) var texels: [SIMD4<Float>]

    /// Cost: about 0.2 µs per texel.
    init(_ surface: FaceSurface, side: Int) {
        self.side = side
        texels = []
        texels.reserveCapacity(side * side)
        let painter = SkinPainter(surface)
        let head = surface.person.head
        for row in 0..<side {
            let y = HeadMesh.height(2 * (Float(row) + 0.5) / Float(side) - 1, head)
            let width = head.halfWidth(y)
            for column in 0..<side {
                let angle = HeadMesh.angle(2 * (Float(column) + 0.5) / Float(side) - 1)
                texels.append(painter.color(angle: angle, y: y, width: width))
            }
        }
    }
}

/// The colour of one point of the head's surface.
private struct SkinPainter {
    private let surface: FaceSurface
    private let person: SyntheticIdentity
    private let brow: BrowCurve
    private let seed: UInt32

    init(_ surface: FaceSurface) {
        self.surface = surface
        person = surface.person
        brow = BrowCurve(brows: person.brows)
        seed = person.textureSeed
    }

    func color(angle: Float, y: Float, width: Float) -> SIMD4<Float> {
        let behind = abs(angle) > 1.570_796_3
        let s = Portable.sin(angle)
        let x = s * width
        let hair = scalp(angle: angle, s: s, y: y, behind: behind)
        let strand = hair > 0 ? strandColor(angle, y) : SIMD3()
        guard hair < 0.99 else { return SIMD4(strand.x, strand.y, strand.z, 1) }
        var color = skin(x: behind ? angle : x, y: y)
        if !behind {
            color *= shade(x: x, y: y)
            paintBeard(&color, x: x, y: y, s: s)
            paintBrows(&color, x: x, y: y)
        }
        color = Portable.mix(color, strand, hair)
        return SIMD4(color.x, color.y, color.z, hair)
    }

    private func skin(x: Float, y: Float) -> SIMD3<Float> {
        let skin = person.skin
        let a = abs(x)
        var color = skin.color
        // Blood shows in cheeks, nose and chin; the forehead is paler.
        var blood = 0.9 * Portable.bump(a - 0.5, 0.3) * Portable.bump(y - 0.5, 0.3)
        blood += 0.8 * Portable.bump(x, 0.2) * Portable.bump(y - person.nose.tip, 0.16)
        blood += 0.35 * Portable.bump(x, 0.3) * Portable.bump(y - 1.45, 0.2)
        blood += 0.3 * Portable.noise(2.6 * x, 2.6 * y, seed)
        blood *= skin.redness * (1 - 0.5 * skin.tone)
        color *= SIMD3(1 + 0.07 * blood, 1 - 0.10 * blood, 1 - 0.09 * blood)
        // Around the eyes skin is thin and dark.
        let thin = Portable.bump(a - person.eyes.x + 0.06, 0.22) * Portable.bump(y - 0.11, 0.11)
        color *= SIMD3(1 - 0.14 * thin, 1 - 0.18 * thin, 1 - 0.13 * thin)
        var grain = 0.035 * Portable.noise(7 * x, 7 * y, seed ^ 1)
        grain += 0.035 * Portable.noise(17 * x, 17 * y, seed ^ 2)
        grain += 0.045 * Portable.noise(41 * x, 41 * y, seed ^ 3)
        grain += 0.05 * Portable.noise(83 * x, 83 * y, seed ^ 4)
        color *= 1 + grain * (0.6 + skin.mottling)
        if skin.freckles > 0 { color *= freckle(x, y) }
        for mark in skin.marks {
            let dx = x - mark.x
            let dy = y - mark.y
            guard abs(dx) < 0.1, abs(dy) < 0.1 else { continue }
            let dark = mark.w * Portable.exp(-(dx * dx + dy * dy) / (mark.z * mark.z))
            color *= SIMD3(1 - 0.75 * dark, 1 - 0.86 * dark, 1 - 0.9 * dark)
        }
        return color
    }

    private func freckle(_ x: Float, _ y: Float) -> SIMD3<Float> {
        let scale: Float = 22
        let cellX = Int32(x * scale + 100)
        let cellY = Int32(y * scale + 100)
        let cx = Float(cellX) + 0.25 + 0.5 * Portable.hash(cellX, cellY, seed ^ 5)
        let cy = Float(cellY) + 0.25 + 0.5 * Portable.hash(cellX, cellY, seed ^ 6)
        let dx = x * scale + 100 - cx
        let dy = y * scale + 100 - cy
        let place = Portable.bump(y - 0.4, 0.4) * Portable.bump(x, 0.75)
        let present: Float = Portable.hash(cellX, cellY, seed ^ 7) < 0.6 * place ? 1 : 0
        let dark = present * person.skin.freckles * Portable.exp(-(dx * dx + dy * dy) * 9)
        return SIMD3(1 - 0.3 * dark, 1 - 0.45 * dark, 1 - 0.55 * dark)
    }

    /// Where little light gets in: hollows and creases.
    private func shade(x: Float, y: Float) -> Float {
        let nose = person.nose
        let mouth = person.mouth
        let a = abs(x)
        func pit(_ cx: Float, _ cy: Float, _ sx: Float, _ sy: Float) -> Float {
            Portable.exp(-((a - cx) / sx) * ((a - cx) / sx) - ((y - cy) / sy) * ((y - cy) / sy))
        }
        var dark = 0.3 * pit(person.eyes.x - person.eyes.halfWidth - 0.03, 0.0, 0.09, 0.12)
        dark += 0.22 * pit(person.eyes.x, -0.13, 0.22, 0.06)
        dark += 0.22 * pit(nose.wings * 0.4, nose.base + 0.025, nose.wings * 0.8, 0.05)
        dark += 0.3 * pit(nose.wings * 1.12, nose.base - 0.06, 0.035, 0.07)
        dark += 0.8 * pit(nose.wings * 0.43, nose.base - 0.008, 0.052, 0.021)
        dark += 0.22 * pit(0, mouth.y + mouth.lower + 0.06, 0.22, 0.05)
        dark += 0.2 * pit(mouth.halfWidth + 0.02, mouth.y + 0.01, 0.05, 0.05)
        // The fold from the wings to the corners of the mouth.
        let t = (y - (nose.base - 0.08)) / (mouth.y + 0.1 - (nose.base - 0.08))
        if t > -0.2, t < 1.3 {
            let line = Portable.mix(nose.wings + 0.05, mouth.halfWidth + 0.1, t) - 0.03 * t * (1 - t)
            let along = Portable.smoothstep(-0.1, 0.2, t) * Portable.smoothstep(1.2, 0.6, t)
            dark += (0.08 + 0.2 * person.skin.lines) * along * Portable.bump(a - line, 0.035)
        }
        // Bags under the eyes and lines over the forehead come with age.
        let bag = 0.1 + 0.035 * (1 - ((a - person.eyes.x) / 0.25) * ((a - person.eyes.x) / 0.25))
        dark +=
            (0.05 + 0.18 * person.skin.lines) * Portable.bump(y - bag, 0.022)
            * Portable.bump(a - person.eyes.x, 0.2)
        if y < -0.4 {
            let wave = Portable.sin(34 * y + 2 * Portable.noise(2 * x, 3, seed ^ 9))
            dark +=
                0.09 * person.skin.lines * max(0, wave) * Portable.bump(x, 0.45)
                * Portable.bump(y + 0.62, 0.16)
        }
        return max(0.06, 1 - dark)
    }

    private func paintBrows(_ color: inout SIMD3<Float>, x: Float, y: Float) {
        let a = abs(x)
        let t = (a - person.brows.inner) / (person.brows.outer - person.brows.inner)
        guard t > -0.08, t < 1.06, abs(y - person.brows.y) < 0.3 else { return }
        let inside = max(0, min(1, t))
        let d = (y - brow.y(inside)) / brow.thickness(inside)
        guard abs(d) < 1.4 else { return }
        var cover = Portable.smoothstep(1.25, 0.55, abs(d))
        cover *= Portable.smoothstep(-0.06, 0.1, t) * Portable.smoothstep(1.04, 0.85, t)
        let stroke = Portable.noise(46 * a + 30 * y, 16 * y - 10 * a, seed ^ 11)
        cover *= person.brows.density * (0.8 + 0.45 * stroke)
        color = Portable.mix(color, person.brows.color * 0.4 + color * 0.05, max(0, min(0.95, cover)))
    }

    private func paintBeard(_ color: inout SIMD3<Float>, x: Float, y: Float, s: Float) {
        guard person.skin.beard > 0, y > 0.5 else { return }
        let mouth = person.mouth
        let a = abs(x)
        let cheek = Portable.smoothstep(0.72, 1.0, y + 0.35 * Portable.smoothstep(0.5, 0.95, abs(s)))
        let lip = Portable.smoothstep(person.nose.base + 0.02, person.nose.base + 0.07, y)
        let near = Portable.smoothstep(mouth.halfWidth + 0.2, mouth.halfWidth - 0.02, a)
        let chin = Portable.smoothstep(mouth.y + 0.02, mouth.y + 0.22, y)
        // The moustache, the chin and the cheeks, but not beneath the lower lip.
        var cover = max(
            lip * near * Portable.smoothstep(mouth.y + 0.1, mouth.y, y),
            max(chin, cheek * Portable.smoothstep(mouth.halfWidth * 0.9, mouth.halfWidth * 1.35, a)))
        let bare = Portable.bump(x, 0.14) * Portable.bump(y - mouth.y - mouth.lower - 0.05, 0.05)
        cover *= 1 - 0.7 * bare
        let grain =
            Portable.noise(60 * x, 45 * y, seed ^ 13) + 0.6 * Portable.noise(22 * x, 14 * y, seed ^ 14)
        let strength = person.skin.beard < 0.5 ? 0.55 * person.skin.beard : person.skin.beard * 0.85
        cover *= strength * (0.85 + 0.35 * grain)
        color = Portable.mix(color, person.brows.color * 0.7 + color * 0.08, max(0, min(0.93, cover)))
    }

    private func scalp(angle: Float, s: Float, y: Float, behind: Bool) -> Float {
        let ragged =
            0.035 * Portable.noise(7 * angle, 3 * y, person.hair.seed ^ 21) + 0.022
            * Portable.noise(24 * angle, 6 * y, person.hair.seed ^ 22)
        var shift = ragged
        if person.hair.fringe > 0 {
            // A fringe ends in locks.
            shift +=
                0.09 * Portable.noise(17 * s, 1.5 * y, person.hair.seed ^ 23)
                * Portable.smoothstep(0.9, 0.7, abs(s))
        }
        return surface.hairCover(s: s, y: y + shift, behind: behind)
    }

    private func strandColor(_ angle: Float, _ y: Float) -> SIMD3<Float> {
        let hair = person.hair
        let wave = hair.curl * 0.5 * Portable.noise(1.4 * angle, 3.5 * y, person.hair.seed ^ 31)
        let across = (angle - hair.parting * Portable.smoothstep(-0.6, -1.4, y) + wave) * hair.strands * 0.5
        let strand =
            Portable.noise(across, 1.3 * y, person.hair.seed ^ 32) + 0.6
            * Portable.noise(2.7 * across, 2 * y, person.hair.seed ^ 33)
        let part = Portable.bump(angle - hair.parting, 0.05) * Portable.smoothstep(-0.9, -1.2, y)
        return hair.color * max(0.25, 1 + 0.42 * strand - 0.4 * part)
    }
}
