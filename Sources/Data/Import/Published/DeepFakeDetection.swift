// DeepFakeDetection.swift — Google's and Jigsaw's DeepFakeDetection, published with FaceForensics++.

extension PublishedDataset {
    /// "01__SCENE" and "01_02__SCENE__CODE": actor 01 in that scene, with actor 02's face.
    public static let deepFakeDetection = PublishedDataset(
        title: "DeepFakeDetection", option: "dfd", topFolders: ["DeepFakeDetection"],
        labels: [
            Label("DFD_real", "actors", isFake: false),
            Label("DFD_fake", "DeepFakeDetection", isFake: true),
        ],
        realMethods: ["actors"]
    ) { video in
        let pieces = pieces(of: video.stem)
        if video.isFake {
            let people = pieces[0].underscored
            guard people.count == 2, pieces.count >= 3, people.allSatisfy(\.isNumber) else { return Naming() }
            let scene = pieces[1..<(pieces.count - 1)].joined(separator: "__")
            return Naming(identity: "DFD \(people[0])", target: "\(people[0])__\(scene)", donor: "DFD \(people[1])")
        }
        return pieces.count >= 2 && pieces[0].isNumber ? Naming(identity: "DFD \(pieces[0])") : Naming()
    }

    /// Between double underscores; at least one.
    private static func pieces(of name: String) -> [String] {
        var pieces = [""]
        var rest = name[...]
        while let next = rest.first {
            if rest.hasPrefix("__") {
                pieces.append("")
                rest = rest.dropFirst(2)
            } else {
                pieces[pieces.count - 1].append(next)
                rest = rest.dropFirst()
            }
        }
        return pieces
    }
}
