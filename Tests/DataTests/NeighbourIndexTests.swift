// NeighbourIndexTests.swift — the neighbour index against a naive search over all pairs.

import Data
import Store
import Tensor
import Testing

private struct Faces {
    var videos: [DatasetVideo] = []
    var frameVideos: [Int32] = []
    var landmarks: [Float] = []
    let landmarkCount = 68

    /// Random faces: videos of one identity are alike, frames of one video more so.
    init(identities: Int, videosEach: Int, framesEach: Int, fakes: Bool = false, seed: UInt64 = 1, spread: Float = 20) {
        var random = Philox(seed: seed, stream: .test)
        for identity in 0..<identities {
            for video in 0..<videosEach {
                let center = (0..<landmarkCount * 2).map { _ in 128 + spread * random.normal() }
                let isFake = fakes && video % 2 == 1
                addVideo("\(identity)-\(video)", identity: "p\(identity)", isFake: isFake)
                for _ in 0..<framesEach { addFrame(center.map { $0 + random.normal() }) }
            }
        }
    }

    init() {}

    mutating func addVideo(_ name: String, identity: String, isFake: Bool = false) {
        videos.append(DatasetVideo(name: name, method: isFake ? "m" : "original", isFake: isFake, identity: identity))
    }

    /// Of the newest video.
    mutating func addFrame(_ points: [Float]) {
        frameVideos.append(Int32(videos.count - 1))
        landmarks += points
    }

    var index: NeighbourIndex {
        NeighbourIndex(videos: videos, frameVideos: frameVideos, landmarks: landmarks, landmarkCount: landmarkCount)
    }

    /// The plain twin: all pairs, sorted.
    func naiveRows(count: Int) -> NeighbourRows {
        let dimension = landmarkCount * 2
        let reals = frameVideos.indices.filter { !videos[Int(frameVideos[$0])].isFake }
        var rows = NeighbourRows(frames: reals.map(Int32.init), count: count, neighbours: [], distances: [])
        for frame in reals {
            let video = Int(frameVideos[frame])
            let others = reals.filter { other in
                let otherVideo = Int(frameVideos[other])
                let identity = videos[video].identity
                return identity.isEmpty ? otherVideo != video : videos[otherVideo].identity != identity
            }
            let sorted = others.map { other -> (squared: Double, frame: Int) in
                var sum = 0.0
                for place in 0..<dimension {
                    let difference = Double(landmarks[frame * dimension + place]) - Double(landmarks[other * dimension + place])
                    sum += difference * difference
                }
                return (sum, other)
            }.sorted { ($0.squared, $0.frame) < ($1.squared, $1.frame) }
            for place in 0..<count {
                rows.neighbours.append(place < sorted.count ? Int32(sorted[place].frame) : -1)
                rows.distances.append(place < sorted.count ? Float(sorted[place].squared.squareRoot()) : -1)
            }
        }
        return rows
    }
}

private func allRows(_ index: NeighbourIndex, count: Int, threads: Int = 2) throws -> NeighbourRows {
    index.rows(0..<index.frames.count, count: count, pool: try ThreadPool(threads: threads))
}

@Suite struct NeighbourIndexTests {
    @Test func manyFacesHaveTheNeighboursOfTheNaiveSearch() {
        // More than a block of rows and more than a block of columns.
        let faces = Faces(identities: 30, videosEach: 4, framesEach: 20, fakes: true)
        #expect(faces.index.frames.count == 1200)
        #expect(allRows(faces.index, count: 100) == faces.naiveRows(count: 100))
    }

    @Test func facesThatHardlyDifferAreToldApart() {
        // Differences far below what float32 keeps of squared norms.
        let faces = Faces(identities: 12, videosEach: 1, framesEach: 12, spread: 0.001)
        #expect(allRows(faces.index, count: 20) == faces.naiveRows(count: 20))
    }

    @Test func farAwayLandmarksAreNoReasonToMissOthers() {
        var faces = Faces(identities: 10, videosEach: 1, framesEach: 8)
        faces.addVideo("odd", identity: "odd")
        faces.addFrame([Float](repeating: 1e25, count: 136))
        faces.addFrame([Float](repeating: -3e7, count: 136))
        let rows = allRows(faces.index, count: 5)
        let naive = faces.naiveRows(count: 5)
        #expect(rows.neighbours == naive.neighbours)
    }

    @Test func equalFacesStandInTheOrderOfTheirFrames() {
        var faces = Faces()
        for video in 0..<40 {
            faces.addVideo("\(video)", identity: "p\(video % 4)")
            for _ in 0..<5 { faces.addFrame((0..<136).map(Float.init)) }
        }
        let rows = allRows(faces.index, count: 10)
        #expect(rows == faces.naiveRows(count: 10))
        #expect(Array(rows.neighbours[0..<10]) == Array(5..<15))
        #expect(rows.distances.allSatisfy { $0 == 0 })
    }

    @Test func rowsWithTooFewCandidatesAreFilledUp() {
        let faces = Faces(identities: 3, videosEach: 1, framesEach: 4)
        let rows = allRows(faces.index, count: 100)
        #expect(rows == faces.naiveRows(count: 100))
        #expect(rows.neighbours.filter { $0 >= 0 }.count == 12 * 8)
    }

    @Test func oneIdentityHasNoNeighbours() {
        let rows = allRows(Faces(identities: 1, videosEach: 3, framesEach: 4).index, count: 7)
        #expect(rows.frames.count == 12)
        #expect(rows.neighbours.allSatisfy { $0 == -1 } && rows.distances.allSatisfy { $0 == -1 })
    }

    @Test func noRealFramesGiveNoRows() {
        var faces = Faces()
        faces.addVideo("x", identity: "p", isFake: true)
        faces.addFrame([Float](repeating: 0, count: 136))
        #expect(allRows(faces.index, count: 3).frames.isEmpty)
    }

    @Test func unknownIdentitiesDifferFromAllOthers() {
        var faces = Faces()
        var random = Philox(seed: 3, stream: .test)
        for video in 0..<6 {
            faces.addVideo("\(video)", identity: "")
            for _ in 0..<2 { faces.addFrame((0..<136).map { _ in random.uniform(0, 100) }) }
        }
        #expect(allRows(faces.index, count: 11) == faces.naiveRows(count: 11))
    }

    @Test(arguments: [1, 2, 3])
    func rowsAreTheSameForAnyThreadsAndRanges(threads: Int) throws {
        let faces = Faces(identities: 20, videosEach: 2, framesEach: 10)
        let index = faces.index
        let whole = allRows(index, count: 30, threads: 1)
        let pool = try ThreadPool(threads: threads)
        var joined = NeighbourRows(frames: [], count: 30, neighbours: [], distances: [])
        for range in [0..<0, 0..<1, 1..<150, 150..<400] {
            let part = index.rows(range, count: 30, pool: pool)
            joined.frames += part.frames
            joined.neighbours += part.neighbours
            joined.distances += part.distances
        }
        #expect(joined == whole)
    }
}
