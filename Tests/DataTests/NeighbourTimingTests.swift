// NeighbourTimingTests.swift — how long the index of a large dataset takes. Runs on demand:
// BLENDWAY_TIMING=1 swift test -c release --filter NeighbourTiming

import Data
import Foundation
import Store
import Tensor
import Testing

@Suite(.enabled(if: ProcessInfo.processInfo.environment["BLENDWAY_TIMING"] != nil))
struct NeighbourTimingTests {
    @Test func twentyThreeThousandFramesTakeSeconds() {
        var random = Philox(seed: 1, stream: .test)
        var videos: [DatasetVideo] = []
        var frameVideos: [Int32] = []
        var landmarks: [Float] = []
        for video in 0..<720 {
            videos.append(DatasetVideo(name: "\(video)", method: "original", isFake: false, identity: "\(video)"))
            let center = (0..<162).map { _ in 128 + 10 * random.normal() }
            for _ in 0..<32 {
                frameVideos.append(Int32(video))
                landmarks += center.map { $0 + 2 * random.normal() }
            }
        }
        let pool = ThreadPool(threads: 2)
        let began = ContinuousClock.now
        let index = NeighbourIndex(videos: videos, frameVideos: frameVideos, landmarks: landmarks, landmarkCount: 81)
        let built = ContinuousClock.now
        let rows = index.rows(0..<index.frames.count, pool: pool)
        print("\(rows.frames.count) frames with \(OpenBLASCore.name): index \(built - began), rows \(ContinuousClock.now - built)")
        #expect(rows.neighbours.allSatisfy { $0 >= 0 })
    }
}
