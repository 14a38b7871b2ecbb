// SmallVideo.swift — a video of a few frames for tests, encoded by FFmpeg: moving stripes, no face.

#if BLENDWAY_EXTRACT
import CFFmpegSystem
#endif

struct VideoFailure: Error, CustomStringConvertible {
    var description: String
}

enum SmallVideo {
    /// Writes `frames` frames of 48×32 pixels as MPEG-4, which every build of FFmpeg encodes, every fourth on its own.
    /// - Parameter container: FFmpeg's name of it.
    static func write(_ path: String, container: String, frames: Int) throws {
        #if BLENDWAY_EXTRACT
        func check(_ code: Int32, _ what: String) throws {
            if code < 0 { throw VideoFailure(description: "\(what) of \(path) failed: \(code)") }
        }
        var made: UnsafeMutablePointer<AVFormatContext>?
        try check(avformat_alloc_output_context2(&made, nil, container, path), "the container")
        defer { avformat_free_context(made) }
        guard let format = made, let encoder = avcodec_find_encoder(AV_CODEC_ID_MPEG4),
            let stream = avformat_new_stream(format, nil), let codec = avcodec_alloc_context3(encoder)
        else { throw VideoFailure(description: "no encoder of MPEG-4") }
        var (context, frame, packet) = (Optional(codec), av_frame_alloc(), av_packet_alloc())
        defer {
            avcodec_free_context(&context)
            av_frame_free(&frame)
            av_packet_free(&packet)
        }
        codec.pointee.width = 48
        codec.pointee.height = 32
        codec.pointee.pix_fmt = AV_PIX_FMT_YUV420P
        codec.pointee.time_base = AVRational(num: 1, den: 25)
        codec.pointee.gop_size = 4
        codec.pointee.thread_count = 1
        if format.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0 {
            codec.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        }
        try check(avcodec_open2(codec, encoder, nil), "the encoder")
        try check(avcodec_parameters_from_context(stream.pointee.codecpar, codec), "the stream")
        stream.pointee.time_base = codec.pointee.time_base
        stream.pointee.avg_frame_rate = AVRational(num: 25, den: 1)
        try check(avio_open(&format.pointee.pb, path, AVIO_FLAG_WRITE), "opening")
        defer { avio_closep(&format.pointee.pb) }
        try check(avformat_write_header(format, nil), "the header")
        frame!.pointee.width = 48
        frame!.pointee.height = 32
        frame!.pointee.format = AV_PIX_FMT_YUV420P.rawValue
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
    private static func paint(_ frame: UnsafeMutablePointer<AVFrame>, _ number: Int) {
        let planes = [frame.pointee.data.0!, frame.pointee.data.1!, frame.pointee.data.2!]
        let strides = [frame.pointee.linesize.0, frame.pointee.linesize.1, frame.pointee.linesize.2].map(Int.init)
        for (plane, scale) in [1, 2, 2].enumerated() {
            for y in 0..<32 / scale {
                for x in 0..<48 / scale {
                    planes[plane][y * strides[plane] + x] = UInt8(truncatingIfNeeded: (x * 9 + y * 5 + number * 13) * (plane + 1))
                }
            }
        }
    }
    #endif
}
