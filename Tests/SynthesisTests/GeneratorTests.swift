// GeneratorTests.swift — the trained generators: their arithmetic, their file, their cut-outs.

import CKernels
import Imaging
import Synthesis
import Tensor
import Testing

@Suite struct GeneratorTests {
    @Test(arguments: [(1, 1, 1), (5, 3, 2), (8, 24, 3), (7, 17, 40)], [1, 2])
    func theConvolutionIsThePlainOne(size: (side: Int, cin: Int, cout: Int), stride: Int) {
        var draw = Philox(seed: 3, stream: .test, sample: size.side)
        let (side, cin, cout) = size
        var x = (0..<side * side * cin).map { _ in draw.normal() }
        x[0] = 0
        let weights = (0..<9 * cin * cout).map { _ in draw.normal() }
        let bias = (0..<cout).map { _ in draw.normal() }
        let out = (side - 1) / stride + 1
        var y = [Float](repeating: .nan, count: out * out * cout + 1)
        bw_portable_conv3(x, weights, bias, &y, Int32(side), Int32(side), Int32(cin), Int32(cout), Int32(stride), 0.01)
        #expect(y.last!.isNaN, "wrote beyond its end")
        for row in 0..<out {
            for column in 0..<out {
                for o in 0..<cout {
                    var sum = bias[o]
                    for tap in 0..<9 {
                        let (r, c) = (row * stride + tap / 3 - 1, column * stride + tap % 3 - 1)
                        guard r >= 0, r < side, c >= 0, c < side else { continue }
                        for i in 0..<cin { sum += x[(r * side + c) * cin + i] * weights[(tap * cin + i) * cout + o] }
                    }
                    // To the bit: pictures have to be the same on every machine.
                    #expect(y[(row * out + column) * cout + o] == (sum > 0 ? sum : 0.01 * sum))
                }
            }
        }
    }

    @Test func aCutOutPutBackIsTheFace() {
        let face = draw(identity: 3, scene: 4, size: 128)
        let crop = FaceCrop(face.landmarks)
        let back = crop.placed(crop.cut(face.canvas), side: 128)
        var worst: Float = 0
        for index in 17..<60 {
            let place = face.landmarks.points[index]
            let pixel = (Int(place.y + 0.5) * 128 + Int(place.x + 0.5)) * 3
            worst = max(worst, abs(back.values[pixel] - face.canvas.values[pixel]))
        }
        // Sampled twice, so fine lines lose contrast.
        #expect(worst < 60, "\(worst) grey levels")
        #expect(worst > 0)
    }

    @Test func aFaceOfTheSpaceIsItsOwnProjection() throws {
        let generators = try GeneratorWeights.shipped()
        let face = draw(identity: 3, scene: 4)
        let once = generators.faceSpace.projected(FaceCrop(face.landmarks).cut(face.canvas))
        let twice = generators.faceSpace.projected(once)
        var worst: Float = 0
        for pixel in once.pixels.indices {
            let difference = once.pixels[pixel] - twice.pixels[pixel]
            worst = max(worst, (difference * difference).sum().squareRoot())
        }
        // Half-precision components, and the first projection's clamping to 0…255.
        #expect(worst < 12, "\(worst) grey levels")
    }

    @Test func theFileComesBackAsWrittenAndABrokenOneIsRefused() throws {
        var draw = Philox(seed: 5, stream: .test)
        var networks: [GeneratorShape.Upsampling: [Float]] = [:]
        for upsampling in GeneratorShape.Upsampling.allCases {
            // Exact in half precision.
            networks[upsampling] = (0..<GeneratorShape(upsampling).weightCount).map { _ in
                Float(draw.integer(below: 64)) / 64 - 0.5
            }
        }
        let mean = (0..<FaceSpace.dimension).map { Float($0 % 256) }
        let basis = (0..<FaceSpace.dimension * FaceSpace.components).map { Float($0 % 7) / 8 }
        let bytes = GeneratorWeights.bytes(networks: networks, mean: mean, basis: basis)
        let read = try GeneratorWeights(bytes, file: "g.bin")
        #expect(read.faceSpace == FaceSpace(mean: mean, basis: basis))
        let face = FaceCrop(draw1().landmarks).cut(draw1().canvas)
        for (upsampling, weights) in networks {
            let expected = GeneratorNetwork(GeneratorShape(upsampling), weights: weights)
            #expect(read.networks[upsampling]!.swap(source: face, target: face) == expected.swap(source: face, target: face))
        }
        for broken in [[], Array(bytes.dropLast()), bytes + [0], [0] + bytes.dropFirst()] {
            #expect(throws: SynthesisError.self) { try GeneratorWeights(broken, file: "g.bin") }
        }
    }

    private func draw1() -> (canvas: Canvas, landmarks: Landmarks) { draw(identity: 1, scene: 2) }

    /// Held against what training reached: 12 grey levels would be no better than the source as it is.
    @Test(arguments: GeneratorShape.Upsampling.allCases)
    func theShippedNetworksShowTheSourceInTheTargetsPlace(upsampling: GeneratorShape.Upsampling) throws {
        let network = try #require(try GeneratorWeights.shipped().networks[upsampling])
        var (made, pasted, count): (Float, Float, Float) = (0, 0, 0)
        for person in 0..<6 {
            let (source, target) = (SyntheticIdentity(seed: 77, id: 2 * person), SyntheticIdentity(seed: 77, id: 2 * person + 1))
            let scene = SyntheticScene(seed: 77, id: person)
            let from = FaceRenderer(source, size: 128).render(SyntheticScene(seed: 77, id: 50 + person), frame: 0)
            let to = FaceRenderer(target, size: 128).render(scene, frame: 0)
            let truth = FaceRenderer(source.wearing(target), size: 128).render(scene, frame: 0)
            let crop = FaceCrop(to.landmarks)
            let bent = crop.cut(FaceWarp.bent(from.canvas, from: from.landmarks, to: to.landmarks))
            let wanted = crop.cut(FaceWarp.bent(truth.canvas, from: truth.landmarks, to: to.landmarks))
            let result = network.swap(source: bent, target: crop.cut(to.canvas))
            for row in 16..<52 {
                for column in 18..<46 {
                    let pixel = row * FaceCrop.side + column
                    let (a, b) = (result.pixels[pixel] - wanted.pixels[pixel], bent.pixels[pixel] - wanted.pixels[pixel])
                    for channel in 0..<3 {
                        made += abs(a[channel])
                        pasted += abs(b[channel])
                        count += 1
                    }
                }
            }
        }
        #expect(made < 0.6 * pasted, "\(made / count) grey levels from the truth, the bent source \(pasted / count)")
    }
}
