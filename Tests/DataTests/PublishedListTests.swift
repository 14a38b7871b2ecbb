// PublishedListTests.swift — lists as they are published today, to plans: labels, methods, targets, people,
// and what contradicts itself.

import Data
import Foundation
import Store
import TestSupport
import Testing

@Suite struct PublishedListTests {
    /// label → (video's own label, name, folder of its frames).
    private typealias Rows = [String: [(own: String, name: String, folder: String)]]

    private func list(_ set: String, _ rows: Rows, split: String = "train", compression: String? = nil) throws -> VideoList {
        var labels: [String: Any] = [:]
        for (label, videos) in rows {
            var entries: [String: Any] = [:]
            for video in videos {
                entries[video.name] = ["label": video.own, "frames": ["\(video.folder)/000.png", "\(video.folder)/001.png"]]
            }
            labels[label] = [split: compression.map { [$0: entries] } ?? entries]
        }
        let json = try JSONSerialization.data(withJSONObject: [set: labels])
        return try VideoList(bytes: [UInt8](json), file: "\(set).json")
    }

    private func plan(_ lists: [VideoList], labels: [String] = [], namesAs: [String] = []) throws -> ImportPlan {
        try withTemporaryFolder { folder in
            let choice = ImportPlan.Choice(
                split: "train", labels: try LabelDeclarations(labels: labels, namesAs: namesAs))
            return try ImportPlan.ofLists(lists, choice, root: FolderFrames(root: folder, followsLinks: false)).plan
        }
    }

    /// "method/name" of the target of each fake, by "method/name".
    private func targets(_ plan: ImportPlan) -> [String: String] {
        func key(_ video: DatasetVideo) -> String { "\(video.method)/\(video.name)" }
        var found: [String: String] = [:]
        for (row, planned) in plan.videos.enumerated() where planned.video.isFake {
            let target = plan.targets[row]
            found[key(planned.video)] = target < 0 ? "none" : key(plan.videos[target].video)
        }
        return found
    }

    private static let top = "deepfakes_detection_datasets"
    private static let youtube = "\(top)/FaceForensics++/original_sequences/youtube/c23/frames"

    @Test func df40sSwapsHaveTheRealVideosOfFaceForensics() throws {
        let plan = try plan([
            list("simswap_ff", [
                "simswap_Real": [("simswap_Real", "000", "\(Self.youtube)/000"), ("simswap_Real", "003", "\(Self.youtube)/003")],
                "simswap_Fake": [("simswap_Fake", "000_003", "\(Self.top)/DF40_train/simswap/frames/000_003")],
            ]),
            // Its real videos again, under another label: they are the same.
            list("e4s_ff", [
                "e4s_Real": [("e4s_Real", "003", "\(Self.youtube)/003")],
                "e4s_Fake": [("e4s_Fake", "003_000", "\(Self.top)/DF40_train/e4s/frames/003_000")],
            ]),
        ])
        #expect(plan.videos.count == 4)
        #expect(targets(plan) == ["simswap/000_003": "original/000", "e4s/003_000": "original/003"])
        let fake = try #require(plan.videos.first { $0.video.method == "simswap" }).video
        #expect(fake.identity == "FF++ 000" && fake.donor == "FF++ 003")
        #expect(fake.source == "DF40_train/simswap/frames/000_003")
    }

    @Test func df40sSetsOfCelebDFHaveItsRealVideos() throws {
        let celeb = "\(Self.top)/Celeb-DF-v2/Celeb-real/frames"
        let plan = try plan([
            list("simswap_cdf", [
                "simswap_Real": [("simswap_Real", "id0_0000", "\(celeb)/id0_0000")],
                "simswap_Fake": [
                    ("simswap_Fake", "id0_id1_0000", "\(Self.top)/DF40/simswap/cdf/frames/id0_id1_0000"),
                    // Five digits are a video of Celeb-DF from YouTube, seven letters are none of FaceForensics++.
                    ("simswap_Fake", "000_003", "\(Self.top)/DF40/simswap/cdf/frames/000_003"),
                ],
            ])
        ])
        #expect(targets(plan) == ["simswap/id0_id1_0000": "Celeb-DF-v2-real/id0_0000", "simswap/000_003": "none"])
        #expect(plan.videos.map(\.video.identity) == ["Celeb-DF id0", "", "Celeb-DF id0"])
    }

