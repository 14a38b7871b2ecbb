// SmallVideo.swift — a film of a few frames for tests, encoded by FFmpeg: moving stripes, no face.

#if BLENDWAY_EXTRACT
import CFFmpegSystem
#endif

struct VideoFailure: Error, CustomStringConvertible {
    var description: String
}

struct SmallVideo {
    /// FFmpeg's name of the encoder. Those of MPEG-4, Motion JPEG and FFV1 are in every build.
    var encoder = "mpeg4"
    var width = 48
    var height = 32
    /// Every so many frames one on its own.
    var keyEvery = 4
    var betweenFrames = 0
    /// The encoder's own options.
    var options: [(String, String)] = []
    /// The container's.
    var containerOptions: [(String, String)] = []
    #if BLENDWAY_EXTRACT
    var format = AV_PIX_FMT_YUV420P
    var matrix = AVCOL_SPC_UNSPECIFIED
    var range = AVCOL_RANGE_UNSPECIFIED
    var transfer = AVCOL_TRC_UNSPECIFIED
    #endif
    /// How much wider than high pixels are.
    var aspect = (1, 1)
    /// One colour (Y, U, V) all over instead of stripes; of 8 bits, shifted up for more.
    var colour: [Int]?

    static func hasEncoder(_ name: String) -> Bool {
        #if BLENDWAY_EXTRACT
        avcodec_find_encoder_by_name(name) != nil
        #else
        false
        #endif
    }

    /// Writes `frames` frames of 48×32 pixels as MPEG-4, every fourth on its own.
    /// - Parameter container: FFmpeg's name of it.
    static func write(_ path: String, container: String, frames: Int) throws {
        try SmallVideo().write(path, container: container, frames: frames)
    }

    /// - Parameter container: FFmpeg's name of it.
    func write(_ path: String, container: String, frames: Int) throws {
        #if BLENDWAY_EXTRACT
        func check(_ code: Int32, _ what: String) throws {
            if code < 0 { throw VideoFailure(description: "\(what) of \(path) failed: \(code)") }
        }
        var made: UnsafeMutablePointer<AVFormatContext>?
        try check(avformat_alloc_output_context2(&made, nil, container, path), "the container")
        defer { avformat_free_context(made) }
        guard let format = made, let encoder = avcodec_find_encoder_by_name(encoder),
            let stream = avformat_new_stream(format, nil), let codec = avcodec_alloc_context3(encoder)
        else { throw VideoFailure(description: "no encoder \(encoder)") }
        var (context, frame, packet) = (Optional(codec), av_frame_alloc(), av_packet_alloc())
        defer {
            avcodec_free_context(&context)
            av_frame_free(&frame)
            av_packet_free(&packet)
        }
        codec.pointee.width = Int32(width)
        codec.pointee.height = Int32(height)
        codec.pointee.pix_fmt = self.format
        codec.pointee.time_base = AVRational(num: 1, den: 25)
        codec.pointee.gop_size = Int32(keyEvery)
        codec.pointee.max_b_frames = Int32(betweenFrames)
        codec.pointee.colorspace = matrix
        codec.pointee.color_range = range
        codec.pointee.color_trc = transfer
        codec.pointee.sample_aspect_ratio = AVRational(num: Int32(aspect.0), den: Int32(aspect.1))
        codec.pointee.thread_count = 1
        if format.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0 {
            codec.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        }
        var dictionary: OpaquePointer?
        defer { av_dict_free(&dictionary) }
        for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
        try check(avcodec_open2(codec, encoder, &dictionary), "the encoder")
        try check(avcodec_parameters_from_context(stream.pointee.codecpar, codec), "the stream")
        stream.pointee.time_base = codec.pointee.time_base
        stream.pointee.sample_aspect_ratio = codec.pointee.sample_aspect_ratio
        stream.pointee.avg_frame_rate = AVRational(num: 25, den: 1)
        try check(avio_open(&format.pointee.pb, path, AVIO_FLAG_WRITE), "opening")
        defer { avio_closep(&format.pointee.pb) }
        var described: OpaquePointer?
        defer { av_dict_free(&described) }
        for (key, value) in containerOptions { av_dict_set(&described, key, value, 0) }
        try check(avformat_write_header(format, &described), "the header")
        frame!.pointee.width = Int32(width)
        frame!.pointee.height = Int32(height)
        frame!.pointee.format = self.format.rawValue
        try check(av_frame_get_buffer(frame, 0), "a frame's memory")
        for number in 0...frames {
            if number < frames {
                try check(av_frame_make_writable(frame), "a frame's memory")
                paint(frame!, number)
                frame!.pointee.pts = Int64(number)
            }
            try check(avcodec_send_frame(codec, number < frames ? frame : nil), "encoding")
            while avcodec_receive_packet(codec, packet) == 0 {
                packet!.pointee.stream_index = 0
                av_packet_rescale_ts(packet, codec.pointee.time_base, stream.pointee.time_base)
                try check(av_interleaved_write_frame(format, packet), "writing")
            }
        }
        try check(av_write_trailer(format), "the end")
        #else
        throw VideoFailure(description: "FFmpeg is not built in")
        #endif
    }

    #if BLENDWAY_EXTRACT
    private func paint(_ frame: UnsafeMutablePointer<AVFrame>, _ number: Int) {
        let planes = [frame.pointee.data.0!, frame.pointee.data.1!, frame.pointee.data.2!]
        let strides = [frame.pointee.linesize.0, frame.pointee.linesize.1, frame.pointee.linesize.2].map(Int.init)
        let described = av_pix_fmt_desc_get(format)!.pointee
        let (across, down) = (Int(described.log2_chroma_w), Int(described.log2_chroma_h))
        let depth = Int(described.comp.0.depth)
        for plane in 0..<3 {
            let (columns, rows) = plane == 0 ? (width, height) : (width >> across, height >> down)
            for y in 0..<rows {
                for x in 0..<columns {
                    let value = colour?[plane] ?? ((x * 9 + y * 5 + number * 13) * (plane + 1)) & 255
                    if depth > 8 {
                        UnsafeMutableRawPointer(planes[plane]).storeBytes(
                            of: UInt16(value << (depth - 8)), toByteOffset: y * strides[plane] + 2 * x, as: UInt16.self)
                    } else {
                        planes[plane][y * strides[plane] + x] = UInt8(value)
                    }
                }
            }
        }
    }
    #endif
}
