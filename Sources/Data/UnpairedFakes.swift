// UnpairedFakes.swift — the fakes of a dataset whose real video, or all of its frames, is missing: counted
// and named, so that training can go on with the others.

import Store

/// Fake videos that no training sample can be made of.
public struct UnpairedFakes: Codable, Equatable, Sendable {
    /// Videos that name no real video of the file.
    public var withoutTarget = 0
    /// Videos whose real video has not one frame.
    public var withoutRealFrames = 0
    /// Frames of all these.
    public var frames = 0
    /// Frames of other fakes whose real frames are farther away than the file allows.
    public var framesTooFar = 0
    /// Method and name of the first.
    public var example: String?
    private var rows: Set<Int32> = []

    private enum CodingKeys: String, CodingKey { case withoutTarget, withoutRealFrames, frames, framesTooFar, example }

    public init() {}

    public var videos: Int { withoutTarget + withoutRealFrames }

    /// Counts one frame, and its video when it is the first of it.
    /// - Parameter isTooFar: its real video has frames, but none that is near enough.
    mutating func add(_ frame: Int, of file: DatasetFile, isTooFar: Bool) {
        if isTooFar {
            framesTooFar += 1
            if example == nil { example = "\(file.video(of: frame).method)/\(file.video(of: frame).name)" }
            return
        }
        frames += 1
        guard rows.insert(file.frameVideos[frame]).inserted else { return }
        let video = file.video(of: frame)
        if video.target < 0 { withoutTarget += 1 } else { withoutRealFrames += 1 }
        if example == nil { example = "\(video.method)/\(video.name)" }
    }

    /// What to tell a user; nil when there is nothing to tell.
    /// - Parameter total: fake videos of the file.
    public func sentence(file: String, of total: Int) -> String? {
        guard let example else { return nil }
        var reasons: [String] = []
        if withoutTarget > 0 { reasons.append("\(withoutTarget) without their real video in the file") }
        if withoutRealFrames > 0 { reasons.append("\(withoutRealFrames) whose real video has no frames") }
        var parts: [String] = []
        if videos > 0 {
            parts.append(
                "\(videos) of \(total) fake videos (\(frames) frames) are left out of training, "
                    + reasons.joined(separator: ", "))
        }
        if framesTooFar > 0 {
            parts.append("\(framesTooFar) fake frames are left out of training, whose real videos have no frame of their number")
        }
        return "\(file): \(parts.joined(separator: "; ")), such as \(example)"
    }
}
