// HeadShape.swift — a head's outline and its surface without features, as formulas.
//
// Every height y cuts the head in an oval: half width W(y), front profile F(y), centre C(y). Seen
// from the front the surface is therefore a function z(x, y), which is what makes landmarks exact:
// they go through the same formula as the mesh.

/// Proportions of a head, in face units.
package struct HeadShape: Equatable, Sendable {
    /// Half the width at the cheekbones; height of the skull above the eyes; y of the chin.
    package var width, top, chin: Float
    /// Squareness of the jaw (2 narrow … 3.7 square), and of the chin (1.7 pointed … 2.4 blunt).
    package var jaw, point: Float
    /// From the ears' plane to the face's front.
    package var depth: Float
    package var cheekbones, cheekY, browRidge, sockets, chinBall, muzzle, hollow: Float

    /// Half the width at height y, 0 at the poles.
    package func halfWidth(_ y: Float) -> Float {
        if y < 0 {
            let q = min(1, -y / top)
            return width * Portable.pow(max(0, 1 - Portable.pow(q, 2.9)), 0.44)
        }
        let q = min(1, y / chin)
        return width * Portable.pow(max(0, 1 - Portable.pow(q, jaw)), 1 / point)
    }

    /// z of the ovals' centres: the lower face stands before the neck.
    package func centre(_ y: Float) -> Float {
        let q = max(0, y - 0.25) / (chin - 0.25)
        return 0.78 * q * q * (1.6 - 0.6 * q)
    }

    /// z of the front at x = 0, without features.
    package func front(_ y: Float) -> Float {
        if y < 0 {
            let q = min(1, -y / top)
            return depth * Portable.pow(max(0, 1 - Portable.pow(q, 2.6)), 0.5)
        }
        let q = min(1, y / chin)
        let reach = depth - 0.06 * q
        let c = centre(y)
        return c + (reach - c) * Portable.pow(max(0, 1 - Portable.pow(q, 7)), 0.5)
    }

    /// z at sideways position `s` = x / W(y) in −1…1; `behind` for the half away from the face.
    package func z(_ s: Float, _ y: Float, behind: Bool) -> Float {
        let c = centre(y)
        let a = min(1, abs(s))
        let round = Portable.pow(max(0, 1 - Portable.pow(a, 2.3)), 1 / 2.3)
        if behind {
            let back = y < 0.4 ? 1.05 : max(0.3, 1.05 - 0.8 * (y - 0.4))
            let edge = Portable.smoothstep(1, 0.9, y / chin) * Portable.smoothstep(1, 0.85, -y / top)
            return c - back * edge * round
        }
        return c + (front(y) - c) * round
    }
}
