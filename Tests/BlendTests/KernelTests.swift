// KernelTests.swift — every fast kernel against its plain twin, at sizes that fit no vector.

import Blend
import CKernels
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

    @Test(arguments: [(1, 1, 3), (5, 7, 2), (64, 3, 12), (97, 130, 28), (256, 20, 5)], [BW_REFLECT_101, BW_REFLECT])
    func filtersEqualTheirTwinBitForBit(size: (Int, Int, Int), border: bw_border) {
        var random = testRandom(1)
        let (w, h, r) = size
        let source = floats(w * h, &random)
        let weights = (0...r).map { _ in random.uniform() }
        var scratch = [Float](repeating: .nan, count: bw_filter_scratch(w, h, r))
        var fast = source
        bw_filter_symmetric_f32(&fast, fast, w, h, weights, r, border, &scratch)
        var plain = source
        bw_filter_symmetric_f32_plain(&plain, source, w, h, weights, r, border, &scratch)
        #expect(fast == plain)
    }

    @Test(arguments: [(2, 2), (7, 5), (66, 31)])
    func displacementFollowsItsTwin(width: Int, height: Int) {
        var random = testRandom(2)
        let count = width * height
        let source = floats(count, &random)
        let (dx, dy) = (floats(count, &random), floats(count, &random))
        for amplitude: Float in [0, 0.5, 3, 40] {
            var (fast, plain) = (source, source)
            bw_displace_f32(&fast, source, dx, dy, amplitude, width, height)
            bw_displace_f32_plain(&plain, source, dx, dy, amplitude, width, height)
            #expect(zip(fast, plain).allSatisfy { abs($0 - $1) < 2e-5 * max(1, amplitude) })
            if amplitude == 0 { #expect(fast == source) }
        }
    }

    @Test(arguments: [false, true])
    func resamplingEqualsItsTwinBitForBit(inRuns: Bool) {
        var random = testRandom(3)
        let (oldRow, oldHeight, newRow, newHeight) = (83, 9, 71, 14)
        let weights = [newRow, newRow, newHeight, newHeight].map { n in
            (0..<n).map { _ in random.uniform() }
        }
        // In runs: entries 0…39 read from 3 and 6 on, the others from 7 and 1 on.
        let low = (0..<newRow).map { Int32(inRuns ? ($0 < 40 ? $0 + 3 : $0 - 33) : random.integer(below: oldRow)) }
        let high = (0..<newRow).map { Int32(inRuns ? ($0 < 40 ? $0 + 6 : $0 - 39) : random.integer(below: oldRow)) }
        let rows = (0..<(2 * newHeight)).map { _ in Int32(random.integer(below: oldHeight)) }
        let runEnds: [Int32] = inRuns ? [40, Int32(newRow)] : []
        let (plane, picture) = (floats(oldRow * oldHeight, &random), bytes(oldRow * oldHeight, &random))
        var line = [Float](repeating: 0, count: oldRow + newRow)
        var plane1 = [Float](repeating: 0, count: newRow * newHeight)
        var picture1 = [UInt8](repeating: 0, count: newRow * newHeight)
        var (plane2, picture2) = (plane1, picture1)
        low.withUnsafeBufferPointer { low in high.withUnsafeBufferPointer { high in
        rows.withUnsafeBufferPointer { rows in runEnds.withUnsafeBufferPointer { runEnds in
        weights[0].withUnsafeBufferPointer { w0 in weights[1].withUnsafeBufferPointer { w1 in
        weights[2].withUnsafeBufferPointer { w2 in weights[3].withUnsafeBufferPointer { w3 in
            let x = bw_taps(
                low: low.baseAddress, high: high.baseAddress, low_weight: w0.baseAddress,
                high_weight: w1.baseAddress, run_ends: runEnds.baseAddress, runs: runEnds.count)
            let y = bw_taps(
                low: rows.baseAddress, high: rows.baseAddress! + newHeight,
                low_weight: w2.baseAddress, high_weight: w3.baseAddress, run_ends: nil, runs: 0)
            bw_resample_f32(&plane1, plane, newRow, newHeight, oldRow, x, y, &line)
            bw_resample_f32_plain(&plane2, plane, newRow, newHeight, oldRow, x, y, &line)
            bw_resample_u8(&picture1, picture, newRow, newHeight, oldRow, x, y, &line)
            bw_resample_u8_plain(&picture2, picture, newRow, newHeight, oldRow, x, y, &line)
        } } } } } } } }
        #expect(plane1 == plane2)
        #expect(picture1 == picture2)
    }

    @Test(arguments: [(16, 16, 1), (31, 17, 4), (130, 40, 12), (20, 20, 15)])
    func solidInsideEqualsItsTwin(width: Int, height: Int, radius: Int) {
        var random = testRandom(4)
        for gaps in [0, 1, 3, 40] {
            var mask = [Float](repeating: 1, count: width * height)
            for _ in 0..<gaps { mask[random.integer(below: mask.count)] = random.uniform() }
            var scratch = [UInt8](repeating: 9, count: bw_solid_scratch(width, height, radius))
            var (fast, plain) = (mask, mask)
            let count = bw_solid_inside_f32(&fast, mask, 1, width, height, radius, &scratch)
            #expect(bw_solid_inside_f32_plain(&plain, mask, 1, width, height, radius) == count)
            #expect(fast == plain)
        }
    }

    @Test func softPolygonsFollowTheirTwin() {
        let edges: [Float] = [0, -1, 5, 0.8, 0.6, -30, -0.6, 0.8, -10]
        var fast = [Float](repeating: 0, count: 70 * 33)
        var plain = fast
        bw_fill_convex_soft_f32(&fast, 70, 33, edges, 3, 1.25)
        bw_fill_convex_soft_f32_plain(&plain, 70, 33, edges, 3, 1.25)
        #expect(zip(fast, plain).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(fast.contains(1) && fast.contains(0) && fast.contains { $0 > 0 && $0 < 1 })
    }

    @Test(arguments: [1, 31, 32, 100, 4097])
    func colourKernelsEqualTheirTwins(pixels: Int) {
        var random = testRandom(5)
        let source = bytes(3 * pixels, &random)
        var (fast, plain) = (source, source)
        bw_linear_rgb8(&fast, fast, pixels, [1.3, 0.7, 1], [-20, 30, 0.5])
        bw_linear_rgb8_plain(&plain, plain, pixels, [1.3, 0.7, 1], [-20, 30, 0.5])
        #expect(fast == plain)
        bw_shift_hsv8(&fast, fast, pixels, -0.3, 0.2, 10)
        bw_shift_hsv8_plain(&plain, plain, pixels, -0.3, 0.2, 10)
        #expect(fast == plain)
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
        bw_shift_hsv8(&result, grey, 256, 0.3, -0.3, 0.3)
        #expect(result == grey)
    }
}
