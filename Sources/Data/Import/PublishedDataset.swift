// PublishedDataset.swift — the published datasets: their labels in DeepfakeBench's lists, and what their
// videos' names say. Facts about names, no files.

/// Whose naming scheme a video's name follows.
public enum PublishedDataset: String, Sendable, CaseIterable {
    case faceForensics = "FaceForensics++"
    case deepFakeDetection = "DeepFakeDetection"
    case celebDF = "Celeb-DF"
    case dfdc = "DFDC"
    case dfdcPreview = "DFDCP"
    case deeperForensics = "DeeperForensics-1.0"
    case uadfv = "UADFV"

    /// A label of the lists.
    public struct Label: Sendable {
        public let name: String
        /// nil for a label that a user has declared.
        public let dataset: PublishedDataset?
        public let method: String
        public let isFake: Bool
    }

    /// Every label that the lists use, with the method's name as its authors write it.
    public static let labels: [Label] = [
        Label(name: "FF-real", dataset: .faceForensics, method: "original", isFake: false),
        Label(name: "FF-DF", dataset: .faceForensics, method: "Deepfakes", isFake: true),
        Label(name: "FF-F2F", dataset: .faceForensics, method: "Face2Face", isFake: true),
        Label(name: "FF-FS", dataset: .faceForensics, method: "FaceSwap", isFake: true),
        Label(name: "FF-NT", dataset: .faceForensics, method: "NeuralTextures", isFake: true),
        // Both spellings are in circulation.
        Label(name: "FF-FH", dataset: .faceForensics, method: "FaceShifter", isFake: true),
        Label(name: "FF-SH", dataset: .faceForensics, method: "FaceShifter", isFake: true),
        Label(name: "DFD_real", dataset: .deepFakeDetection, method: "actors", isFake: false),
        Label(name: "DFD_fake", dataset: .deepFakeDetection, method: "DeepFakeDetection", isFake: true),
        Label(name: "CelebDFv1_real", dataset: .celebDF, method: "Celeb-DF-v1-real", isFake: false),
        Label(name: "CelebDFv1_fake", dataset: .celebDF, method: "Celeb-DF-v1", isFake: true),
        Label(name: "CelebDFv2_real", dataset: .celebDF, method: "Celeb-DF-v2-real", isFake: false),
        Label(name: "CelebDFv2_fake", dataset: .celebDF, method: "Celeb-DF-v2", isFake: true),
        Label(name: "DFDC_Real", dataset: .dfdc, method: "DFDC-real", isFake: false),
        Label(name: "DFDC_Fake", dataset: .dfdc, method: "DFDC", isFake: true),
        Label(name: "DFDCP_Real", dataset: .dfdcPreview, method: "DFDCP-real", isFake: false),
        Label(name: "DFDCP_FakeA", dataset: .dfdcPreview, method: "DFDCP-A", isFake: true),
        Label(name: "DFDCP_FakeB", dataset: .dfdcPreview, method: "DFDCP-B", isFake: true),
        Label(name: "DF_real", dataset: .deeperForensics, method: "DeeperForensics-real", isFake: false),
        Label(name: "DF_fake", dataset: .deeperForensics, method: "DeeperForensics", isFake: true),
        Label(name: "UADFV_Real", dataset: .uadfv, method: "UADFV-real", isFake: false),
        Label(name: "UADFV_Fake", dataset: .uadfv, method: "UADFV", isFake: true),
    ]

    /// Folders that stand at the top of the published trees, in which lists' paths begin.
    static let topFolders: Set<String> = [
        "FaceForensics++", "DeepFakeDetection", "FaceShifter", "Celeb-DF-v1", "Celeb-DF-v2", "DFDC", "DFDCP",
        "DeeperForensics-1.0", "UADFV",
    ]

    /// What a video's name says about who is in it.
    public struct Naming: Equatable, Sendable {
        /// The person filmed: of a fake, the one of its target. Empty when the name doesn't say.
        public var identity = ""
        /// The real video that a fake was made from, by name; nil when the name doesn't say.
        public var target: String?
        /// Of a fake, who lent the face or the motion.
        public var donor = ""

