// KernelTests.swift — every fast kernel against its plain twin, at sizes that fit no vector.

import Blend
import CKernels
import Imaging
import Tensor
import Testing

@Suite struct KernelTests {
    private func floats(_ count: Int, _ random: inout Philox) -> [Float] {
        (0..<count).map { _ in random.uniform(-1, 1) }
    }

    private func bytes(_ count: Int, _ random: inout Philox) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next32()) }
    }

    @Test(arguments: [1, 3, 64, 65, 4097])
    func noiseIsThePhiloxStreamByHalves(count: Int) {
        let key: UInt64 = 0x1234_5678_9ABC
        var (dx, dy) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
        bw_displacement_noise_f32(&dx, &dy, count, key, Philox.Stream.elastic.rawValue << 24)
        var (px, py) = (dx, dy)
        bw_displacement_noise_f32_plain(&px, &py, count, key, Philox.Stream.elastic.rawValue << 24)
        #expect(dx == px && dy == py)
        var stream = Philox(seed: key, stream: .elastic)
        for i in 0..<count {
            let word = stream.next32()
            #expect(dx[i] == (Float(word & 0xFFFF) + 0.5) / 32768 - 1)
            #expect(dy[i] == (Float(word >> 16) + 0.5) / 32768 - 1)
        }
    }

    @Test(arguments: [(1, 1, 3), (5, 7, 2), (64, 3, 12), (97, 130, 28), (256, 20, 5)])
    func filtersEqualTheirTwinBitForBit(size: (Int, Int, Int)) {
        var random = testRandom(1)
        let (w, h, r) = size
        let weights = (0...r).map { _ in random.uniform() }
        for box in [bw_box(x0: 0, y0: 0, x1: w, y1: h), bw_box(x0: w / 3, y0: h / 2, x1: w / 2, y1: h)] {
            var source = floats(w * h, &random)
            clear(&source, width: w, outside: box)
            var scratch = [Float](repeating: .nan, count: bw_filter_scratch(w, h, r))
            var (fast, plain, grown) = (source, source, box)
            bw_filter_symmetric_f32(&fast, fast, w, h, weights, r, &grown, &scratch)
            bw_filter_symmetric_f32_plain(&plain, source, w, h, weights, r, &scratch)
            #expect(fast == plain)
            clear(&plain, width: w, outside: grown)
            #expect(fast == plain)
        }
    }

    /// The smoothed noise comes from a coarse grid, so that the twin is met nearly.
    @Test(arguments: [(16, 16, 0.4), (31, 17, 2.5), (97, 130, 7), (256, 256, 7), (70, 300, 20)])
    func elasticDeformationFollowsItsTwin(width: Int, height: Int, sigma: Double) {
        var random = testRandom(2)
        let (nx, ny) = (floats(width * height, &random), floats(width * height, &random))
        let box = bw_box(x0: width / 4, y0: height / 5, x1: width - width / 3, y1: height - height / 4)
        for disc in [false, true] {
            var source = disc ? [Float](repeating: 1, count: width * height) : floats(width * height, &random)
            clear(&source, width: width, outside: box)
            // Displacements of nothing, of 2.3 pixels (one standard deviation), and round the edges.
            for pixels in [0, 2.3, 40] {
                let amplitude = Float(pixels * sigma * 6.1)
                let (step, gaussian) = BlendRecipe.Elastic.smoothing(sigma: sigma)
                var (fast, plain, grown) = (source, source, box)
                gaussian.weights.withUnsafeBufferPointer {
                    let smoothing = bw_smoothing(step: step, weights: $0.baseAddress, radius: gaussian.radius)
                    var scratch = [Float](repeating: .nan, count: bw_elastic_scratch(width, height, smoothing))
                    bw_elastic_f32(&fast, source, nx, ny, amplitude, smoothing, width, height, &grown, &scratch)
                }
                bw_elastic_f32_plain(&plain, source, nx, ny, amplitude, sigma, width, height)
                let far = zip(fast, plain).filter { abs($0 - $1) > (pixels > 10 ? 0.2 : 0.03) }
                #expect(far.count <= width * height / 200, "\(pixels), \(disc)")
                if pixels == 0 { #expect(fast == source) }
                var inside = fast
                clear(&inside, width: width, outside: grown)
                #expect(inside == fast, "something lies outside of the box that is given back")
            }
        }
    }

    private func clear(_ plane: inout [Float], width: Int, outside box: bw_box) {
        for place in plane.indices {
            let (x, y) = (place % width, place / width)
            if x < box.x0 || x >= box.x1 || y < box.y0 || y >= box.y1 { plane[place] = 0 }
        }
    }

    /// x from `old` to `new` positions and back over the edges, for planes and pictures.
    @Test(arguments: [(83, 71, 0.97, -1.3), (64, 64, 1.02, 3.7), (40, 130, 0.3, -0.35), (33, 20, -0.0, 5)])
    func resamplingEqualsItsTwinBitForBit(old: Int, new: Int, slope: Double, origin: Double) {
        var random = testRandom(3)
        let (oldHeight, newHeight) = (19, 23)
        let box = bw_box(x0: old / 4, y0: 3, x1: old - old / 3, y1: 15)
        var plane = floats(old * oldHeight, &random)
        clear(&plane, width: old, outside: box)
        let picture = bytes(3 * old * oldHeight, &random)
        for repeats: Int32 in [0, 1] {
            var storage: [UnsafeMutableRawPointer] = []
            defer { storage.forEach { $0.deallocate() } }
            func taps(_ count: Int, _ old: Int, _ channels: Int, _ slope: Double, _ origin: Double) -> bw_taps {
                let n = count * channels
                func room<T>(_: T.Type) -> UnsafeMutablePointer<T> {
                    storage.append(.allocate(byteCount: 4 * n, alignment: 64))
                    return storage.last!.bindMemory(to: T.self, capacity: n)
                }
                var taps = bw_taps(
                    low: room(Int32.self), high: room(Int32.self), low_weight: room(Float.self),
                    high_weight: room(Float.self), run_ends: room(Int32.self), runs: 0)
                bw_make_taps(&taps, count, old, channels, 0.5, slope, origin, repeats)
                return taps
            }
            let y = taps(newHeight, oldHeight, 1, 0.8, -0.7)
            let (x1, x3) = (taps(new, old, 1, slope, origin), taps(new, old, 3, slope, origin))
            var line = [Float](repeating: .nan, count: 3 * (old + new))
            var plane1 = [Float](repeating: .nan, count: new * newHeight)
            var (plane2, grown) = (plane1, box)
            bw_resample_f32(&plane1, plane, new, newHeight, old, x1, y, &grown, &line)
            bw_resample_f32_plain(&plane2, plane, new, newHeight, old, x1, y)
            #expect(plane1 == plane2)
            clear(&plane2, width: new, outside: grown)
            #expect(plane1 == plane2)

            var picture1 = [UInt8](repeating: 7, count: 3 * new * newHeight)
            var picture2 = picture1
            bw_resample_u8_plain(&picture2, picture, 3 * new, newHeight, 3 * old, x3, y)
            let wanted = bw_box(x0: 9, y0: 2, x1: 3 * new - 6, y1: newHeight - 1)
            bw_resample_u8(&picture1, picture, 3 * new, newHeight, 3 * old, x3, y, wanted, &line)
            for row in 0..<newHeight {
                for entry in 0..<3 * new {
                    let inside = row >= wanted.y0 && row < wanted.y1 && entry >= wanted.x0 && entry < wanted.x1
                    let place = row * 3 * new + entry
                    if picture1[place] != (inside ? picture2[place] : 7) { Issue.record("\(row) \(entry)") }
                }
            }
        }
    }

    /// Coarsening is two resamplings, and mirroring what it says.
    @Test(arguments: [(32, 16, 2), (48, 32, 4), (80, 48, 16)])
    func coarseningIsTwoResamplings(width: Int, height: Int, factor: Int) throws {
        var random = testRandom(7)
        let picture = Image(width: width, height: height, pixels: bytes(3 * width * height, &random))
        let small = try picture.resized(width: width / factor, height: height / factor, interpolation: .nearest)
        let expected = try small.resized(width: width, height: height)
        var (coarse, line) = (picture.pixels, [Float](repeating: .nan, count: 11 * width + 64))
        bw_coarsen_rgb8(&coarse, picture.pixels, width, height, factor, &line)
        #expect(zip(coarse, expected.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        #expect(zip(coarse, expected.pixels).filter { $0 != $1 }.count <= coarse.count / 100)
        var mirrored = picture.pixels
        bw_mirror_rgb8(&mirrored, picture.pixels, width, height)
        #expect(mirrored == picture.flippedHorizontally().pixels)
    }

    @Test(arguments: [(16, 16, 1), (31, 17, 4), (130, 40, 12), (20, 20, 15)])
    func solidInsideEqualsItsTwin(width: Int, height: Int, radius: Int) {
        var random = testRandom(4)
        for gaps in [0, 1, 3, 40] {
            var mask = [Float](repeating: 1, count: width * height)
            for _ in 0..<gaps { mask[random.integer(below: mask.count)] = random.uniform() }
            var scratch = [UInt8](repeating: 9, count: bw_solid_scratch(width, height, radius))
            var (fast, plain) = (mask, mask)
            let count = bw_solid_inside_f32(
                &fast, mask, 1, width, height, radius, bw_box(x0: 0, y0: 0, x1: width, y1: height), &scratch)
            #expect(bw_solid_inside_f32_plain(&plain, mask, 1, width, height, radius) == count)
            #expect(fast == plain)
            // A face in the middle, with nothing around it.
            let box = bw_box(x0: width / 4, y0: 2, x1: width - 3, y1: height - 1)
            clear(&mask, width: width, outside: box)
            let fewer = bw_solid_inside_f32(&fast, mask, 1, width, height, radius, box, &scratch)
            #expect(bw_solid_inside_f32_plain(&plain, mask, 1, width, height, radius) == fewer)
            #expect(fast == plain)
        }
    }

    /// The values themselves are compared with OpenCV's in GoldenTests.
    @Test func smoothPolygonsAreFullInsideAndFallOffOutside() {
        let corners: [Int32] = [10, 3, 60, 12, 41, 30, 5, 21]
        let (width, height) = (70, 36)
        var (smooth, plain) = ([Float](repeating: 0, count: width * height), [Float](repeating: 0, count: width * height))
        var (crossings, spans) = ([Int64](repeating: 7, count: 2 * height), [Int32](repeating: 7, count: 2 * height))
        bw_fill_convex_smooth_f32(&smooth, width, height, corners, 4, &crossings)
        bw_fill_convex_f32(&plain, width, height, corners, 4, &spans)
        for place in smooth.indices {
            let (x, y) = (place % width, place / width)
            let near = (-2...2).contains { dy in
                (-2...2).contains { dx in
                    let other = (y + dy) * width + x + dx
                    return plain.indices.contains(other) && plain[other] != plain[place]
                }
            }
            if !near { #expect(smooth[place] == plain[place]) }
            #expect(smooth[place] >= 0 && smooth[place] <= 1)
        }
        #expect(smooth.contains { $0 > 0 && $0 < 1 })
    }

    @Test(arguments: [1, 31, 32, 100, 4097])
    func colourKernelsEqualTheirTwins(pixels: Int) {
        var random = testRandom(5)
        let source = bytes(3 * pixels, &random)
        var (fast, plain) = (source, source)
        bw_linear_rgb8(&fast, fast, pixels, [1.3, 0.7, 1], [-20, 30, 0.5])
        bw_linear_rgb8_plain(&plain, plain, pixels, [1.3, 0.7, 1], [-20, 30, 0.5])
        #expect(fast == plain)
        var change = bw_recoloring()
        (change.rgb, change.hsv, change.gain, change.offset) = ((-9.3, 4.5, 60), (-0.3, 0.2, 10), 1.2, -7.5)
        for steps in 0..<8 {
            (change.shifts_rgb, change.shifts_hsv, change.scales) = (Int32(steps & 1), Int32(steps & 2), Int32(steps & 4))
            var (changed, plainly) = (fast, fast)
            bw_recolor_rgb8(&changed, changed, pixels, &change)
            bw_recolor_rgb8_plain(&plainly, plainly, pixels, &change)
            #expect(changed == plainly)
            // And a picture that equals another one here and there.
            var near = fast
            for place in near.indices where place % 401 < 90 { near[place] ^= 5 }
            var (once, again) = (near, near)
            bw_recolor_rgb8(&once, near, pixels, &change)
            bw_recolor_like_rgb8(&again, near, fast, changed, pixels, &change)
            #expect(once == again)
        }
        let mask = (0..<pixels).map { _ in max(0, random.uniform(-1, 1)) }
        var (blended, plainly) = (source, source)
        bw_blend_rgb8(&blended, fast, source, mask, pixels)
        bw_blend_rgb8_plain(&plainly, plain, source, mask, pixels)
        #expect(blended == plainly)
        var (sum, squares) = ([UInt64](repeating: 0, count: 3), [UInt64](repeating: 0, count: 3))
        var (plainSum, plainSquares) = (sum, squares)
        let count = bw_masked_sums_rgb8(source, mask, pixels, &sum, &squares)
        #expect(bw_masked_sums_rgb8_plain(source, mask, pixels, &plainSum, &plainSquares) == count)
        #expect(sum == plainSum && squares == plainSquares)
    }

    @Test func masked32BitSumsDoNotOverflow() {
        let pixels = 300_000
        let white = [UInt8](repeating: 255, count: 3 * pixels)
        let mask = [Float](repeating: 1, count: pixels)
        var (sum, squares) = ([UInt64](repeating: 0, count: 3), [UInt64](repeating: 0, count: 3))
        #expect(bw_masked_sums_rgb8(white, mask, pixels, &sum, &squares) == pixels)
        #expect(sum == Array(repeating: UInt64(pixels * 255), count: 3))
        #expect(squares == Array(repeating: UInt64(pixels * 255 * 255), count: 3))
    }

    @Test(arguments: [(2, 2), (3, 9), (50, 17)])
    func sharpeningFollowsItsTwin(width: Int, height: Int) {
        var random = testRandom(6)
        let source = bytes(3 * width * height, &random)
        var (fast, plain) = (source, source)
        var sums = [UInt16](repeating: 0, count: 3 * (width + 2))
        bw_sharpen_rgb8(&fast, source, width, height, 3.4, -0.3, &sums)
        bw_sharpen_rgb8_plain(&plain, source, width, height, 3.4, -0.3, &sums)
        #expect(zip(fast, plain).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }

    @Test func greyLevelsSurviveTheWayThroughHSV() {
        let grey = (0..<256).flatMap { [UInt8($0), UInt8($0), UInt8($0)] }
        var result = grey
        var change = bw_recoloring()
        (change.shifts_hsv, change.hsv) = (1, (0.3, -0.3, 0.3))
        bw_recolor_rgb8(&result, grey, 256, &change)
        #expect(result == grey)
    }
}
