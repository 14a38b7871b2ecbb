// PublishedDatasetTests.swift — what names of published videos say, and where their frames are looked for.

import Data
import Testing

@Suite struct PublishedDatasetTests {
    @Test func namesTellTargetAndPeople() {
        #expect(
            PublishedDataset.faceForensics.naming(of: "000_003", isFake: true)
                == Naming(identity: "FF++ 000", target: "000", donor: "FF++ 003"))
        #expect(PublishedDataset.faceForensics.naming(of: "000", isFake: false) == Naming(identity: "FF++ 000"))
        #expect(
            PublishedDataset.deepFakeDetection.naming(of: "01_02__walk_down_hall_angry__YVGY8LOK", isFake: true)
                == Naming(identity: "DFD 01", target: "01__walk_down_hall_angry", donor: "DFD 02"))
        #expect(
            PublishedDataset.deepFakeDetection.naming(of: "01__walk_down_hall_angry", isFake: false)
                == Naming(identity: "DFD 01"))
        #expect(
            PublishedDataset.celebDF.naming(of: "id0_id16_0003", isFake: true)
                == Naming(identity: "Celeb-DF id0", target: "id0_0003", donor: "Celeb-DF id16"))
        #expect(PublishedDataset.celebDF.naming(of: "id0_0003", isFake: false) == Naming(identity: "Celeb-DF id0"))
        #expect(PublishedDataset.celebDF.naming(of: "00170", isFake: false) == Naming())
        #expect(
            PublishedDataset.deeperForensics.naming(of: "000_M004", isFake: true)
                == Naming(identity: "FF++ 000", target: "000", donor: "DeeperForensics M004"))
        #expect(
            PublishedDataset.uadfv.naming(of: "0047_fake", isFake: true) == Naming(identity: "UADFV 0047", target: "0047"))
        #expect(PublishedDataset.dfdc.naming(of: "aabqyygbaa", isFake: true) == Naming())
    }

    @Test(arguments: PublishedDataset.allCases, ["", "_", "__", "a_b_c_d", "id_", "id_id_", "000_", "_003", "é__é__é"])
    func oddNamesAreUnknownPeopleAndNoCrash(dataset: PublishedDataset, name: String) {
        for isFake in [false, true] {
            let naming = dataset.naming(of: name, isFake: isFake)
            if naming.target != nil { #expect(isFake) }
        }
    }

    @Test func pathsOfListsAreReadWithBothSlashesAndFromOtherMachines() throws {
        let wanted = ["FaceForensics++", "original_sequences", "youtube", "c23", "frames", "000", "000.png"]
        for path in [
            "FaceForensics++/original_sequences/youtube/c23/frames/000/000.png",
            "FaceForensics++\\original_sequences\\youtube\\c23\\frames\\000\\000.png",
            "./datasets\\FaceForensics++\\original_sequences\\youtube/c23/frames/000/000.png",
            "/data/someone/rgb/FaceForensics++/original_sequences/youtube/c23/frames/000/000.png",
            "D:\\data\\FaceForensics++\\original_sequences\\youtube\\c23\\frames\\000\\000.png",
            // As DeepfakeBench's own preparation writes them.
            "..\\datasets\\rgb\\FaceForensics++\\original_sequences\\youtube\\c23\\frames\\000\\000.png",
            "../../datasets/../rgb/FaceForensics++/original_sequences/youtube/c23/frames/000/000.png",
            "deepfakes_detection_datasets/FaceForensics++/original_sequences/youtube/c23/frames/000/000.png",
        ] {
            #expect(try FramePath(listed: path, root: "/mine").parts == wanted, "\(path)")
        }
        let path = try FramePath(listed: "/mine/own/frames/a/007.png", root: "/mine")
        #expect(path.parts == ["own", "frames", "a", "007.png"])
        #expect(path.landmarks.joined == "own/landmarks/a/007.npy")
        // The root itself is the dataset, or the list says what its folder is called.
        #expect(try FramePath(listed: "..\\data\\Mine\\v\\1.png", root: "/big/Mine").joined == "v/1.png")
        #expect(try FramePath(listed: "D:\\x\\Ours\\v\\1.png", root: "/mine", datasets: ["Ours"]).joined == "Ours/v/1.png")
        // Of two known folders, the one that is there.
        let both = "/DFDC/people/Celeb-DF-v2/v/1.png"
        #expect(try FramePath(listed: both, root: "/mine").parts[0] == "DFDC")
        #expect(try FramePath(listed: both, root: "/mine", present: ["Celeb-DF-v2"]).joined == "Celeb-DF-v2/v/1.png")
    }

    @Test(arguments: ["../x.png", "a/../../x.png", "FaceForensics++\\..\\..\\x.png",
        "..\\FaceForensics++\\..\\x.png", "/etc/../mine/../x.png", "/mine/../x.png", "..", "FaceForensics++/..", "/etc/passwd", "C:\\x.png", "", "/", "a\0b"])
    func pathsThatLeadOutOfTheRootAreRefused(path: String) {
        #expect { try FramePath(listed: path, root: "/mine") } throws: {
            if case .escapes = $0 as? ImportError { true } else { false }
        }
    }
}
