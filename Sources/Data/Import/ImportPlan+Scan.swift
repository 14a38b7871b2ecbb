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
        return (folders.values.sorted { $0.path.lexicographicallyPrecedes($1.path) }, unread)
    }
}
