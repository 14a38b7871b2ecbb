// FaceRenderer.swift — draws one person under any scene: pose, rasterise, shade, shrink.
//
// Every sample of a 2×2 times finer picture gets the nearest surface point (a fragment); shading
// fragments is FaceShader's job, what the sensor adds Sensor's. One renderer serves one thread.

import Imaging

/// What the nearest surface shows at one sample.
struct Fragment {
    var depth: Float = -.infinity
    var material: Int32 = 0
    /// u, v, front-view x, y, normal x, y, z (camera space), share of key light that arrives.
    var values = SIMD8<Float>()
}

/// A person's renderer. Not thread-safe: scratch memory is reused from frame to frame.
package final class FaceRenderer {
    /// Samples per pixel and side.
    static let fineness = 2

    let person: SyntheticIdentity
    let surface: FaceSurface
    let size: Int
    private let mesh: HeadMesh
    private let texture: SkinTexture
    private var posed: [PosedVertex]
    private var fragments: [Fragment]
    private var shadow = ShadowMap()

    private struct PosedVertex {
        var view = SIMD3<Float>()
        var x: Float = 0
        var y: Float = 0
        var values = SIMD8<Float>()
    }

    /// - Parameters:
    ///   - size: pixels of the square frames, 32…1024.
    ///
    /// Cost: about 20 ms at 128 pixels, most of it for the skin's texture.
    package init(_ person: SyntheticIdentity, size: Int) {
        self.person = person
        self.size = size
        surface = FaceSurface(person: person)
        mesh = HeadMesh(surface, size: size)
        texture = SkinTexture(surface, side: max(128, min(448, size * 2)))
        posed = Array(repeating: PosedVertex(), count: mesh.vertices.count)
        let fineSize = size * Self.fineness
        fragments = Array(repeating: Fragment(), count: fineSize * fineSize)
    }

    /// Draws frame number `frame` of a scene.
    ///
    /// - Returns: display values 0…255 without noise and compression, and the exact landmarks.
    package func render(_ scene: SyntheticScene, frame: Int) -> (canvas: Canvas, landmarks: Landmarks) {
        let expression = scene.expression(frame: frame)
        let camera = self.camera(scene, frame: frame)
        let landmarks = FaceLandmarks(surface: surface, expression: expression, camera: camera).all()

        pose(scene, frame: frame, expression: expression, camera: camera)
        shadow.fill(towards: scene.light, posed.lazy.map(\.view))
        for grid in mesh.grids { addNormals(grid, scene.light) }
        fragments.withUnsafeMutableBufferPointer { $0.update(repeating: Fragment()) }
        for grid in mesh.grids { rasterise(grid) }

        var canvas = shade(
            FaceShader(person, scene: scene, expression: expression),
            Backdrop(scene, garment: person.garment), exposure: scene.exposure)
        canvas.blur(sigma: scene.blur * Float(size) / 128)
        return (canvas, landmarks)
    }

    /// Averages the shaded samples of every pixel; pixels that show background only need one.
    private func shade(_ shader: FaceShader, _ backdrop: Backdrop, exposure: Float) -> Canvas {
        let fineness = Self.fineness
        let side = size * fineness
        var values = [Float](repeating: 0, count: size * size * 3)
        fragments.withUnsafeBufferPointer { fragments in
            texture.texels.withUnsafeBufferPointer { texels in
                values.withUnsafeMutableBufferPointer { values in
                    for row in 0..<size {
                        for column in 0..<size {
                            var sum = SIMD3<Float>()
                            var empty = 0
                            for sample in 0..<fineness * fineness {
                                let y = row * fineness + sample / fineness
                                let x = column * fineness + sample % fineness
                                let fragment = fragments[y * side + x]
                                if fragment.material == Material.none.rawValue {
                                    empty += 1
                                } else {
                                    sum += shader.color(fragment, texels, texture.side)
                                }
                            }
                            if empty > 0 {
                                sum +=
                                    Float(empty)
                                    * backdrop.color(
                                        (Float(column) + 0.5) / Float(size), (Float(row) + 0.5) / Float(size))
                            }
                            sum *= exposure / Float(fineness * fineness)
                            let index = (row * size + column) * 3
                            for channel in 0..<3 { values[index + channel] = Canvas.display(sum[channel]) }
                        }
                    }
                }
            }
        }
        return Canvas(side: size, values: values)
    }

    /// The aligned crop: eyes and mouth decide the middle, the person's neutral face the scale.
    private func camera(_ scene: SyntheticScene, frame: Int) -> Camera {
        let angles = scene.pose(frame: frame)
        let scale = Float(size) / 3.5 * scene.zoom * 1.57 / person.head.chin
        var camera = Camera(yaw: angles.x, pitch: angles.y, roll: angles.z, scale: scale, origin: SIMD2())
        let neutral = Expression()
        let left = camera.pixel(surface.point(x: -person.eyes.x, y: 0, neutral))
        let right = camera.pixel(surface.point(x: person.eyes.x, y: 0, neutral))
        let mouth = camera.pixel(surface.point(x: 0, y: person.mouth.y, neutral))
        let eyes = (left + right) / 2
        let middle = eyes + (mouth - eyes) * 0.36
        camera.origin =
            SIMD2(repeating: Float(size - 1) / 2) - middle + scene.offset * Float(size)
        return camera
    }

    private func pose(_ scene: SyntheticScene, frame: Int, expression: Expression, camera: Camera) {
        let angles = scene.pose(frame: frame)
        let fineness = Float(Self.fineness)
        posed.withUnsafeMutableBufferPointer { posed in
            for grid in mesh.grids {
                let turned = Camera(
                    yaw: angles.x * grid.follow, pitch: angles.y * grid.follow,
                    roll: angles.z * grid.follow, scale: camera.scale, origin: camera.origin)
                for index in grid.start..<grid.start + grid.rows * grid.columns {
                    let vertex = mesh.vertices[index]
                    let view = turned.view(vertex.place + vertex.basis.applied(expression))
                    let pixel = turned.pixel(view: view)
                    posed[index].view = view
                    // From pixel centres to sample centres.
                    posed[index].x = (pixel.x + 0.5) * fineness - 0.5
                    posed[index].y = (pixel.y + 0.5) * fineness - 0.5
                    posed[index].values = SIMD8(vertex.u, vertex.v, vertex.x, vertex.y, 0, 0, 0, 0)
                }
            }
        }
    }

    /// Normals from neighbouring vertices, and how much of the key light reaches each of them.
    private func addNormals(_ grid: HeadMesh.Grid, _ light: SIMD3<Float>) {
        let columns = grid.columns
        let shadow = shadow
        posed.withUnsafeMutableBufferPointer { posed in
            for row in 0..<grid.rows {
                let up = grid.start + max(row - 1, 0) * columns
                let down = grid.start + min(row + 1, grid.rows - 1) * columns
                let here = grid.start + row * columns
                for column in 0..<columns {
                    let a =
                        posed[here + min(column + 1, columns - 1)].view
                        - posed[here + max(column - 1, 0)].view
                    let b = posed[down + column].view - posed[up + column].view
                    var n = SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
                    if grid.flipped { n = -n }
                    let length = (n * n).sum().squareRoot()
                    n = length > 1e-9 ? n / length : SIMD3(0, 0, 1)
                    // Where the surface turns away from the light or the viewer, nobody asks.
                    let matters = n.z > -0.3 && (n * light).sum() > -0.4
                    let index = here + column
                    let lit = matters ? shadow.light(at: posed[index].view + n * 0.05, light) : 0
                    posed[index].values.highHalf = SIMD4(n.x, n.y, n.z, lit)
                }
            }
        }
    }

    private func rasterise(_ grid: HeadMesh.Grid) {
        let side = size * Self.fineness
        let material = grid.material.rawValue
        posed.withUnsafeBufferPointer { posed in
            fragments.withUnsafeMutableBufferPointer { fragments in
                for row in 0..<grid.rows - 1 {
                    for column in 0..<grid.columns - 1 {
                        let a = grid.start + row * grid.columns + column
                        let b = a + 1
                        let c = a + grid.columns
                        let d = c + 1
                        for (i, j, k) in [(a, b, c), (b, d, c)] {
                            Self.fill(
                                posed[i], grid.flipped ? posed[k] : posed[j],
                                grid.flipped ? posed[j] : posed[k],
                                material, fragments, side)
                        }
                    }
                }
            }
        }
    }

    /// One triangle; those that show their back are left out.
    @inline(__always)
    private static func fill(
        _ a: PosedVertex, _ b: PosedVertex, _ c: PosedVertex, _ material: Int32,
        _ fragments: UnsafeMutableBufferPointer<Fragment>, _ side: Int
    ) {
        let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
        guard area > 1e-6 else { return }
        let lowX = max(0, min(a.x, min(b.x, c.x)))
        let highX = min(Float(side - 1), max(a.x, max(b.x, c.x)))
        let lowY = max(0, min(a.y, min(b.y, c.y)))
        let highY = min(Float(side - 1), max(a.y, max(b.y, c.y)))
        guard lowX <= highX, lowY <= highY else { return }
        let inverse = 1 / area
        var y = Int(lowY)
        while y <= Int(highY) {
            let py = Float(y)
            var x = Int(lowX)
            while x <= Int(highX) {
                let px = Float(x)
                let wb = ((px - a.x) * (c.y - a.y) - (py - a.y) * (c.x - a.x)) * inverse
                let wc = ((b.x - a.x) * (py - a.y) - (b.y - a.y) * (px - a.x)) * inverse
                let wa = 1 - wb - wc
                if wa >= -1e-5, wb >= -1e-5, wc >= -1e-5 {
                    let depth = wa * a.view.z + wb * b.view.z + wc * c.view.z
                    let index = y * side + x
                    if depth > fragments[index].depth {
                        fragments[index].depth = depth
                        fragments[index].material = material
                        fragments[index].values = wa * a.values + wb * b.values + wc * c.values
                    }
                }
                x += 1
            }
            y += 1
        }
    }
}