        public init(identity: String = "", target: String? = nil, donor: String = "") {
            (self.identity, self.target, self.donor) = (identity, target, donor)
        }
    }

    /// Reads a name. Identities carry a prefix, so that those of several datasets can be told apart
    /// and people of FaceForensics++ are the same in every dataset that builds on it.
    /// - Parameter path: of its frames, for datasets whose names don't say who it is.
    public func naming(of name: String, isFake: Bool, path: [String] = []) -> Naming {
        let parts = name.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
        switch self {
        case .faceForensics:
            // TARGET_DONOR, both numbers of real videos.
            if isFake {
                guard parts.count == 2, parts.allSatisfy(Self.isNumber) else { return Naming() }
                return Naming(identity: "FF++ \(parts[0])", target: parts[0], donor: "FF++ \(parts[1])")
            }
            return Self.isNumber(name) ? Naming(identity: "FF++ \(name)") : Naming()
        case .deepFakeDetection:
            // ACTOR__SCENE, and TARGET_DONOR__SCENE__CODE.
            let pieces = name.components(around: "__")
            if isFake {
                let people = pieces[0].split(separator: "_").map(String.init)
                guard people.count == 2, pieces.count >= 3, people.allSatisfy(Self.isNumber) else { return Naming() }
                let scene = pieces[1..<(pieces.count - 1)].joined(separator: "__")
                return Naming(identity: "DFD \(people[0])", target: "\(people[0])__\(scene)", donor: "DFD \(people[1])")
            }
            return pieces.count >= 2 && Self.isNumber(pieces[0]) ? Naming(identity: "DFD \(pieces[0])") : Naming()
        case .celebDF:
            // idTARGET_idDONOR_NUMBER, idPERSON_NUMBER; those from YouTube have a number only, and
            // nobody says whether two of them show one person.
            if isFake {
                guard parts.count == 3, parts[0].hasPrefix("id"), parts[1].hasPrefix("id") else { return Naming() }
                return Naming(
                    identity: "Celeb-DF \(parts[0])", target: "\(parts[0])_\(parts[2])", donor: "Celeb-DF \(parts[1])")
            }
            if parts.count == 2, parts[0].hasPrefix("id") { return Naming(identity: "Celeb-DF \(parts[0])") }
            return Naming()
        case .dfdcPreview:
            // The actor's number comes first; fakes don't name the video that they were made from.
            return Self.isNumber(parts[0]) && parts.count > 1 ? Naming(identity: "DFDCP \(parts[0])") : Naming()
        case .deeperForensics:
            // TARGET_ACTOR: a video of FaceForensics++ and the actor whose face it got.
            if isFake {
                guard parts.count >= 2, Self.isNumber(parts[0]) else { return Naming() }
                return Naming(identity: "FF++ \(parts[0])", target: parts[0], donor: "DeeperForensics \(parts[1])")
            }
            guard let place = path.firstIndex(of: "source_videos"), place + 1 < path.count else { return Naming() }
            return Naming(identity: "DeeperForensics \(path[place + 1])")
        case .uadfv:
            // NUMBER and NUMBER_fake.
            guard Self.isNumber(parts[0]) else { return Naming() }
            return isFake
                ? Naming(identity: "UADFV \(parts[0])", target: parts[0]) : Naming(identity: "UADFV \(parts[0])")
        case .dfdc: return Naming()
        }
    }

    /// The methods among whose videos a fake's target is looked for, in this order.
    package var realMethods: [String] {
        switch self {
        case .faceForensics: ["original"]
        case .deepFakeDetection: ["actors"]
        case .celebDF: ["Celeb-DF-v1-real", "Celeb-DF-v2-real"]
        case .dfdc: ["DFDC-real"]
        case .dfdcPreview: ["DFDCP-real"]
        case .deeperForensics: ["original"]
        case .uadfv: ["UADFV-real"]
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

extension String {
    /// The pieces between occurrences of a separator; at least one.
    fileprivate func components(around separator: String) -> [String] {
        var pieces = [""]
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(separator) {
                pieces.append("")
                rest = rest.dropFirst(separator.count)
            } else {
                pieces[pieces.count - 1].append(rest.removeFirst())
            }
        }
        return pieces
    }
}
