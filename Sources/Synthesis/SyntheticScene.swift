// SyntheticScene.swift — what one video adds to a person: pose, expression, light, camera.

import Tensor

/// One video's circumstances over time: a pure function of (seed, id). It knows no person.
public struct SyntheticScene: Equatable, Sendable {
    /// The world's seed.
    public let seed: UInt64
    /// The scene's number in the world.
    public let id: Int

    /// A slowly swinging quantity: base + amplitude · (two sines).
    package struct Swing: Equatable, Sendable {
        package var base, amplitude, rate, phase: Float

        package init(base: Float, amplitude: Float, rate: Float, phase: Float) {
            self.base = base
            self.amplitude = amplitude
            self.rate = rate
            self.phase = phase
        }

        package func at(_ time: Float) -> Float {
            base + amplitude
                * (0.65 * Portable.sin(rate * time + phase) + 0.35
                    * Portable.sin(2.3 * rate * time + 1.7 * phase))
        }
    }

    package var yaw, pitch, roll: Swing
    package var smile, talk, brows, gazeX, gazeY: Swing
    package var blinkPhase: Float
    /// Share of the frame that the face takes, around 1; offset of the crop in frame sizes.
    package var zoom: Float
    package var offset: SIMD2<Float>

    /// Towards the key light in camera space, unit length.
    package var light: SIMD3<Float>
    package var keyColor, skyColor, groundColor: SIMD3<Float>
    package var exposure: Float

    package var backdropSeed: UInt32
    package var backdrop: [SIMD3<Float>]
    /// Blur of the lens in pixels per 128; noise in grey levels; JPEG quality.
    package var blur, noise: Float
    package var quality: Int

    /// Seconds between two frames of a video.
    public static let frameInterval: Float = 0.4

    public init(seed: UInt64, id: Int) {
        self.seed = seed
        self.id = id
        var draw = Philox(seed: seed, stream: .synthesis, epoch: SynthesisEpoch.scene, sample: id)
        func swing(_ base: Float, _ amplitude: Float, _ draw: inout Philox) -> Swing {
            Swing(
                base: base, amplitude: amplitude, rate: draw.uniform(0.5, 2.2), phase: draw.uniform(0, 6.28))
        }
        func limited(_ sigma: Float, _ limit: Float, _ draw: inout Philox) -> Float {
            max(-limit, min(limit, draw.normal() * sigma))
        }
        yaw = swing(limited(0.2, 0.42, &draw), draw.uniform(0.02, 0.14), &draw)
        pitch = swing(limited(0.08, 0.18, &draw), draw.uniform(0.01, 0.07), &draw)
        roll = swing(limited(0.04, 0.1, &draw), draw.uniform(0.005, 0.03), &draw)
        smile = swing(draw.uniform(-0.25, 0.75), draw.uniform(0.05, 0.3), &draw)
        talk = swing(draw.uniform(-0.08, 0.08), draw.uniform(0, 0.14), &draw)
        brows = swing(draw.uniform(-0.2, 0.3), draw.uniform(0.05, 0.4), &draw)
        gazeX = swing(draw.uniform(-0.2, 0.2), draw.uniform(0, 0.15), &draw)
        gazeY = swing(draw.uniform(-0.06, 0.06), draw.uniform(0, 0.05), &draw)
        blinkPhase = draw.uniform(0, 3.5)
        zoom = draw.uniform(0.95, 1.06)
        offset = SIMD2(limited(0.012, 0.03, &draw), limited(0.012, 0.03, &draw))

        let azimuth = draw.uniform(-1.1, 1.1)
        let elevation = draw.uniform(0.15, 0.95)
        let flat = Portable.cos(elevation)
        light = SIMD3(Portable.sin(azimuth) * flat, -Portable.sin(elevation), Portable.cos(azimuth) * flat)
        // Warm or cold key; the fill leans the other way.
        let warmth = draw.uniform(-1, 1)
        let contrast = draw.uniform(0.45, 1)
        keyColor = SIMD3(1 + 0.12 * warmth, 1, 1 - 0.16 * warmth) * (0.68 + 0.44 * contrast)
        let fill = 0.62 - 0.36 * contrast
        skyColor = SIMD3(1 - 0.06 * warmth, 1, 1 + 0.09 * warmth) * fill
        groundColor = SIMD3(1.06, 0.98, 0.9) * fill * draw.uniform(0.4, 0.85)
        exposure = draw.uniform(0.82, 1.18)

        backdropSeed = draw.next32()
        var colors: [SIMD3<Float>] = []
        let base = SIMD3<Float>(draw.uniform(20, 215), draw.uniform(20, 215), draw.uniform(20, 215))
        let grey = (base.x + base.y + base.z) / 3
        for _ in 0..<4 {
            let muted = Portable.mix(base, SIMD3(repeating: grey), 0.75)
            let other =
                muted + SIMD3(repeating: draw.uniform(-60, 60))
                + SIMD3(draw.uniform(-22, 22), draw.uniform(-22, 22), draw.uniform(-22, 22))
            colors.append(
                Portable.linear(
                    max(4, min(250, other.x)), max(4, min(250, other.y)), max(4, min(250, other.z))))
        }
        backdrop = colors
        blur = draw.uniform(0.15, 0.85)
        noise = draw.uniform(0.8, 4)
        quality = draw.integer(in: 55...96)
    }

    /// The expression at a frame.
    package func expression(frame: Int) -> Expression {
        let time = Float(frame) * Self.frameInterval
        // A blink takes about a third of a second every three and a half.
        let sinceBlink = (time + blinkPhase) - 3.5 * ((time + blinkPhase) / 3.5).rounded(.down)
        let blink = Portable.bump(sinceBlink - 0.3, 0.16)
        return Expression(
            open: max(0, min(0.26, talk.at(time))), smile: max(-0.4, min(1, smile.at(time))),
            brows: max(-0.5, min(1, brows.at(time))), blink: blink,
            gazeX: gazeX.at(time), gazeY: gazeY.at(time))
    }

    /// Yaw, pitch and roll in radians at a frame.
    package func pose(frame: Int) -> SIMD3<Float> {
        let time = Float(frame) * Self.frameInterval
        return SIMD3(yaw.at(time), pitch.at(time), roll.at(time))
    }
}
