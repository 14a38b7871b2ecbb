// Portable.swift — elementary functions from IEEE basic operations only, and hash noise.
//
// The C library picks other variants of exp or sin on other processors, which may differ in the
// last bit. Here every value is the same on every machine, and so are the pictures made of them.
// Not for numerics: relative errors are around 1e-6, and ranges are those that faces need.

/// Elementary functions and noise for procedural pictures.
package enum Portable {
    /// eˣ; clamps at 2^±126.
    @inline(__always)
    package static func exp(_ x: Float) -> Float { exp2(x * 1.442_695_04) }

    /// 2ˣ; clamps at 2^±126.
    @inline(__always)
    package static func exp2(_ x: Float) -> Float {
        let t = max(min(x, 126), -126)
        let whole = Int32(t + 127.5) - 127  // t + 127.5 > 0, so truncation rounds to nearest
        let f = t - Float(whole)
        let high = 0.055_504_109 + f * (0.009_618_129 + f * (0.001_333_356 + f * 0.000_154_035))
        let series = 1 + f * (0.693_147_18 + f * (0.240_226_51 + f * high))
        return Float(bitPattern: UInt32(whole + 127) << 23) * series
    }

    /// The logarithm to base 2 of a positive normal number.
    @inline(__always)
    package static func log2(_ x: Float) -> Float {
        var exponent = Int32(bitPattern: x.bitPattern >> 23) - 127
        var mantissa = Float(bitPattern: x.bitPattern & 0x7F_FFFF | 0x3F80_0000)
        if mantissa > 1.414_213_6 {
            mantissa *= 0.5
            exponent += 1
        }
        let s = (mantissa - 1) / (mantissa + 1)
        let s2 = s * s
        return Float(exponent) + 2.885_390_1 * s * (1 + s2 * (0.333_333_3 + s2 * (0.2 + s2 * 0.142_857_1)))
    }

    /// xᵖ for x ≥ 0.
    @inline(__always)
    package static func pow(_ x: Float, _ p: Float) -> Float { x < 1e-12 ? 0 : exp2(p * log2(x)) }

    /// The sine of an angle in radians, |x| < 10⁴.
    package static func sin(_ x: Float) -> Float {
        let turns = (x * 0.318_309_9).rounded()
        let r = x - turns * 3.141_592_7
        let r2 = r * r
        let s = r * (1 - r2 * (0.166_666_67 - r2 * (8.333_333e-3 - r2 * (1.984_127e-4 - r2 * 2.755_7e-6))))
        return Int32(turns) & 1 == 0 ? s : -s
    }

    /// The cosine of an angle in radians, |x| < 10⁴.
    package static func cos(_ x: Float) -> Float { sin(x + 1.570_796_3) }

    /// exp(−(d/s)²), the bump all features are made of.
    @inline(__always)
    static func bump(_ d: Float, _ s: Float) -> Float {
        let q = d / s
        return exp(-q * q)
    }

    /// 0 below `a`, 1 above `b`, a cubic between; `a > b` falls instead.
    @inline(__always)
    static func smoothstep(_ a: Float, _ b: Float, _ x: Float) -> Float {
        let t = max(0, min(1, (x - a) / (b - a)))
        return t * t * (3 - 2 * t)
    }

    @inline(__always)
    static func mix(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

    @inline(__always)
    static func mix(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ t: Float) -> SIMD3<Float> {
        a + (b - a) * t
    }

    /// A number in [0, 1) that depends on a lattice point and a seed only.
    @inline(__always)
    static func hash(_ x: Int32, _ y: Int32, _ seed: UInt32) -> Float {
        var h =
            UInt32(bitPattern: x) &* 0x8DA6_B343 ^ UInt32(bitPattern: y) &* 0xD816_3841 ^ seed &* 0xCB1A_B31F
        h ^= h >> 15
        h = h &* 0x2C1B_3C6D
        h ^= h >> 12
        h = h &* 0x297A_2D39
        h ^= h >> 15
        return Float(h >> 8) * 0x1p-24
    }

    /// Smooth noise in [−1, 1] with one random value per unit cell corner.
    @inline(__always)
    static func noise(_ x: Float, _ y: Float, _ seed: UInt32) -> Float {
        let shiftedX = x + 4096
        let shiftedY = y + 4096
        let ix = Int32(shiftedX)
        let iy = Int32(shiftedY)
        var fx = shiftedX - Float(ix)
        var fy = shiftedY - Float(iy)
        fx = fx * fx * (3 - 2 * fx)
        fy = fy * fy * (3 - 2 * fy)
        let top = mix(hash(ix, iy, seed), hash(ix + 1, iy, seed), fx)
        let bottom = mix(hash(ix, iy + 1, seed), hash(ix + 1, iy + 1, seed), fx)
        return 2 * mix(top, bottom, fy) - 1
    }

    /// The sRGB colour with 0…255 components as linear light in 0…1.
    static func linear(_ red: Float, _ green: Float, _ blue: Float) -> SIMD3<Float> {
        SIMD3(pow(red / 255, 2.2), pow(green / 255, 2.2), pow(blue / 255, 2.2))
    }
}
