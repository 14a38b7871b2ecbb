// SyntheticIdentity.swift — what makes one procedural person: numbers drawn from a key, no pictures.
//
// Coordinates of a face ("face units"), seen from the front: x to the picture's right, y down,
// z towards the viewer. The eyes' centres lie on y = 0, half the face's width is about 1, the chin
// is near y = 1.7. See HeadShape.swift for how features become a surface.

import Tensor

/// One procedural person: a pure function of (seed, id).
///
/// Colours are linear light in 0…1. Cost: about a microsecond.
public struct SyntheticIdentity: Equatable, Sendable {
    /// The world's seed.
    public let seed: UInt64
    /// The person's number in the world.
    public let id: Int

    package struct Eyes: Equatable, Sendable {
        /// Distance of a centre from the middle; half widths and heights of the opening.
        package var x, halfWidth, upper, lower: Float
        /// Rise of the outer corner over the inner one, in half widths.
        package var tilt: Float
        /// Distance of the lid's fold above the opening; 0 for none.
        package var crease: Float
        package var iris: SIMD3<Float>
        package var irisRadius: Float
        package var lashes: Float
    }

    package struct Brows: Equatable, Sendable {
        package var y, inner, outer, thickness, arch, tilt: Float
        package var density: Float
        /// Of the brows and of the beard.
        package var color: SIMD3<Float>
    }

    package struct Nose: Equatable, Sendable {
        /// y of the tip and of the base; half width at the wings and at the bridge; height.
        package var tip, base, wings, bridge, height: Float
        /// Hump on the bridge, and roundness of the tip.
        package var hump, ball: Float
    }

    package struct Mouth: Equatable, Sendable {
        package var y, halfWidth, upper, lower, bow: Float
        package var color: SIMD3<Float>
        package var gloss: Float
    }

    package struct Skin: Equatable, Sendable {
        package var color: SIMD3<Float>
        /// 0 light … 1 dark.
        package var tone: Float
        package var redness, mottling, freckles, lines, oil: Float
        /// Dark spots: x, y, radius, strength.
        package var marks: [SIMD4<Float>]
        /// Beard: 0 none, up to 0.5 stubble, 1 full.
        package var beard: Float
        package var makeup: SIMD3<Float>
        package var makeupStrength: Float
    }

    package struct Hair: Equatable, Sendable {
        package var color: SIMD3<Float>
        /// How far hair stands off the head; strand frequency; waviness.
        package var volume, strands, curl: Float
        /// y of the hairline in the middle and at the temples; bay depth; side of the parting.
        package var line, temple, recession, parting: Float
        /// How far strands hang over the forehead, −1 … 1 being the side that hangs lower.
        package var fringe, fringeSide: Float
        /// Width and lower end of the hair behind the head; 0 width for short hair.
        package var backWidth, backEnd: Float
        package var isBald: Bool
        /// Seeds the noise of strands and locks.
        package var seed: UInt32
    }

    package struct Glasses: Equatable, Sendable {
        package var width, height, thickness, roundness: Float
        package var color: SIMD3<Float>
    }

    package var head: HeadShape
    package var eyes: Eyes
    package var brows: Brows
    package var nose: Nose
    package var mouth: Mouth
    package var skin: Skin
    package var hair: Hair
    package var glasses: Glasses?
    /// Seeds the noise of this person's skin.
    package var textureSeed: UInt32
    package var garment: SIMD3<Float>

