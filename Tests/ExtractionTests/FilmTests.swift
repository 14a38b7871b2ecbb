// FilmTests.swift — films that are damaged, cut, without a length or in other colours, made by FFmpeg's encoders.

#if BLENDWAY_EXTRACT
import CFFmpegSystem
import Extraction
import Foundation
import Imaging
import Tensor
import TestSupport
import Testing

@Suite struct FilmTests {
    private func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: path))) }

    /// Places and sizes of the packets, by FFmpeg's own demuxer.
    private func packets(_ path: String) throws -> [(place: Int, size: Int)] {
        var format: UnsafeMutablePointer<AVFormatContext>?
        try #require(avformat_open_input(&format, path, nil, nil) == 0)
        defer { avformat_close_input(&format) }
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        var found: [(Int, Int)] = []
        while av_read_frame(format, packet) == 0 {
            found.append((Int(packet!.pointee.pos), Int(packet!.pointee.size)))
            av_packet_unref(packet)
        }
        return found
    }

    @Test(arguments: ["mp4", "matroska", "avi", "m4v"])
    func aDamagedPacketTakesWithItWhatBuildsOnIt(container: String) throws {
        try withTemporaryFolder { folder in
            let file = "\(folder)/film"
            try SmallVideo().write(file, container: container, frames: 16)
            let sound = try FilmFrames(file)
            #expect(sound.order == Array(0..<16) && sound.lost.isEmpty)
            // The second frame of the second of four groups, behind its picture's head: 0 0 1 0xB6 and a few bytes.
            var broken = try bytes(file)
            let pictures = broken.indices.dropLast(4).filter { Array(broken[$0..<$0 + 4]) == [0, 0, 1, 0xB6] }
            for place in pictures[5] + 8..<pictures[5] + 40 { broken[place] = 0x55 }
            try PublishedLayout.write(file, broken)
            let damaged = try FilmFrames(file)
            #expect(damaged.lost.keys.sorted() == [5, 6, 7], "\(damaged.lost)")
            #expect(damaged.order == [0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15])
            #expect(damaged.differing(from: sound).isEmpty)
        }
    }

    @Test func framesThatAreShownBeforeTheDamagedOneAndDecodedBehindItAreLostToo() throws {
        try withTemporaryFolder { folder in
            let file = "\(folder)/film"
            try SmallVideo(keyEvery: 12, betweenFrames: 2).write(file, container: "mp4", frames: 24)
            let sound = try FilmFrames(file)
            #expect(sound.order == Array(0..<24))
            var broken = try bytes(file)
            // Packets: 0 3 1 2 6 4 5 …; the fifth is frame 6, which 4 and 5 are shown before.
            let packet = try packets(file)[4]
            for place in 8..<packet.size { broken[packet.place + place] = 0x55 }
            try PublishedLayout.write(file, broken)
            let damaged = try FilmFrames(file)
            #expect(damaged.order.prefix(4) == [0, 1, 2, 3] && damaged.lost[4] != nil && damaged.lost[11] != nil, "\(damaged.lost)")
            #expect(damaged.differing(from: sound).isEmpty)
            #expect(Set(damaged.order).union(damaged.lost.keys) == Set(0..<24))
        }
    }

    /// Single bytes, as bad disks and bad copies change them. What decoders and containers say nothing of can't be
    /// known; how much that is, benchmarks/film_damage.sh measures.
    @Test(arguments: [("mpeg4", "mp4", 30), ("libx264", "mp4", 10), ("libx265", "mp4", 5), ("libvpx-vp9", "webm", 25), ("mjpeg", "avi", 60)])
    func fewFramesPassThatDiffer(encoder: String, container: String, percent: Int) throws {
        guard SmallVideo.hasEncoder(encoder) else { return }
        try withTemporaryFolder { folder in
            let file = "\(folder)/film"
            let film = SmallVideo(
                encoder: encoder, width: 320, height: 240, keyEvery: 12,
                options: encoder == "libx265" ? [("x265-params", "log-level=none:pools=none")]
                    : encoder == "libvpx-vp9" ? [("deadline", "realtime"), ("cpu-used", "8")] : [],
                format: encoder == "mjpeg" ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P)
            try film.write(file, container: container, frames: 48)
            let sound = try FilmFrames(file)
            #expect(sound.order == Array(0..<48) && sound.lost.isEmpty, "\(encoder): \(sound.lost)")
            let original = try bytes(file)
            let packets = try packets(file).filter { $0.size > 16 && $0.place > 0 }
            var random = Philox(seed: 14, stream: .blend, epoch: 0, sample: 0)
            var (differ, passed) = (0, 0)
            for _ in 0..<12 {
                var broken = original
                for _ in 0..<3 {
                    let packet = packets[random.integer(below: packets.count)]
                    let place = packet.place + (container == "avi" ? 8 : 0) + random.integer(below: packet.size)
                    broken[place] ^= UInt8(1 + random.integer(below: 255))
                }
                try PublishedLayout.write(file, broken)
                guard let damaged = try? FilmFrames(file) else { continue }
                #expect(damaged.order == damaged.order.sorted())
                let wrong = damaged.differing(from: sound).count
                passed += wrong
                differ += wrong + damaged.lost.count
            }
            #expect(differ > 0, "\(encoder)")
            #expect(passed * 100 <= percent * differ, "\(encoder): \(passed) of \(differ)")
        }
    }

    @Test func aFilmWithoutALengthGivesFramesEvenly() throws {
        try withTemporaryFolder { folder in
            for (container, name) in [("m4v", "raw"), ("matroska", "live"), ("mpegts", "ts")] {
                let file = "\(folder)/\(name)"
                try SmallVideo().write(file, container: container, frames: 40)
                #expect(try FilmFrames(file, .evenly(8)).order == [0, 5, 10, 15, 20, 25, 30, 35], "\(container)")
            }
        }
    }

    @Test func chosenNumbersAreGivenOrTold() throws {
        try withTemporaryFolder { folder in
            let file = "\(folder)/film"
            try SmallVideo().write(file, container: "mp4", frames: 40)
            let all = try FilmFrames(file)
            let some = try FilmFrames(file, .numbers([37, 3, 3, 22, 44]))
            #expect(some.order == [3, 22, 37] && some.differing(from: all).isEmpty)
            #expect(some.lost == [44: "the film has only 40 frames"])
        }
    }

    @Test func aCutFilmSaysWhichFramesItLacks() throws {
        try withTemporaryFolder { folder in
            let file = "\(folder)/film"
            try SmallVideo().write("\(folder)/whole", container: "mp4", frames: 40)
            let whole = try bytes("\(folder)/whole")
            try PublishedLayout.write(file, Array(whole.prefix(whole.count / 3)))
            #expect { try FilmFrames(file) } throws: { "\($0)".contains("moov") }
            // With the index in front, it is there, and says how many frames there were.
            try SmallVideo(containerOptions: [("movflags", "faststart")]).write(file, container: "mp4", frames: 40)
            let indexed = try bytes(file)
            try PublishedLayout.write(file, Array(indexed.prefix(indexed.count - indexed.count / 4)))
            let short = try FilmFrames(file)
            #expect(short.order == Array(0..<short.order.count) && short.order.count > 8 && short.order.count < 40)
            #expect(short.lost.keys.sorted() == Array(short.order.count..<40), "\(short.lost)")
            #expect(short.lost[39]?.contains("breaks off") == true, "\(short.lost)")
            try SmallVideo().write(file, container: "matroska", frames: 40)
            let matroska = try bytes(file)
            try PublishedLayout.write(file, Array(matroska.prefix(matroska.count / 2)))
            let cut = try FilmFrames(file)
            #expect(cut.order == Array(0..<cut.order.count) && cut.order.count > 8 && cut.order.count < 40)
        }
    }

    // MARK: Colours

    /// From Y'CbCr by the matrix' own constants (ITU-R BT.601, BT.709, BT.2020), rounded.
    private func rgb(_ y: Int, _ u: Int, _ v: Int, kr: Double, kb: Double, isFull: Bool) -> [Int] {
        let luma = isFull ? Double(y) / 255 : Double(y - 16) / 219
        let (cb, cr) = isFull ? (Double(u - 128) / 255, Double(v - 128) / 255) : (Double(u - 128) / 224, Double(v - 128) / 224)
        let red = luma + 2 * (1 - kr) * cr
        let blue = luma + 2 * (1 - kb) * cb
        let green = (luma - kr * red - kb * blue) / (1 - kr - kb)
        return [red, green, blue].map { Int((min(max($0, 0), 1) * 255).rounded()) }
    }

    @Test(arguments: [0, 8, 10])
    func coloursFollowTheFilmsMatrixAndRange(depth: Int) throws {
        let matrices: [(AVColorSpace, Double, Double)] = [
            (AVCOL_SPC_UNSPECIFIED, 0.299, 0.114), (AVCOL_SPC_SMPTE170M, 0.299, 0.114), (AVCOL_SPC_BT709, 0.2126, 0.0722),
            (AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593),
        ]
        try withTemporaryFolder { folder in
            for (matrix, kr, kb) in matrices {
                for range in [AVCOL_RANGE_UNSPECIFIED, AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG] {
                    for colour in [[120, 90, 170], [60, 140, 110], [200, 128, 120]] {
                        let file = "\(folder)/film"
                        try SmallVideo(
                            encoder: "ffv1", format: depth == 10 ? AV_PIX_FMT_YUV420P10LE : depth == 0 ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV420P,
                            matrix: matrix, range: range, colour: colour
                        ).write(file, container: "matroska", frames: 2)
                        let image = try #require(try FilmFrames(file).pictures[0])
                        let wanted = rgb(
                            colour[0], colour[1], colour[2], kr: kr, kb: kb, isFull: range == AVCOL_RANGE_JPEG)
                        for channel in 0..<3 {
                            #expect(
                                abs(Int(image[20, 10, channel]) - wanted[channel]) <= 2,
                                "matrix \(matrix.rawValue), range \(range.rawValue), \(colour): \(wanted)")
                        }
                    }
                }
            }
        }
    }

    @Test func aMatrixThatIsntConvertedIsNamed() throws {
        try withTemporaryFolder { folder in
            let file = "\(folder)/film"
            try SmallVideo(encoder: "ffv1", matrix: AVCOL_SPC_YCGCO, colour: [100, 100, 100]).write(file, container: "matroska", frames: 1)
            #expect(try FilmFrames(file).lost[0]?.contains("ycgco") == true)
        }
    }

    /// ST 2084's code values of 203 and of 1 cd/m²: diffuse white is bright and not clipped, one is dark.
    @Test func highDynamicRangeIsBroughtToTheScreens() throws {
        try withTemporaryFolder { folder in
            func grey(_ code: Int, _ transfer: AVColorTransferCharacteristic) throws -> [Int] {
                let file = "\(folder)/film"
                try SmallVideo(
                    encoder: "ffv1", format: AV_PIX_FMT_YUV420P10LE, matrix: AVCOL_SPC_BT2020_NCL, range: AVCOL_RANGE_JPEG,
                    transfer: transfer, colour: [code, 128, 128]
                ).write(file, container: "matroska", frames: 1)
                let image = try #require(try FilmFrames(file).pictures[0])
                return (0..<3).map { Int(image[20, 10, $0]) }
            }
            for transfer in [AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67] {
                let white = try grey(transfer == AVCOL_TRC_SMPTE2084 ? 148 : 191, transfer)
                #expect(white.allSatisfy { (150...225).contains($0) } && white.max()! - white.min()! <= 2, "\(white)")
                let ramp = try [20, 60, 100, 140, 180].map { try grey($0, transfer)[1] }
                #expect(zip(ramp, ramp.dropFirst()).allSatisfy(<), "\(ramp)")
            }
        }
    }

    @Test func pixelsAreMadeSquare() throws {
        try withTemporaryFolder { folder in
            let file = "\(folder)/film"
            try SmallVideo(encoder: "ffv1", aspect: (4, 3)).write(file, container: "matroska", frames: 1)
            let image = try #require(try FilmFrames(file).pictures[0])
            #expect(image.width == 64 && image.height == 32)
        }
    }
}
#endif
