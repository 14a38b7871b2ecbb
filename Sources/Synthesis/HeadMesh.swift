// HeadMesh.swift — the person as grids of points: head, ears, neck and the hair behind.
//
// Made once per person; posing and drawing it is FaceRenderer's job.

/// What a grid is made of, which decides how it is shaded.
enum Material: Int32 {
    case none = 0
    case head = 1
    case ear = 2
    case neck = 3
    case backHair = 4
}

struct HeadMesh {
    struct Grid {
        var material: Material
        var start, rows, columns: Int
        /// Share of the head's turn that the part follows.
        var follow: Float
        /// The grid's outside is on the other side of its winding.
        var flipped: Bool
    }

    struct Vertex {
        var place: SIMD3<Float>
        var basis: ExpressionBasis
        /// Texture coordinates in 0…1, then the front-view point (for ears: local −1…1).
        var u, v, x, y: Float
    }

    private(set) var grids: [Grid] = []
    private(set) var vertices: [Vertex] = []

    /// - Parameter size: pixels of the frames; small ones need fewer points.
    init(_ surface: FaceSurface, size: Int) {
        let person = surface.person
        addHead(surface, rows: min(116, 56 + size / 2), columns: min(108, 52 + size / 2))
        for side: Float in [-1, 1] { addEar(side, person) }
        addNeck(person)
        if person.hair.backWidth > 0 { addBackHair(person) }
    }

    /// Angle around the head for column coordinate k in −1…1; columns crowd in front.
    static func angle(_ k: Float) -> Float { 2.6 * (0.7 * k + 0.3 * k * k * k) }

    /// Height for row coordinate t in −1…1; rows crowd at crown and chin.
    static func height(_ t: Float, _ head: HeadShape) -> Float {
        let h = 0.55 * t + 0.45 * Portable.sin(1.570_796_3 * t)
        return h < 0 ? h * head.top : h * head.chin
    }

    private mutating func addHead(_ surface: FaceSurface, rows: Int, columns: Int) {
        let head = surface.person.head
        grids.append(
            Grid(
                material: .head, start: vertices.count, rows: rows, columns: columns, follow: 1,
                flipped: false))
        for row in 0..<rows {
            let v = Float(row) / Float(rows - 1)
            let y = Self.height(2 * v - 1, head)
            for column in 0..<columns {
                let u = Float(column) / Float(columns - 1)
                let angle = Self.angle(2 * u - 1)
                let behind = abs(angle) > 1.570_796_3
                let s = Portable.sin(angle)
                var place = surface.neutral(s: s, y: y, behind: behind)
                let hair = surface.hairLift(angle: abs(angle), s: s, y: y)
                let outward = place * SIMD3(1, 0.6, 1) - SIMD3(0, 0, head.centre(y))
                let length = max((outward * outward).sum().squareRoot(), 1e-3)
                let bumpy = 1 + 0.25 * Portable.noise(4 * angle, 4 * y, surface.person.hair.seed)
                place += outward / length * (hair * surface.person.hair.volume * bumpy)
                let x = s * head.halfWidth(y)
                vertices.append(
                    Vertex(
                        place: place, basis: behind ? ExpressionBasis() : surface.basis(x: x, y: y),
                        u: u, v: v, x: behind ? s * 2 : x, y: y))
            }
        }
    }

    private mutating func addEar(_ side: Float, _ person: SyntheticIdentity) {
        let count = 12
        grids.append(
            Grid(
                material: .ear, start: vertices.count, rows: count, columns: count, follow: 1,
                flipped: side > 0))
        let centre = SIMD3<Float>(side * (person.head.width * 0.965), 0.24, -0.04)
        for row in 0..<count {
            let b = Float(row) / Float(count - 1) * 2 - 1
            for column in 0..<count {
                let a = Float(column) / Float(count - 1) * 2 - 1
                // A dish that leans outwards and back.
                let ring = max(0, 1 - b * b).squareRoot()
                let bulge = max(0, 1 - a * a).squareRoot() * ring
                let depth = a * ring * 0.19
                let lean = 0.55 * depth
                vertices.append(
                    Vertex(
                        place: centre
                            + SIMD3(
                                side * (0.075 * bulge - lean + 0.03), b * 0.31 * (1 - 0.12 * b) - 0.03 * a,
                                depth),
                        basis: ExpressionBasis(), u: 0, v: 0, x: a, y: b))
            }
        }
    }

    private mutating func addNeck(_ person: SyntheticIdentity) {
        let rows = 26
        let columns = 30
        grids.append(
            Grid(
                material: .neck, start: vertices.count, rows: rows, columns: columns, follow: 0.45,
                flipped: false))
        let width = person.head.width * 0.56 + 0.06 * (person.head.jaw - 2)
        for row in 0..<rows {
            let v = Float(row) / Float(rows - 1)
            let y = 0.7 + 2.1 * v
            let flare = 1 + 1.3 * Portable.smoothstep(person.head.chin + 0.15, 2.8, y)
            for column in 0..<columns {
                let angle = (Float(column) / Float(columns - 1) * 2 - 1) * 1.7
                vertices.append(
                    Vertex(
                        place: SIMD3(
                            width * flare * Portable.sin(angle), y,
                            -0.1 + 0.62 * Portable.cos(angle) + 0.1 * v),
                        basis: ExpressionBasis(), u: 0, v: 0, x: angle, y: y))
            }
        }
    }

    private mutating func addBackHair(_ person: SyntheticIdentity) {
        let rows = 40
        let columns = 48
        let hair = person.hair
        grids.append(
            Grid(
                material: .backHair, start: vertices.count, rows: rows, columns: columns, follow: 0.7,
                flipped: false))
        for row in 0..<rows {
            let v = Float(row) / Float(rows - 1)
            let y = Portable.mix(-person.head.top * 0.98, hair.backEnd, v)
            let q = min(1, max(0, (0.3 - y) / (0.3 + person.head.top)))
            let crown = max(0, 1 - Portable.pow(q, 2.4)).squareRoot()
            let end = 1 - 0.35 * Portable.smoothstep(hair.backEnd - 0.5, hair.backEnd, y)
            for column in 0..<columns {
                let k = Float(column) / Float(columns - 1) * 2 - 1
                let angle = k * 2
                let wave = 1 + 0.05 * Portable.noise(6 * k, 2.2 * y * (0.5 + hair.curl), hair.seed ^ 77)
                let width = person.head.width * hair.backWidth * crown * end * wave
                vertices.append(
                    Vertex(
                        place: SIMD3(
                            width * Portable.sin(angle), y, -0.5 + 0.45 * crown * Portable.cos(angle)),
                        basis: ExpressionBasis(), u: 0, v: 0, x: angle, y: y))
            }
        }
    }
}