    @Test func reenactedFacesHavePeopleAndSynthesisedOnesNobody() throws {
        let plan = try plan([
            list("FRAll_ff", [
                "FRAll_Real": [("FRAll_Real", "000", "\(Self.youtube)/000"), ("FRAll_Real", "001", "\(Self.youtube)/001")],
                "FRAll_Fake": [
                    ("FRAll_Fake", "000_003_fomm", "\(Self.top)/DF40_train/fomm/frames/000_003"),
                    ("FRAll_Fake", "001_000_simswap", "\(Self.top)/DF40_train/simswap/frames/001_000"),
                    ("DiT_Fake", "000", "\(Self.top)/DF40/DiT/ff/000"),
                    ("e4e_Fake", "00007", "\(Self.top)/DF40/e4e/cdf/Celeb-real/inversions"),
                ],
            ])
        ])
        #expect(
            targets(plan) == [
                "fomm/000_003_fomm": "none", "simswap/001_000_simswap": "original/001", "DiT/000": "none", "e4e/00007": "none",
            ])
        let people = Dictionary(uniqueKeysWithValues: plan.videos.map { ($0.video.method + $0.video.name, $0.video) })
        #expect(people["fomm000_003_fomm"]?.identity == "FF++ 000" && people["fomm000_003_fomm"]?.donor == "FF++ 003")
        #expect(people["DiT000"]?.identity == "" && people["e4e00007"]?.identity == "")
    }

    @Test func listsThatSayRoopOfOtherMethodsAreNamedByTheirSets() throws {
        let plan = try plan([
            list("uniface_ff", [
                "roop_Real": [("roop_Real", "000", "FaceForensics++/original_sequences/youtube/c23/frames/000")],
                "roop_Fake": [("roop_Fake", "000_003", "mine/uniface/ffpp/frames/000_003")],
            ])
        ])
        #expect(targets(plan) == ["uniface/000_003": "original/000"])
    }

    @Test func celebDFPlusPlusTellsItsMethodsApart() throws {
        let top = "Celeb-DF-v3/Celeb-synthesis"
        let plan = try plan([
            list("Celeb-DF-v3", [
                "CelebDFv3_real": [("CelebDFv3_real", "id0_0000", "Celeb-DF-v3/Celeb-real/frames/id0_0000")],
                "CelebDFv3_fake": [
                    ("CelebDFv3_fake", "FaceSwap/SimSwap/id0_id1_0000", "\(top)/FaceSwap/SimSwap/frames/id0_id1_0000"),
                    ("CelebDFv3_fake", "FaceReenact/LIA/id0_id1_0000", "\(top)/FaceReenact/LIA/frames/id0_id1_0000"),
                    ("CelebDFv3_fake", "id0_id2_0000", "\(top)/FaceSwap/Celeb-DF-v2/frames/id0_id2_0000"),
                ],
            ])
        ])
        #expect(
            targets(plan) == [
                "SimSwap/FaceSwap/SimSwap/id0_id1_0000": "Celeb-DF++-real/id0_0000",
                "LIA/FaceReenact/LIA/id0_id1_0000": "none", "Celeb-DF-v2/id0_id2_0000": "Celeb-DF++-real/id0_0000",
            ])
    }

    @Test func setsWhoseNamesSayNothingHaveNoTargets() throws {
        let plan = try plan([
            list("FFIW", [
                "FFIW_Real": [("FFIW_Real", "val_00000001", "FFIW10K-v1-release/source/val/frames/val_00000001")],
                "FFIW_Fake": [("FFIW_Fake", "val_00000001", "FFIW10K-v1-release/target/val/frames/val_00000001")],
                "WDF_fake": [("WDF_fake", "0", "WildDeepfake/fake_train/0")],
                "KoDF_Fake": [("KoDF_Fake", "x", "KoDF/fake/x")],
                "KoDF_Real": [("KoDF_Real", "p7_12", "KoDF/p7/p7_12")],
            ])
        ])
        #expect(Set(targets(plan).values) == ["none"])
        #expect(plan.videos.map(\.video.identity).filter { !$0.isEmpty } == ["KoDF p7"])
        // Where the user knows more, equal names are pairs.
        let same = try self.plan(
            [
                list("FFIW", [
                    "FFIW_Real": [("FFIW_Real", "v1", "FFIW/source/val/v1")], "FFIW_Fake": [("FFIW_Fake", "v1", "FFIW/target/val/v1")],
                ])
            ], namesAs: ["FFIW_Fake=same"])
        #expect(targets(same) == ["FFIW/v1": "FFIW-real/v1"])
    }

    @Test func namesUnderUnknownLabelsAreReadAsTheUserSays() throws {
        let rows: Rows = [
            "ours": [("ours", "000_003", "mine/ours/000_003")], "theirs": [("theirs", "000", "mine/theirs/000")],
        ]
        let declared = ["ours=fake", "theirs=real"]
        let unknown = try plan([list("x", rows)], labels: declared)
        #expect(targets(unknown) == ["ours/000_003": "none"])
        let known = try plan([list("x", rows)], labels: declared, namesAs: ["ffpp"])
        #expect(targets(known) == ["ours/000_003": "theirs/000"] && known.videos[0].video.identity == "FF++ 000")
        // As typed after the report: labels that are known now, and a scheme all the same.
        let df40 = try plan(
            [
                list("simswap_ff", [
                    "simswap_Real": [("simswap_Real", "000", "mine/r/000")], "simswap_Fake": [("simswap_Fake", "000_003", "mine/f/000_003")],
                ])
            ], labels: ["simswap_Real=real", "simswap_Fake=fake"], namesAs: ["ffpp"])
        #expect(targets(df40) == ["simswap/000_003": "simswap-real/000"])
    }

    @Test func listsOfOtherHandsAreReadByTheTreesThatTheirFramesLieIn() throws {
        let plan = try plan([
            list("FFPP_DF40", [
                "FFPP_DF40_Real": [("FFPP_DF40_Real", "ffpp_FF-real_000", "\(Self.youtube)/000")],
                "FFPP_DF40_Fake": [
                    ("FFPP_DF40_Fake", "ffpp_FF-DF_000_003", "FaceForensics++/manipulated_sequences/Deepfakes/c23/frames/000_003"),
                    ("FFPP_DF40_Fake", "df40_simswap_ff_000_003", "DF40_train/simswap/frames/000_003"),
                ],
            ])
        ])
        #expect(Set(targets(plan).values) == ["original/ffpp_FF-real_000"] && plan.videos.count == 3, "\(targets(plan))")
    }

    @Test(arguments: [
        (["FF-DF=real"], [], "is known to be fake"), (["x_Fake=real"], [], "is known to be fake"), (["ours"], [], "of the form"),
        (["ours=fake", "ours=real"], [], "leave one out"), ([], ["nonsense"], "ffpp"), ([], ["ffpp", "dfd"], "two schemes"),
        (["our=fake"], [], "the lists have: FF-DF"), ([], ["our=dfd"], "the lists have: FF-DF"), ([], ["dfd"], "concerns none"),
    ])
    func declarationsThatChangeNothingOrContradictAreUsageErrors(labels: [String], namesAs: [String], word: String) throws {
        let list = try list("FF-DF", ["FF-DF": [("FF-DF", "000_003", "FaceForensics++/a/frames/000_003")]])
        #expect { try plan([list], labels: labels, namesAs: namesAs) } throws: {
            guard case .badDeclaration(let sentence) = $0 as? ImportError else { return false }
            return sentence.contains(word)
        }
    }

    @Test(arguments: [
        ("FF-real", "FF-DF", "real), but has the label 'FF-DF' (fake)"), ("FF-DF", "FF-real", "(fake), but has"),
        ("FF-DF", "FF-F2F", "(Deepfakes), but has the label 'FF-F2F' (Face2Face)"), ("simswap_Fake", "simswap_Real", "(real)"),
        ("real", "fake", "(fake)"),
    ])
    func aGroupAndItsVideosMayNotContradictEachOther(group: String, own: String, sentence: String) throws {
        let list = try list("x", [group: [(own, "000_003", "x/000_003")]])
        #expect { try plan([list]) } throws: {
            if case .contradiction = $0 as? ImportError { "\($0)".contains(sentence) && "\($0)".contains("000_003") } else { false }
        }
    }

    @Test(arguments: [
        ("FF-DF", "FaceForensics++/original_sequences/youtube/c23/frames/000"),
        ("FF-real", "FaceForensics++/manipulated_sequences/Deepfakes/c23/frames/000"),
        ("CelebDFv2_real", "Celeb-DF-v2/Celeb-synthesis/frames/id0_id1_0000"),
        ("mine_Real", "DF40/simswap/ff/frames/000_003"), ("FFIW_Fake", "FFIW/source/val/v1"),
    ])
    func aLabelAndTheTreeMayNotContradictEachOther(label: String, folder: String) throws {
        let list = try list("x", [label: [(label, "000", folder)]])
        #expect { try plan([list]) } throws: {
            if case .contradiction = $0 as? ImportError { "\($0)".contains("its frames lie in") } else { false }
        }
    }

    @Test func barePhrasesTakeTheirGroupsMeaning() throws {
        let plan = try plan([
            list("x", [
                "FF-DF": [("fake", "000_003", "FaceForensics++/manipulated_sequences/Deepfakes/c23/frames/000_003")],
                "FF-real": [("real", "000", "FaceForensics++/original_sequences/youtube/c23/frames/000")],
                "Mystery": [("fake", "v", "x/v")],
            ])
        ])
        #expect(targets(plan) == ["Deepfakes/000_003": "original/000", "Mystery/v": "none"])
    }

    @Test func everyLabelOfTheBenchmarksIsKnown() {
        // Of DeepfakeBench's and DF40's configurations, with what they say.
        let fakes = """
            DFD_fake FF-SH FF-F2F FF-DF FF-FS FF-NT FF-FH CelebDFv1_fake CelebDFv2_fake DFDCP_FakeA DFDCP_FakeB DFDC_Fake DF_fake \
            UADFV_Fake roop_Fake FSAll_Fake FRAll_Fake EFSAll_Fake DF40_train_Fake e4s_Fake danet_Fake fomm_Fake \
            Collaborative_Diffusion_Fake e4e_Fake hyperreenact_Fake MRAA_Fake one_shot_free_Fake pirender_Fake tpsm_Fake \
            facedancer_Fake facevid2vid_Fake mcnet_Fake mraa_Fake fsgan_Fake lia_Fake inswap_Fake simswap_Fake sadtalker_Fake \
            wav2lip_Fake uniface_Fake blendface_Fake mobileswap_Fake faceswap_Fake dalle2_face_Fake MidJourney_Fake heygen_Fake \
            whichisreal_Fake StyleGAN2_Fake StyleGAN3_Fake StyleGANXL_Fake ddim_Fake DiT_Fake pixart_Fake SiT_Fake sd1.5_Fake \
            sd2.1_Fake VQGAN_Fake rddm_Fake stargan_Fake starganv2_Fake styleclip_Fake deepfacelab_Fake CollabDiff_Fake adm_Fake \
            biggan_Fake glide_Fake midjourney_Fake sdv4_Fake sdv5_Fake vqdm_Fake wukong_Fake CelebDFv3_fake WDF_fake FFIW_Fake
            """
        let reals = """
            DFD_real FF-real CelebDFv1_real CelebDFv2_real DFDCP_Real DFDC_Real DF_real UADFV_Real roop_Real FSAll_Real e4s_Real \
            simswap_Real mraa_Real sd2.1_Real wukong_Real CelebDFv3_real WDF_Real FFIW_Real KoDF_Real
            """
        for (text, isFake) in [(fakes, true), (reals, false)] {
            for label in text.split(whereSeparator: \.isWhitespace) {
                let meaning = LabelMeaning(String(label))
                #expect(meaning?.isFake == isFake && meaning?.dataset != nil, "\(label)")
            }
        }
        #expect(["mystery", "FakeOrNot", ""].allSatisfy { LabelMeaning($0)?.label == nil })
    }
}