    /// - Parameters:
    ///   - seed: the world's seed.
    ///   - id: the person's number, not negative; equal numbers give equal people.
    public init(seed: UInt64, id: Int) {
        self.seed = seed
        self.id = id
        var draw = Philox(seed: seed, stream: .synthesis, epoch: SynthesisEpoch.identity, sample: id)
        textureSeed = draw.next32()

        // Traits that go together. Skin and hair step through their ranges by irrational strides,
        // so that neighbours in number are never look-alikes.
        let stride = Float(id)
        let toneStep = fraction(stride * 0.618_034 + 0.37)
        let hairStep = fraction(stride * 0.754_878 + 0.11)
        let masculine = draw.uniform()
        let age = draw.uniform()
        let tone = toneStep * toneStep * 0.45 + toneStep * 0.5

        head = HeadShape(
            width: draw.uniform(0.94, 1.09), top: draw.uniform(1.36, 1.5),
            chin: draw.uniform(1.44, 1.62) + 0.08 * masculine,
            jaw: draw.uniform(2.0, 2.9) + 0.8 * masculine * draw.uniform(),
            point: draw.uniform(1.75, 2.35), depth: draw.uniform(1.16, 1.3),
            cheekbones: draw.uniform(0.02, 0.11), cheekY: draw.uniform(0.36, 0.5),
            browRidge: draw.uniform(0.02, 0.06) + 0.04 * masculine,
            sockets: draw.uniform(0.10, 0.19), chinBall: draw.uniform(0.03, 0.12),
            muzzle: draw.uniform(0.03, 0.1), hollow: draw.uniform(0, 0.07))

        let eyeX = draw.uniform(0.395, 0.475)
        let eyeHalf = draw.uniform(0.18, 0.225)
        eyes = Eyes(
            x: eyeX, halfWidth: eyeHalf, upper: draw.uniform(0.072, 0.115),
            lower: draw.uniform(0.04, 0.062), tilt: draw.uniform(-0.12, 0.24),
            crease: draw.chance(0.22) ? 0 : draw.uniform(0.03, 0.065),
            iris: Self.irisColor(&draw, tone: tone), irisRadius: draw.uniform(0.084, 0.096),
            lashes: draw.uniform(0.3, 0.6) + 0.4 * (1 - masculine))

        brows = Brows(
            y: -draw.uniform(0.26, 0.36) + 0.05 * masculine,
            inner: eyeX - eyeHalf - draw.uniform(-0.04, 0.08),
            outer: eyeX + eyeHalf * draw.uniform(1.45, 1.9),
            thickness: draw.uniform(0.036, 0.055) + 0.028 * masculine,
            arch: draw.uniform(0.01, 0.06) + 0.04 * (1 - masculine), tilt: draw.uniform(-0.05, 0.07),
            density: draw.uniform(0.65, 1.05), color: SIMD3())

        let noseTip = draw.uniform(0.45, 0.58)
        let noseBase = noseTip + draw.uniform(0.10, 0.14)
        nose = Nose(
            tip: noseTip, base: noseBase, wings: draw.uniform(0.165, 0.235) + 0.045 * tone,
            bridge: draw.uniform(0.10, 0.15), height: draw.uniform(0.22, 0.33) - 0.03 * tone,
            hump: draw.uniform(-0.03, 0.05), ball: draw.uniform(0.04, 0.09))

        let color = Self.skinColor(&draw, tone: tone)
        let lipTint = SIMD3<Float>(
            draw.uniform(0.72, 0.94), draw.uniform(0.33, 0.55), draw.uniform(0.38, 0.62))
        let lipstick = draw.chance(0.3 * (1 - masculine))
        let lipRed = Portable.linear(draw.uniform(140, 190), draw.uniform(30, 70), draw.uniform(50, 90))
        mouth = Mouth(
            y: noseBase + (head.chin - noseBase) * draw.uniform(0.35, 0.43),
            halfWidth: draw.uniform(0.31, 0.42), upper: draw.uniform(0.055, 0.10) + 0.02 * tone,
            lower: draw.uniform(0.08, 0.13) + 0.02 * tone, bow: draw.uniform(0.1, 0.4),
            color: lipstick ? Portable.mix(color * lipTint, lipRed, 0.5) : color * lipTint,
            gloss: lipstick ? draw.uniform(0.15, 0.4) : draw.uniform(0.05, 0.25))

        var marks: [SIMD4<Float>] = []
        for _ in 0..<draw.integer(below: 6) {
            marks.append(
                SIMD4(
                    draw.uniform(-0.75, 0.75), draw.uniform(-0.6, 1.4), draw.uniform(0.014, 0.034),
                    draw.uniform(0.35, 0.85)))
        }
        let bearded = masculine > 0.5 && draw.chance(0.45)
        skin = Skin(
            color: color, tone: tone, redness: draw.uniform(0.2, 1), mottling: draw.uniform(0.4, 1),
            freckles: tone < 0.4 && draw.chance(0.3) ? draw.uniform(0.3, 0.9) : 0,
            lines: age * draw.uniform(0.3, 1), oil: draw.uniform(0.3, 1), marks: marks,
            beard: bearded ? draw.uniform(0.15, 1) : 0,
            makeup: Portable.linear(draw.uniform(60, 160), draw.uniform(40, 110), draw.uniform(60, 150)),
            makeupStrength: draw.chance(0.5 * (1 - masculine)) ? draw.uniform(0.1, 0.5) : 0)

        let isBald = masculine > 0.7 && draw.chance(0.15)
        let isLong = !isBald && draw.chance(masculine > 0.5 ? 0.12 : 0.75)
        hair = Hair(
            color: Self.hairColor(step: hairStep, tone: tone, age: age, &draw),
            volume: draw.uniform(0.05, 0.2), strands: draw.uniform(14, 38), curl: draw.uniform(0, 1),
            line: -draw.uniform(0.78, 0.95), temple: -draw.uniform(0.2, 0.45),
            recession: masculine > 0.5 ? draw.uniform(0, 0.22) : draw.uniform(0, 0.05),
            parting: draw.uniform(-0.6, 0.6),
            fringe: draw.chance(0.35) ? draw.uniform(0.1, 0.42) : 0, fringeSide: draw.uniform(-1, 1),
            backWidth: isLong ? draw.uniform(1.12, 1.4) : 0, backEnd: draw.uniform(1.2, 2.6),
            isBald: isBald, seed: draw.next32())
        brows.color = hair.color

        glasses =
            draw.chance(0.14)
            ? Glasses(
                width: draw.uniform(0.27, 0.33), height: draw.uniform(0.19, 0.27),
                thickness: draw.uniform(0.014, 0.032), roundness: draw.uniform(2.2, 5),
                color: Portable.linear(draw.uniform(10, 90), draw.uniform(10, 60), draw.uniform(10, 60)))
            : nil
        let cloth = draw.uniform(25, 190)
        garment = Portable.linear(
            cloth + draw.uniform(-20, 40), cloth + draw.uniform(-20, 40), cloth + draw.uniform(-20, 40))
    }

