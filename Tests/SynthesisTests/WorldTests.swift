// WorldTests.swift — splits, names and pairs of the planned world, and its refusals.

import Synthesis
import Testing

@Suite struct WorldTests {
    @Test func splitsShareNoPersonNoSceneAndCoverTheWorld() throws {
        for identities in [8, 9, 13, 20, 57, 200] {
            let world = try SyntheticWorld(
                seed: 1, size: 64, identities: identities, videosPerIdentity: 3, framesPerVideo: 1)
            var people: [Int] = []
            var scenes: [Int] = []
            for split in SyntheticWorld.Split.allCases {
                #expect(world.people(of: split).count >= 2, "\(identities) identities, \(split)")
                people += world.people(of: split)
                let videos = world.videos(of: split)
                scenes += videos.filter { $0.label == 0 }.map(\.scene)
                for video in videos {
                    #expect(world.people(of: split).contains(video.identity))
                    if let source = video.sourceIdentity {
                        #expect(world.people(of: split).contains(source))
                    }
                }
            }
            #expect(people.sorted() == Array(0..<identities))
            #expect(scenes.sorted() == Array(0..<identities * 3))
        }
    }

    @Test func aTypicalWorldGivesSixtyPercentToTraining() throws {
        let world = try SyntheticWorld(
            seed: 1, size: 64, identities: 100, videosPerIdentity: 1, framesPerVideo: 1)
        let counts = SyntheticWorld.Split.allCases.map { world.people(of: $0).count }
        #expect(counts == [60, 10, 15, 15])
    }

    @Test func everyRealVideoIsTheTargetOfOneFakePerMethod() throws {
        let world = try SyntheticWorld(
            seed: 3, size: 64, identities: 20, videosPerIdentity: 2, framesPerVideo: 1)
        for split in SyntheticWorld.Split.allCases {
            let videos = world.videos(of: split)
            let reals = videos.filter { $0.label == 0 }
            #expect(Array(videos.prefix(reals.count)) == reals)
            #expect(
                reals.allSatisfy {
                    $0.method == SyntheticWorld.realMethod && $0.target == nil && $0.source == nil
                })
            for method in split.manipulations {
                let fakes = videos.filter { $0.method == method.rawValue }
                #expect(fakes.compactMap(\.target) == Array(0..<reals.count))
                for fake in fakes {
                    let target = videos[fake.target!]
                    let source = videos[fake.source!]
                    #expect(fake.name == "\(target.name)_\(source.name)")
                    #expect(fake.label == 1 && target.label == 0 && source.label == 0)
                    #expect(fake.identity == target.identity && fake.scene == target.scene)
                    #expect(fake.sourceIdentity == source.identity && source.identity != target.identity)
                }
            }
            #expect(videos.count == reals.count * (1 + split.manipulations.count))
            #expect(Set(videos.map { $0.method + "/" + $0.name }).count == videos.count)
        }
    }

    @Test func unseenFamiliesAppearInTheUnseenTestOnly() throws {
        let world = try smallWorld()
        let unseen = Set(Manipulation.unseen.map(\.rawValue))
        #expect(unseen.isDisjoint(with: Manipulation.seen.map(\.rawValue)))
        for split in SyntheticWorld.Split.allCases {
            let methods = Set(world.videos(of: split).filter { $0.label == 1 }.map(\.method))
            #expect(methods == (split == .testUnseen ? unseen : Set(Manipulation.seen.map(\.rawValue))))
        }
    }

    @Test func impossibleWorldsAreRefusedWithTheRemedy() {
        func failure(_ size: Int, _ identities: Int, _ videos: Int, _ frames: Int) -> SynthesisError? {
            do throws(SynthesisError) {
                _ = try SyntheticWorld(
                    seed: 0, size: size, identities: identities, videosPerIdentity: videos,
                    framesPerVideo: frames)
                return nil
            } catch { return error }
        }
        #expect(failure(64, 7, 1, 1) == .tooFewIdentities(7, minimum: 8))
        #expect(failure(64, 7, 1, 1)?.description.contains("ask for 8 or more") == true)
        #expect(failure(32, 8, 1, 1) == .badSize(32))
        #expect(failure(512, 8, 1, 1) == .badSize(512))
        #expect(failure(64, 8, 0, 1) == .badCount(name: "videos per identity", value: 0))
        #expect(failure(64, 8, 1, -1) == .badCount(name: "frames per video", value: -1))
        #expect(failure(64, 8, 1, 1) == nil)
    }

    @Test func theDescriptionNamesSeedSizeCountsAndEveryMethod() throws {
        let text = try smallWorld().description(of: .testUnseen)
        for part in ["seed 11", "64×64", "2 real and 6 fake", "test-unseen", "pixelshuffle", "eigenface", "meshswap"] {
            #expect(text.contains(part), "\(part) is missing in: \(text)")
        }
        for family in Manipulation.seen { #expect(!text.contains("\n\(family.rawValue):")) }
    }
}
