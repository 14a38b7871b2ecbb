// ImportPlan+Scan.swift — the folders of pictures below real/ and fake/, and what lies there and is not read.

import ForeignFiles

extension ImportPlan {
    /// A folder that holds pictures, as parts below the root.
    struct PictureFolder {
        var path: [String]
        /// File names, sorted.
        var pictures: [String]
    }

    /// Folders in the order of their paths. Cost: as `FolderScan`; pictures with the usual endings are not opened.
    static func pictureFolders(_ root: FolderFrames) -> (folders: [PictureFolder], unread: [UnreadFile]) {
        var request = FolderScan.Request(wanted: [.picture])
        request.trusted = ["png", "jpg", "jpeg"]
        request.companions = ["npy"]
        request.asideFolders["landmarks"] = nil
        request.companionFolders = ["landmarks"]
        request.advice = [.film: "`blendway extract` takes films"]
        request.followsFolderLinks = root.followsLinks
        request.folderLinkReason = "it is a link to a folder; add --follow-links if it is your own"
        let scan = FolderScan(root.root, request)
        var unread = scan.unread
        var folders: [[String]: PictureFolder] = [:]
        for file in scan.files {
            let path = Array(file.below.dropLast())
            let top = path.first ?? ""
            if top != "real" && top != "fake" {
                unread.append(UnreadFile(file: file.path, reason: "it is neither below real/ nor below fake/"))
            } else if path.count < 2 {
                let folder = top == "real" ? "person" : "method"
                unread.append(UnreadFile(file: file.path, reason: "it lies in \(top)/ itself, not in a folder of a \(folder)"))
            } else {
                folders[path, default: PictureFolder(path: path, pictures: [])].pictures.append(file.below.last!)
            }
        }
        var ordered = folders.values.sorted { $0.path.lexicographicallyPrecedes($1.path) }
        for place in ordered.indices { unread += ordered[place].keepOneOfEachStem(in: root.root) }
        return (ordered, unread)
    }
}

extension ImportPlan.PictureFolder {
    /// A frame that is there in two formats would be two frames of one number: the PNG is taken, else the first.
    /// - Returns: the others.
    fileprivate mutating func keepOneOfEachStem(in root: String) -> [UnreadFile] {
        func stem(_ name: String) -> String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name }
        var taken: [String: String] = [:]
        for name in pictures.sorted(by: { ($0.lowercased().hasSuffix(".png") ? 0 : 1, $0) < ($1.lowercased().hasSuffix(".png") ? 0 : 1, $1) })
        where taken[stem(name)] == nil { taken[stem(name)] = name }
        var left: [UnreadFile] = []
        pictures = pictures.filter { name in
            let chosen = taken[stem(name)]!
            if chosen == name { return true }
            left.append(UnreadFile(file: ([root] + path + [name]).joined(separator: "/"), reason: "\(chosen) of the same name is taken"))
            return false
        }
        return left
    }
}