    /// This person with another one's hair and glasses: what a face swap takes from its target,
    /// whose hair and glasses reach into the face.
    package func wearing(_ other: SyntheticIdentity) -> SyntheticIdentity {
        var person = self
        person.hair = other.hair
        person.glasses = other.glasses
        return person
    }

    private static func skinColor(_ draw: inout Philox, tone: Float) -> SIMD3<Float> {
        let table: [SIMD3<Float>] = [
            SIMD3(243, 212, 192), SIMD3(232, 190, 163), SIMD3(212, 164, 130), SIMD3(176, 124, 90),
            SIMD3(124, 82, 58), SIMD3(84, 54, 40),
        ]
        let place = min(tone, 0.999) * Float(table.count - 1)
        let row = Int(place)
        var color = Portable.mix(table[row], table[row + 1], place - Float(row))
        // Undertone: towards yellow or towards pink.
        let under = draw.uniform(-1, 1)
        color += SIMD3(-1, 2.5, -6) * under * 1.6
        return Portable.linear(color.x, color.y, color.z)
    }

    private static func irisColor(_ draw: inout Philox, tone: Float) -> SIMD3<Float> {
        let light: [SIMD3<Float>] = [
            SIMD3(104, 132, 158), SIMD3(120, 134, 116), SIMD3(128, 136, 142), SIMD3(134, 108, 66),
        ]
        let brown = Portable.mix(SIMD3<Float>(104, 66, 38), SIMD3(48, 30, 20), draw.uniform())
        let pick = light[draw.integer(below: light.count)]
        let color = draw.chance(max(0, 0.75 - 1.5 * tone)) ? pick : brown
        return Portable.linear(color.x, color.y, color.z)
    }

    private static func hairColor(
        step: Float, tone: Float, age: Float, _ draw: inout Philox
    ) -> SIMD3<Float> {
        let table: [SIMD3<Float>] = [
            SIMD3(22, 19, 18), SIMD3(38, 28, 23), SIMD3(62, 43, 31), SIMD3(92, 64, 42),
            SIMD3(122, 62, 34), SIMD3(158, 122, 76), SIMD3(196, 164, 112),
        ]
        let reach = tone > 0.45 ? 0.45 : Float(1)
        let place = min(step * reach, 0.999) * Float(table.count - 1)
        let row = Int(place)
        var color = Portable.mix(table[row], table[row + 1], place - Float(row))
        if age > 0.8 { color = Portable.mix(color, SIMD3(158, 156, 154), draw.uniform(0.3, 0.95)) }
        return Portable.linear(color.x, color.y, color.z)
    }
}

/// The part of a Philox key that says what a synthesis number is for; never renumber.
enum SynthesisEpoch {
    static let identity = 1
    static let scene = 2
    static let sensor = 3
    static let plan = 4
    static let generator = 5
    static let backdrop = 6
}

@inline(__always)
func fraction(_ x: Float) -> Float { x - x.rounded(.down) }
