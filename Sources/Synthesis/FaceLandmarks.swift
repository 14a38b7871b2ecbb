// FaceLandmarks.swift — the 81 landmarks of a posed face: 68 in the iBUG order, 13 on the hairline.

import Imaging

struct FaceLandmarks {
    let surface: FaceSurface
    let expression: Expression
    let camera: Camera

    /// All 81 points in pixels of the frame.
    func all() -> Landmarks {
        var points: [SIMD2<Float>] = contour()
        let person = surface.person

        let brow = BrowCurve(brows: person.brows)
        let browSteps: [Float] = [0.98, 0.76, 0.52, 0.28, 0.04]
        // The points follow the brow's upper half.
        for t in browSteps { points.append(project(-brow.x(t), brow.y(t) - 0.35 * brow.thickness(t))) }
        for t in browSteps.reversed() {
            points.append(project(brow.x(t), brow.y(t) - 0.35 * brow.thickness(t)))
        }

        let nose = person.nose
        for t: Float in [0, 0.34, 0.67, 1] { points.append(project(0, Portable.mix(-0.02, nose.tip, t))) }
        for q: Float in [-0.95, -0.5, 0, 0.5, 0.95] {
            points.append(project(q * nose.wings, nose.base + 0.012 - 0.03 * abs(q)))
        }

        let eye = EyeCurve(person.eyes, expression)
        func eyePoint(_ side: Float, _ p: Float, upper: Bool) -> SIMD2<Float> {
            project(side * (eye.x + p * eye.halfWidth), upper ? eye.upperEdge(p) : eye.lowerEdge(p))
        }
        for (p, upper) in [(1, true), (0.36, true), (-0.36, true), (-1, true), (-0.36, false), (0.36, false)]
            as [(Float, Bool)]
        {
            points.append(eyePoint(-1, p, upper: upper))
        }
        for (p, upper) in [(-1, true), (-0.36, true), (0.36, true), (1, true), (0.36, false), (-0.36, false)]
            as [(Float, Bool)]
        {
            points.append(eyePoint(1, p, upper: upper))
        }

        let mouth = MouthCurve(person.mouth, expression)
        func lip(_ p: Float, _ y: Float) -> SIMD2<Float> { project(p * mouth.halfWidth, y) }
        for p: Float in [-1, -0.6, -0.22, 0, 0.22, 0.6, 1] { points.append(lip(p, mouth.upperOuter(p))) }
        for p: Float in [0.62, 0.3, 0, -0.3, -0.62] { points.append(lip(p, mouth.lowerOuter(p))) }
        for p: Float in [-0.86, -0.32, 0, 0.32, 0.86] { points.append(lip(p, mouth.upperInner(p))) }
        for p: Float in [0.32, 0, -0.32] { points.append(lip(p, mouth.lowerInner(p))) }

        for step in 0..<13 {
            // Equal angles around the forehead from temple to temple.
            let s = 0.93 * Portable.sin((Float(step) / 6 - 1) * 1.35)
            let y = surface.hairline(s) + 0.03
            points.append(project(s * person.head.halfWidth(y), y))
        }
        return Landmarks(points: points.map { Landmarks.Point(x: $0.x, y: $0.y) })
    }

    private func project(_ x: Float, _ y: Float) -> SIMD2<Float> {
        camera.pixel(surface.point(x: x, y: y, expression))
    }

    /// The jaw from ear to ear, equally spaced along its front view. Where the head's turn hides
    /// the edge of the front view, the point slides along its height to the visible outline.
    private func contour() -> [SIMD2<Float>] {
        let head = surface.person.head
        // Arc length of one side, from the ear down to the chin.
        let first: Float = 0.03
        let steps = 160
        var table: [(length: Float, y: Float)] = [(0, first)]
        var last = SIMD2(head.halfWidth(first), first)
        for step in 1...steps {
            // Heights crowd towards the chin, where the outline runs sideways.
            let t = Float(step) / Float(steps)
            let y = first + (head.chin - first) * (1 - (1 - t) * (1 - t) * (1 - t))
            let next = SIMD2(head.halfWidth(y), y)
            let d = next - last
            table.append((table.last!.length + (d * d).sum().squareRoot(), y))
            last = next
        }
        let total = table.last!.length
        func height(_ share: Float) -> Float {
            let target = share * total
            let row = table.firstIndex { $0.length >= target } ?? table.count - 1
            guard row > 0 else { return first }
            let (a, b) = (table[row - 1], table[row])
            return Portable.mix(a.y, b.y, (target - a.length) / max(b.length - a.length, 1e-6))
        }

        let across = camera.across
        return (0...16).map { index in
            let side: Float = index < 8 ? -1 : 1
            let y = height(Float(min(index, 16 - index)) / 8)
            guard index != 8 else {
                // Seen from below or above, the chin's outline is its lowest visible height.
                return (0..<8).map { step in
                    let height = y - 0.02 * Float(step)
                    return camera.pixel(
                        surface.neutral(s: 0, y: height, behind: false)
                            + surface.basis(x: 0, y: height).applied(expression))
                }.max { ($0 * camera.down).sum() < ($1 * camera.down).sum() }!
            }
            var best = SIMD2<Float>()
            var reach = -Float.infinity
            for step in 0...14 {
                let s = side * Portable.cos(Float(step) * 0.07 + 0.1)
                let x = s * head.halfWidth(y)
                let place = camera.pixel(
                    surface.neutral(s: s, y: y, behind: false) + surface.basis(x: x, y: y).applied(expression)
                )
                let outward = (place * across).sum() * side
                if outward > reach {
                    reach = outward
                    best = place
                }
            }
            return best
        }
    }
}
