// FaceShader.swift — the colour of one visible surface sample: light, skin, hair, neck and ears.
//
// Eyes, mouth and glasses, which it lays over the skin, are in FaceShader+Eyes.swift and
// FaceShader+Mouth.swift.

/// Shades the fragments of one frame; linear light in and out. No allocation per sample.
struct FaceShader {
    let person: SyntheticIdentity
    let eye: EyeCurve
    let mouth: MouthCurve
    let expression: Expression
    let light: SIMD3<Float>
    private let half: SIMD3<Float>
    private let key: SIMD3<Float>
    private let skyHalf: SIMD3<Float>
    private let groundHalf: SIMD3<Float>
    private let seed: UInt32

    init(_ person: SyntheticIdentity, scene: SyntheticScene, expression: Expression) {
        self.person = person
        self.expression = expression
        eye = EyeCurve(person.eyes, expression)
        mouth = MouthCurve(person.mouth, expression)
        light = scene.light
        let toViewer = light + SIMD3(0, 0, 1)
        half = toViewer / (toViewer * toViewer).sum().squareRoot()
        key = scene.keyColor
        skyHalf = scene.skyColor * 0.5
        groundHalf = scene.groundColor * 0.5
        seed = person.textureSeed
    }

    /// What the shader knows of one sample's surface before light falls on it.
    struct Surface {
        var albedo: SIMD3<Float>
        var normal: SIMD3<Float>
        var lit: Float
        /// Strength and sharpness of the highlight; 0 sharpness for hair's.
        var gloss: Float
        var sharpness: Float
        /// How far light bleeds around the terminator: 1 skin, 0 hard matter.
        var soft: Float
        /// Light added as it is: catchlights.
        var glow: Float = 0
    }

    @inline(__always)
    func color(
        _ fragment: Fragment, _ texels: UnsafeBufferPointer<SIMD4<Float>>, _ side: Int
    ) -> SIMD3<Float> {
        let values = fragment.values
        var normal = SIMD3(values[4], values[5], values[6])
        normal /= max((normal * normal).sum().squareRoot(), 1e-6)
        let x = values[2]
        let y = values[3]
        var surface = Surface(
            albedo: person.skin.color, normal: normal, lit: values[7],
            gloss: 0.1, sharpness: 14, soft: 1)
        switch fragment.material {
        case Material.head.rawValue:
            let texel = sample(texels, side, values[0], values[1])
            surface.albedo = SIMD3(texel.x, texel.y, texel.z)
            surface.gloss = oil(x, y) * (1 - texel.w) + 0.10 * texel.w
            surface.sharpness = texel.w > 0.5 ? 0 : 14
            surface.soft = 1 - 0.8 * texel.w
            if normal.z > -0.2 {
                drawEye(&surface, x: x, y: y)
                drawMouth(&surface, x: x, y: y)
                if person.glasses != nil { drawGlasses(&surface, x: x, y: y) }
            }
        case Material.ear.rawValue:
            // The shell's hollow, and blood in its rim.
            let hollow = Portable.bump(x - 0.15, 0.35) * Portable.bump(y + 0.1, 0.5)
            surface.albedo *= SIMD3(1.04, 0.88, 0.86) * (1 - 0.55 * hollow)
        case Material.neck.rawValue:
            let below = Portable.smoothstep(person.head.chin - 0.25, person.head.chin + 0.5, y)
            surface.albedo *= (0.5 + 0.42 * below) * (1 + 0.06 * Portable.noise(8 * x, 8 * y, seed))
        default:
            let hair = person.hair
            let wave = hair.curl * 0.6 * Portable.noise(1.2 * x, 2.6 * y, hair.seed ^ 41)
            let strand = Portable.noise((x + wave) * hair.strands * 0.6, 0.9 * y, hair.seed ^ 42)
            surface.albedo = hair.color * max(0.2, 0.72 + 0.4 * strand)
            surface.gloss = 0.08
            surface.sharpness = 0
            surface.soft = 0.2
        }
        return lighten(surface)
    }

    /// Skin shines on the forehead, nose and cheekbones.
    @inline(__always)
    private func oil(_ x: Float, _ y: Float) -> Float {
        let zone = Portable.bump(x, 0.32) * (y < 0.75 ? 1 : 0.3)
        return (0.06 + 0.10 * zone) * person.skin.oil
    }

    @inline(__always)
    private func lighten(_ s: Surface) -> SIMD3<Float> {
        let n = s.normal
        let facing = (n * light).sum()
        // Red light goes furthest through skin, so the terminator is warm.
        let wrap = SIMD3<Float>(0.34, 0.17, 0.12) * s.soft
        var diffuse = (SIMD3(repeating: facing) + wrap) / (1 + wrap)
        diffuse.replace(with: 0, where: diffuse .< 0)
        diffuse *= Portable.mix(SIMD3(repeating: s.lit), SIMD3(s.lit * 0.8 + 0.2, s.lit, s.lit), s.soft)
        let up = 0.5 - 0.5 * n.y
        var fill = skyHalf * up + groundHalf * (1 - up)
        fill = fill * 2 * (0.62 + 0.38 * max(0, n.z))
        var color = s.albedo * (key * diffuse + fill)
        if s.sharpness > 0 {
            let h = max(0, (n * half).sum())
            let grazing = 1 - max(0, n.z)
            let fresnel = 1 + 2.5 * grazing * grazing * grazing
            let shine = Portable.pow(h, s.sharpness) * s.gloss * fresnel * max(0.15, s.lit)
            color += key * (facing > -0.1 ? shine : 0)
        } else {
            // Strands shine across their direction, here down the head.
            let tangent = SIMD3<Float>(0.1 * n.x, 0.9, 0.35) - n * (0.9 * n.y + 0.35 * n.z)
            let length = max((tangent * tangent).sum().squareRoot(), 1e-3)
            let along = (tangent * half).sum() / length
            let across = max(0, 1 - along * along)
            let a4 = across * across * across * across
            color += key * (s.gloss * a4 * a4 * a4 * s.lit) * (s.albedo * 3 + 0.15)
        }
        return color + SIMD3(repeating: s.glow)
    }

    @inline(__always)
    private func sample(
        _ texels: UnsafeBufferPointer<SIMD4<Float>>, _ side: Int, _ u: Float, _ v: Float
    ) -> SIMD4<Float> {
        let x = max(0, min(Float(side) - 1.001, u * Float(side) - 0.5))
        let y = max(0, min(Float(side) - 1.001, v * Float(side) - 0.5))
        let column = Int(x)
        let row = Int(y)
        let fx = x - Float(column)
        let fy = y - Float(row)
        let index = row * side + column
        let top = texels[index] + (texels[index + 1] - texels[index]) * fx
        let bottom = texels[index + side] + (texels[index + side + 1] - texels[index + side]) * fx
        return top + (bottom - top) * fy
    }
}
